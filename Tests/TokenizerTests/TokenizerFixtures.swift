// The tokenizers and reference rows that the tests of this folder share.
import Foundation
import PublishedVocabulary
import TestKit
import Tokenizer

/// Tokenizers by fixture folder; the large one is built once.
enum TokenizerFixtures {
    static let tiny = Result { try Tokenizer { read("tiny/\($0)") } }
    static let internvl = Result { try Tokenizer { read("internvl/\($0)") } }
    /// The true Qwen2.5 tokenizer from vocab.json, merges.txt and the side files.
    static let qwen25 = Result {
        let vocabulary = vocabularyJSON()
        return try Tokenizer { $0 == "vocab.json" ? vocabulary : read("qwen25/\($0)") }
    }
    /// The same from tokenizer.json alone.
    static let qwen25Single = Result {
        let file = tokenizerJSON()
        return try Tokenizer { $0 == "tokenizer.json" ? file : nil }
    }

    static func named(_ name: String) throws -> Tokenizer {
        switch name {
        case "tiny": try tiny.get()
        case "internvl": try internvl.get()
        case "qwen25 in one file": try qwen25Single.get()
        default: try qwen25.get()
        }
    }

    /// The bytes of a fixture, nil when there is none.
    static func read(_ path: String) -> [UInt8]? {
        (try? Data(contentsOf: Fixtures.url("tokenizer/\(path)"))).map(Array.init)
    }

    static func rows<Row: Decodable>(_ name: String, of type: Row.Type) throws -> [Row] {
        try JSONDecoder().decode([Row].self, from: Data(contentsOf: Fixtures.url("tokenizer/\(name)")))
    }

    /// The lines of the large merges.txt.
    static func merges() -> [Substring] {
        String(decoding: read("qwen25/merges.txt") ?? [], as: UTF8.self).split(separator: "\n")
    }

    /// The published vocab.json.
    static func vocabularyJSON() -> [UInt8] { publishedVocabulary(merges: merges()) }

    /// A tokenizer.json around that vocabulary: the tiny one's stages, merges as pairs, true added tokens.
    static func tokenizerJSON() -> [UInt8] {
        struct Config: Decodable {
            struct Token: Codable {
                var id: Int?
                var content: String
                var special: Bool
            }
            var added_tokens_decoder: [String: Token]
        }
        let tiny =
            try? JSONSerialization.jsonObject(with: Data(read("tiny/tokenizer.json") ?? [])) as? [String: Any]
        var small = tiny ?? [:]
        let config = try? JSONDecoder().decode(
            Config.self, from: Data(read("qwen25/tokenizer_config.json") ?? []))
        small["added_tokens"] = (config?.added_tokens_decoder ?? [:]).map { id, token in
            ["id": Int(id) ?? -1, "content": token.content, "special": token.special] as [String: Any]
        }
        small["model"] = nil
        let stages = (try? JSONSerialization.data(withJSONObject: small)) ?? Data()
        var json = Array(stages.dropLast())
        json += ",\"model\":{\"type\":\"BPE\",\"merges\":[".utf8
        for (index, merge) in merges().enumerated() {
            json += index > 0 ? ",[\"".utf8 : "[\"".utf8
            for byte in merge.utf8 {
                switch byte {
                case UInt8(ascii: " "): json += "\",\"".utf8
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): json += [UInt8(ascii: "\\"), byte]
                default: json.append(byte)
                }
            }
            json += "\"]".utf8
        }
        json += "],\"vocab\":".utf8
        json += vocabularyJSON()
        json += "}}".utf8
        return json
    }
}

/// A row `[text, ids]`.
struct EncodedRow: Decodable {
    var text: String
    var ids: [TokenID]

    init(from decoder: any Decoder) throws {
        var row = try decoder.unkeyedContainer()
        text = try row.decode(String.self)
        ids = try row.decode([TokenID].self)
    }
}

/// A row of chats.json.
struct ChatRow: Decodable {
    var name: String
    var tokenizer: String
    var messages: [ChatMessage]
    var addVisionID: Bool
    var addGenerationPrompt: Bool
    var text: String
    var ids: [TokenID]?
    var imageTokenCounts: [Int]
    var videoTokenCounts: [Int]

    var pieces: [ChatTemplate.Piece] {
        ChatTemplate.qwen25VL.pieces(
            messages, addGenerationPrompt: addGenerationPrompt, addVisionID: addVisionID)
    }
}
