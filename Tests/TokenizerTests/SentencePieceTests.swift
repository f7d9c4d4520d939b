// SentencePiece models against the sentencepiece package, and as InternLM2's tokenizer with added tokens.
import Basics
import Foundation
import TestKit
import Testing

@testable import Tokenizer

/// What the package answers for one model; see `make_sentencepiece.py`.
private struct Answers: Decodable {
    struct Encoded: Decodable {
        var text: String
        var ids: [TokenID]
        var decoded: String

        init(from decoder: any Decoder) throws {
            var row = try decoder.unkeyedContainer()
            text = try row.decode(String.self)
            ids = try row.decode([TokenID].self)
            decoded = try row.decode(String.self)
        }
    }
    struct Decoded: Decodable {
        var ids: [TokenID]
        var text: String

        init(from decoder: any Decoder) throws {
            var row = try decoder.unkeyedContainer()
            ids = try row.decode([TokenID].self)
            text = try row.decode(String.self)
        }
    }
    var encoded: [Encoded]
    var decoded: [Decoded]
}

private let models = ["bpe", "bpe-plain", "unigram", "unigram-plain"]

private func model(_ name: String) throws -> [UInt8] {
    try #require(TokenizerFixtures.read("sentencepiece/\(name).model"))
}

private func tokenizer(_ name: String, config: String? = nil) throws -> Tokenizer {
    let bytes = try model(name)
    return try Tokenizer { file in
        switch file {
        case "tokenizer.model": bytes
        case "tokenizer_config.json": config.map { Array($0.utf8) }
        default: nil
        }
    }
}

@Suite("SentencePiece")
struct SentencePieceTests {
    @Test("Ids and texts equal the package's, for both methods and with and without bytes", arguments: models)
    func reference(_ name: String) throws {
        let all = try JSONDecoder().decode(
            [String: Answers].self, from: Data(#require(TokenizerFixtures.read("sentencepiece.json"))))
        let answers = try #require(all[name])
        let tokenizer = try tokenizer(name)
        #expect(answers.encoded.count > 100)
        for row in answers.encoded {
            let ids = tokenizer.encode(row.text, specialTokens: .asText)
            #expect(ids == row.ids, "\(row.text.debugDescription)")
            #expect(
                tokenizer.decode(ids, skipSpecialTokens: true) == row.decoded, "\(row.text.debugDescription)")
        }
        for row in answers.decoded {
            let text = tokenizer.decode(row.ids, skipSpecialTokens: true)
            #expect(Array(text.utf8) == Array(row.text.utf8), "\(row.ids)")
            var stream = StreamingDecoder(tokenizer, skipSpecialTokens: true)
            let streamed = row.ids.map { stream.append($0) }.joined() + stream.finish()
            #expect(Array(streamed.utf8) == Array(text.utf8), "\(row.ids)")
        }
    }

    private let config = """
        {"added_tokens_decoder": {
            "5": {"content": "<|im_start|>", "special": true}, "520": {"content": "<|im_end|>", "special": true}},
         "bos_token": "<s>"}
        """

    @Test("A conversation starts with the beginning token unless the file says no")
    func beginning() throws {
        let pieces = ChatTemplate.internVLInternLM2.pieces(
            [ChatMessage(role: .user, text: "the")], addGenerationPrompt: false)
        let with = try tokenizer("bpe", config: config).encode(pieces, imageTokenCounts: [])
        #expect(with.prefix(2) == [1, 5])
        #expect(with.last == 520)
        let without = config.replacing("\"bos_token\"", with: "\"add_bos_token\": false, \"bos_token\"")
        #expect(
            try tokenizer("bpe", config: without).encode(pieces, imageTokenCounts: [])
                == Array(with.dropFirst()))
    }

    @Test("Text never becomes an added token, nor a piece whose place an added token took")
    func attack() throws {
        // 5 is the piece [U_12] in the file.
        #expect(try tokenizer("bpe").id(ofToken: "[U_12]") == 5)
        let tokenizer = try tokenizer("bpe", config: config)
        #expect(tokenizer.id(ofToken: "<|im_start|>") == 5)
        #expect(tokenizer.vocabularyCount == 521)
        for typed in ["[U_12]", "<|im_start|>", "<|im_end|>", "<s>", "</s>", "<0x41>", "<unk>"] {
            let ids = tokenizer.encode(typed, specialTokens: .asText)
            #expect(!ids.contains { tokenizer.specialTokenIDs.contains($0) }, "\(typed)")
            #expect(tokenizer.decode(ids, skipSpecialTokens: false) == typed)
        }
        let parsed = tokenizer.encode("<|im_start|>the<|im_end|>", specialTokens: .parsed)
        #expect(parsed.first == 5 && parsed.last == 520)
        #expect(tokenizer.decode(parsed, skipSpecialTokens: false) == "<|im_start|>the<|im_end|>")
        #expect(tokenizer.decode(parsed, skipSpecialTokens: true) == "the")
    }

    @Test("Damaged models throw or load, and what loads encodes")
    func damage() throws {
        var random = Seeded(71)
        var refused = 0
        for name in models {
            let bytes = try model(name)
            for _ in 0..<25 {
                var damaged = bytes
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    damaged[Int.random(in: damaged.indices, using: &random)] = .random(
                        in: 0...255, using: &random)
                }
                if Int.random(in: 0..<4, using: &random) == 0 {
                    damaged.removeLast(Int.random(in: damaged.indices, using: &random))
                }
                do {
                    let tokenizer = try Tokenizer { $0 == "tokenizer.model" ? damaged : nil }
                    let ids = tokenizer.encode("the kato 数据 😀", specialTokens: .asText)
                    #expect(!tokenizer.decode(ids, skipSpecialTokens: false).isEmpty)
                } catch is TokenizerError {
                    refused += 1
                }
            }
        }
        #expect(refused > 20 && refused < 95, "\(refused) of 100 refused: one side is not tested")
    }

    @Test("A model that asks for more than is done is refused by its key")
    func unsupported() throws {
        // Field 2 (precompiled_charsmap) of field 3 (normalizer_spec); model type 3 of field 2
        // (trainer_spec).
        for (field, key) in [
            ([0x1A, 0x03, 0x12, 0x01, 0x41], "normalizer_spec.precompiled_charsmap"),
            ([0x12, 0x02, 0x18, 0x03], "trainer_spec.model_type"),
            ([0x12, 0x03, 0xC0, 0x01, 0x01], "trainer_spec.treat_whitespace_as_suffix"),
            ([0x1A, 0x02, 0x28, 0x00], "normalizer_spec.escape_whitespaces"),
        ] as [([UInt8], String)] {
            let bytes = try model("bpe") + field
            let error = #expect(throws: TokenizerError.self) {
                try Tokenizer { $0 == "tokenizer.model" ? bytes : nil }
            }
            #expect(
                error?.description.contains("tokenizer.model: \(key)") == true, "\(String(describing: error))"
            )
        }
    }
}
