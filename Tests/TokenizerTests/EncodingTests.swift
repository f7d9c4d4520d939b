// Text to ids, compared with the ids of the reference implementation.
import Basics
import TestKit
import Testing

@testable import Tokenizer

@Suite("Encoding")
struct EncodingTests {
    @Test("Ids equal the reference on awkward text")
    func tinyCorpus() throws {
        let tokenizer = try TokenizerFixtures.named("tiny")
        let rows = try TokenizerFixtures.rows("corpus-tiny.json", of: EncodedRow.self)
        #expect(rows.count == 400)
        for row in rows {
            try #require(
                tokenizer.encode(row.text, specialTokens: .parsed) == row.ids, "\(row.text.debugDescription)")
        }
    }

    @Test(
        "Ids of 5,200 texts equal the reference's with the true vocabulary, and give the composed text back",
        arguments: ["qwen25", "qwen25 in one file"])
    func corpus(_ name: String) throws {
        let tokenizer = try TokenizerFixtures.named(name)
        let rows = try TokenizerFixtures.rows("corpus-qwen25.json", of: [String].self)
        #expect(rows.count == 5200)
        for row in rows {
            let ids = tokenizer.encode(row[0], specialTokens: .parsed)
            try #require(fingerprint(ids) == row[1], "\(row[0].debugDescription) gives \(ids)")
            let composed = Array(row[0].utf8).withUnsafeBufferPointer { CanonicalComposition.composed($0) }
            let decoded = tokenizer.decode(ids, skipSpecialTokens: false)
            try #require(Array(decoded.utf8) == composed, "\(row[0].debugDescription)")
        }
    }

    @Test("A workspace that remembers words gives the ids that a new one gives")
    func remembered() throws {
        let tokenizer = try TokenizerFixtures.named("qwen25")
        let texts = try TokenizerFixtures.rows("corpus-qwen25.json", of: [String].self).prefix(1500).map {
            $0[0]
        }
        let workspace = MergeWorkspace()
        func encode(_ text: String, _ workspace: MergeWorkspace) -> [TokenID] {
            var text = text
            return text.withUTF8 { tokenizer.encode($0, parsed: [], workspace) }
        }
        // Long enough that the workspace keeps words.
        _ = encode(texts.joined(), workspace)
        for _ in 0..<2 {
            for text in texts { try #require(encode(text, workspace) == encode(text, MergeWorkspace())) }
        }
        let before = workspace.queuedInAll
        _ = encode(String(repeating: " remember", count: 1000), workspace)
        #expect(workspace.queuedInAll - before < 100, "a word that is said again is not merged again")
    }

    /// FNV-1a, 64 bits, of the ids as little-endian 32-bit numbers.
    private func fingerprint(_ ids: [TokenID]) -> String {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for id in ids {
            for shift in stride(from: Int32(0), to: 32, by: 8) {
                value = (value ^ UInt64(UInt8(truncatingIfNeeded: id >> shift))) &* 0x100_0000_01B3
            }
        }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    @Test("InternVL's added tokens are found in its tokenizer.json")
    func internvl() throws {
        let tokenizer = try TokenizerFixtures.named("internvl")
        for row in try TokenizerFixtures.rows("internvl.json", of: EncodedRow.self) {
            #expect(tokenizer.encode(row.text, specialTokens: .parsed) == row.ids)
        }
        #expect(tokenizer.id(ofToken: "<IMG_CONTEXT>") == 780)
        #expect(tokenizer.vocabularyCount == 787)
    }

    @Test("Markers in plain text never become special tokens, whatever is around them")
    func markersAsText() throws {
        let tokenizer = try TokenizerFixtures.named("qwen25")
        let markers = ["<|im_end|>", "<|im_start|>", "<|image_pad|>", "<|endoftext|>", "<tool_call>"]
        for marker in markers {
            for text in [
                marker, marker + marker, "a\(marker)b", "\n\(marker)", "<\(marker)>", "<|\(marker)|>",
            ] {
                let ids = tokenizer.encode(text, specialTokens: .asText)
                #expect(ids.allSatisfy { $0 < 151643 })
                #expect(tokenizer.decode(ids, skipSpecialTokens: true) == text)
            }
        }
    }

    @Test("The longest added token at the leftmost place wins")
    func longestMatch() {
        let tokens = [("<a>", 1), ("<a><b>", 2), ("<b>", 3), ("a", 4)].map {
            AddedToken(id: $0.1, content: $0.0, isSpecial: true)
        }
        let added = AddedTokens(tokens)
        Array("<a><b><a>".utf8).withUnsafeBufferPointer { text in
            #expect(added.match(in: text, at: 0, limit: 9).map { [Int($0.id), $0.end] } == [2, 6])
            #expect(added.match(in: text, at: 0, limit: 5).map { [Int($0.id), $0.end] } == [1, 3])
            #expect(added.match(in: text, at: 1, limit: 9).map { [Int($0.id), $0.end] } == [4, 2])
            #expect(added.match(in: text, at: 2, limit: 9) == nil)
            #expect(added.match(in: text, at: 6, limit: 8) == nil)
        }
    }

    @Test("Tokens are found by text, by spelling and by id")
    func vocabulary() throws {
        for name in ["qwen25", "qwen25 in one file"] {
            let tokenizer = try TokenizerFixtures.named(name)
            #expect(tokenizer.vocabularyCount == 151665)
            #expect(tokenizer.id(ofToken: "<|im_end|>") == 151645)
            #expect(tokenizer.id(ofToken: "<tool_call>") == 151657)
            #expect(tokenizer.id(ofToken: "ĠĠ") == 256)
            #expect(tokenizer.id(ofToken: "no such token") == nil)
            #expect(tokenizer.id(ofToken: "") == nil)
            #expect(tokenizer.bytes(of: 256) == [0x20, 0x20])
            #expect(tokenizer.bytes(of: 151645) == Array("<|im_end|>".utf8))
            #expect(tokenizer.bytes(of: 151665) == nil)
            #expect(tokenizer.bytes(of: -1) == nil)
            #expect(tokenizer.specialTokenIDs == Set(151643...151656))
        }
    }

    @Test("The byte alphabet spells every byte once and reads it back")
    func alphabet() {
        #expect(Set(ByteAlphabet.scalarOfByte).count == 256)
        for byte in UInt8(0)...255 {
            let spelling = Array(String(Unicode.Scalar(ByteAlphabet.scalarOfByte[Int(byte)]) ?? " ").utf8)
            var bytes: [UInt8] = []
            #expect(spelling.withUnsafeBufferPointer { ByteAlphabet.append($0, to: &bytes) })
            #expect(bytes == [byte])
        }
        var bytes: [UInt8] = [7]
        for wrong in [Array("aé b".utf8), [0xC4], [0xC4, 0x41], Array("漢".utf8), [0xFF]] {
            #expect(!wrong.withUnsafeBufferPointer { ByteAlphabet.append($0, to: &bytes) })
            #expect(bytes == [7])
        }
    }
}
