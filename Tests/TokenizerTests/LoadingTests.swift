// Tokenizer files: their layouts and variants, and the errors of broken files.
import Basics
import Foundation
import TestKit
import Testing

@testable import Tokenizer

@Suite("Loading")
struct LoadingTests {
    private let single = ["tokenizer.json"]
    private let several = ["vocab.json", "merges.txt", "added_tokens.json", "tokenizer_config.json"]

    /// A tokenizer from some of the tiny files, some of them changed.
    private func load(_ names: [String], _ changes: [String: String] = [:]) throws -> Tokenizer {
        try Tokenizer { name in
            changes[name].map { Array($0.utf8) }
                ?? (names.contains(name) ? TokenizerFixtures.read("tiny/\(name)") : nil)
        }
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try #require(TokenizerFixtures.read("tiny/\(name)")), as: UTF8.self)
    }

    @Test("Both layouts give the same tokenizer, with or without a header, carriage returns or pairs")
    func layouts() throws {
        let merges = try text("merges.txt")
        let pairs = try text("tokenizer.json").replacing("\"Ġ Ġ\"", with: "[\"Ġ\", \"\\u0120\"]")
        let variants = [
            try load(single), try load(several), try load(single + several),
            try load(several, ["merges.txt": "#version: 0.2\n" + merges]),
            try load(several, ["merges.txt": merges.replacing("\n", with: "\r\n")]),
            try load(several, ["merges.txt": String(merges.dropLast())]),
            try load(single, ["tokenizer.json": pairs]),
            try load(["vocab.json", "merges.txt", "tokenizer_config.json"]),
        ]
        for tokenizer in variants {
            #expect(tokenizer.vocabularyCount == 778)
            #expect(tokenizer.specialTokenIDs == Set(756...769))
            for row in try TokenizerFixtures.rows("corpus-tiny.json", of: EncodedRow.self).prefix(50) {
                #expect(tokenizer.encode(row.text, specialTokens: .parsed) == row.ids)
            }
        }
    }

    @Test("Tokens that only added_tokens.json lists are special when the configuration names them so")
    func listedTokens() throws {
        let config = #"{"eos_token": "<|im_end|>", "pad_token": {"content": "<|endoftext|>"}}"#
        let tokenizer = try load(several, ["tokenizer_config.json": config])
        #expect(tokenizer.specialTokenIDs == [756, 758])
        #expect(tokenizer.encode("<|im_start|>", specialTokens: .parsed) == [757])
    }

    @Test("Without files the error names the files that are looked for")
    func nothing() {
        #expect(
            throws: TokenizerError.missingFile(
                expected: "tokenizer.model, tokenizer.json, or vocab.json with merges.txt")
        ) {
            try Tokenizer { _ in nil }
        }
        #expect(throws: CocoaError.self) { try Tokenizer { _ in throw CocoaError(.fileReadNoPermission) } }
    }

    @Test(
        "An unsupported or damaged tokenizer.json is refused with file and key",
        arguments: [
            ("\"NFC\"", "\"NFKC\"", "normalizer should be NFC, found NFKC"),
            ("\\\\p{N}|", "\\\\p{N}{1,3}|", "pre_tokenizer.pattern should be"),
            ("\"Isolated\"", "\"Removed\"", "pre_tokenizer.behavior"),
            ("\"BPE\"", "\"Unigram\"", "model.type should be BPE, found Unigram"),
            ("\"byte_fallback\": false", "\"byte_fallback\": true", "model.byte_fallback should be false"),
            ("\"lstrip\": false", "\"lstrip\": true", "lstrip"),
            ("\"id\": 757", "\"id\": 756", "<|im_start|>"),
            ("\"!\": 0", "\"!\": 16777216", "a token id below 16777216"),
            ("\"!\": 0", "\"!\": -1", "a token id"),
            ("\"!\": 0", "\"!\": 1", "an id of its own"), ("\"!\": 0", "\"!!!\": 0", "none for byte 33"),
            ("\"!\": 0", "\"!\": 0, \"漢\": 799", "byte alphabet"),
            ("\"vocab\"", "\"vocabulary\"", "model.vocab should be there"),
            ("\"Ġ Ġ\"", "\"ĠĠ\"", "merge 1 should be two tokens"),
            ("\"Ġ Ġ\"", "\"Ġ Ġz\"", "merge 1 should be tokens"),
            ("\"Ġ Ġ\"", "[\"Ġ\"]", "two tokens in merge 1"), ("\"Ġ Ġ\"", "7", "a string"),
            ("\"added_tokens\": [", "\"added_tokens\": [7, ", "added_tokens"),
        ])
    func refused(_ part: String, _ change: String, _ message: String) throws {
        let original = try text("tokenizer.json")
        let start = try #require(original.range(of: part), "the fixture no longer holds \(part)")
        let broken = original.replacingCharacters(in: start, with: change)
        let error = #expect(throws: TokenizerError.self) { try load(single, ["tokenizer.json": broken]) }
        let said = try #require(error).description
        #expect(said.hasPrefix("tokenizer.json") && said.contains(message), "\(said)")
    }

    @Test("A broken merge is named by its line")
    func mergeLine() throws {
        let merges = "Ġ Ġ\nĠĠ ĠĠ\nin\n"
        let error = #expect(throws: TokenizerError.self) { try load(several, ["merges.txt": merges]) }
        #expect(
            try #require(error).description
                == "merges.txt: line 3 should be two tokens with a space between, found \"in\"")
    }

    @Test("Files that disagree about an added token are refused")
    func disagreement() throws {
        let error = #expect(throws: TokenizerError.self) {
            try load(several, ["added_tokens.json": #"{"<|im_end|>": 700}"#])
        }
        #expect(
            try #require(error).description.hasPrefix("added_tokens.json: the added token \"<|im_end|>\""))
    }

    @Test("Deep nesting and bytes that are not UTF-8 are refused with their place")
    func malformed() throws {
        let deep = Array(("{\"a\":" + String(repeating: "[", count: 100_000)).utf8)
        for (bytes, said) in [
            (
                deep,
                "tokenizer.json, byte 68: expected at most 64 levels, "
                    + "found a value nested deeper than 64"
            ),
            (
                [0x7B, 0x22, 0xFF, 0x22],
                "tokenizer.json, byte 2: expected UTF-8, found the byte 0xff, which is not UTF-8"
            ),
            (Array("{\"a\" 1}".utf8), "tokenizer.json, byte 5: expected ':' after a key, found '1'"),
        ] {
            let error = #expect(throws: TokenizerError.self) {
                try Tokenizer { $0 == "tokenizer.json" ? bytes : nil }
            }
            #expect(error?.description == said)
        }
    }

    @Test("Damaged files give errors or tokenizers, never crashes")
    func fuzz() throws {
        var generator = Seeded(7)
        var refused = 0
        for round in 0..<400 {
            let name = (single + several).randomElement(using: &generator) ?? ""
            var bytes = try #require(TokenizerFixtures.read("tiny/\(name)"))
            if round % 4 == 0 {
                bytes.removeLast(Int.random(in: 1..<bytes.count, using: &generator))
            } else {
                for _ in 0..<Int.random(in: 1..<8, using: &generator) {
                    let place = Int.random(in: 0..<bytes.count, using: &generator)
                    bytes[place] = UInt8.random(in: 0...255, using: &generator)
                }
            }
            let names = name == "tokenizer.json" ? single : several
            do {
                let tokenizer = try Tokenizer {
                    $0 == name ? bytes : names.contains($0) ? TokenizerFixtures.read("tiny/\($0)") : nil
                }
                _ = tokenizer.decode(
                    tokenizer.encode("in the\n<|im_end|>", specialTokens: .parsed), skipSpecialTokens: true)
            } catch let error as TokenizerError {
                refused += 1
                #expect(!error.description.isEmpty)
            }
        }
        #expect(refused > 200)
    }
}
