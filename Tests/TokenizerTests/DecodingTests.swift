// Ids to text, whole and as a stream.
import Basics
import TestKit
import Testing

@testable import Tokenizer

@Suite("Decoding")
struct DecodingTests {
    /// A row `[ids, text, text without special tokens]`.
    struct Row: Decodable {
        var ids: [TokenID]
        var text: String
        var plain: String

        init(from decoder: any Decoder) throws {
            var row = try decoder.unkeyedContainer()
            ids = try row.decode([TokenID].self)
            text = try row.decode(String.self)
            plain = try row.decode(String.self)
        }
    }

    @Test("Random ids give the reference's text: broken UTF-8, padding rows and special tokens included")
    func reference() throws {
        let tokenizer = try TokenizerFixtures.named("tiny")
        let rows = try TokenizerFixtures.rows("decodings.json", of: Row.self)
        #expect(rows.count == 300)
        for row in rows {
            #expect(Array(tokenizer.decode(row.ids, skipSpecialTokens: false).utf8) == Array(row.text.utf8))
            #expect(Array(tokenizer.decode(row.ids, skipSpecialTokens: true).utf8) == Array(row.plain.utf8))
        }
    }

    @Test("Streamed text, joined, is the decoded text; a character is never split")
    func streaming() throws {
        let tokenizer = try TokenizerFixtures.named("tiny")
        let texts = ["naïve 漢字 😀👩‍👩‍👧 e\u{301}", "plain", "<|im_end|>"]
        var rows = texts.map { tokenizer.encode($0, specialTokens: .parsed) }
        rows += try TokenizerFixtures.rows("decodings.json", of: Row.self).map(\.ids)
        for ids in rows {
            for skips in [true, false] {
                var decoder = StreamingDecoder(tokenizer, skipSpecialTokens: skips)
                var text = ids.map { decoder.append($0) }.joined()
                text += decoder.finish()
                #expect(Array(text.utf8) == Array(tokenizer.decode(ids, skipSpecialTokens: skips).utf8))
                #expect(decoder.finish().isEmpty)
            }
        }
    }

    @Test("Whole characters appear only when their last byte has come")
    func holdsBack() throws {
        let tokenizer = try TokenizerFixtures.named("tiny")
        var decoder = StreamingDecoder(tokenizer, skipSpecialTokens: false)
        let ids = tokenizer.encode("😀", specialTokens: .asText)
        try #require(ids.count == 4)
        #expect(ids.map { decoder.append($0) } == ["", "", "", "😀"])
        #expect(decoder.append(ids[0]).isEmpty)
        #expect(decoder.append(ids[1]).isEmpty)
        #expect(decoder.finish() == "\u{FFFD}")
    }

    @Test("Only a valid beginning of a character waits, for any three bytes")
    func openTail() {
        for lead in UInt8(0xBF)...0xFF {
            for second in stride(from: UInt8(0x70), through: 0xC8, by: 4) {
                for tail in [[lead], [lead, second], [lead, second, 0x80], [0x41, lead, second, 0xBF]] {
                    let held = StreamingDecoder.openTail(tail)
                    // The pending bytes must be one invalid part when replaced, and completable.
                    let completions: [[UInt8]] = [
                        [0x80], [0x80, 0x80], [0x80, 0x80, 0x80], [0xA0, 0x80], [0x90, 0x80, 0x80],
                    ]
                    let completable = (1...3).filter { $0 <= tail.count }.last { count in
                        completions.contains {
                            String(validating: tail.suffix(count) + $0, as: UTF8.self)?.unicodeScalars.count
                                == 1
                        }
                    }
                    #expect(held == completable ?? 0, "\(tail)")
                }
            }
        }
    }
}
