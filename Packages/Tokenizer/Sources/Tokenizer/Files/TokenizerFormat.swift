// Decodes the small members of tokenizer files with JSONDecoder, and checks that a tokenizer.json describes
// the pipeline that this package implements: NFC, the Qwen2 split, byte-level byte-pair encoding.
import Foundation
import StrictJSON

extension [UInt8] {
    /// Calls `body` with the bytes of a JSON file; turns a `JSONSyntaxError` into an error that names the
    /// file.
    func withJSON(of file: String, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        do {
            try withUnsafeBufferPointer(body)
        } catch let error as JSONSyntaxError {
            throw TokenizerError.malformed(
                file: file, place: "byte \(error.offset)", expected: error.expected, found: error.found)
        }
    }
}

extension JSONScanner {
    /// Reads an integer without fraction or exponent, in the range of a vocabulary row.
    mutating func rowNumber() throws -> Int {
        guard let first = peek(), (0x30...0x39).contains(first) else { throw expected("a token id") }
        let start = self
        guard let value = try number().integer, value < TokenTable.rowLimit else {
            throw start.expected("a token id below \(TokenTable.rowLimit)")
        }
        return value
    }
}

/// Decodes a member of a file; errors name the file and the key.
func decode<Value: Decodable>(
    _ type: Value.Type, _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, file: String, key: String
) throws -> Value {
    do {
        return try JSONDecoder().decode(type, from: Data(bytes[range]))
    } catch let error as DecodingError {
        throw TokenizerError.malformed(
            file: file, place: key, expected: "valid JSON with the usual fields", found: reason(error))
    }
}

private func reason(_ error: DecodingError) -> String {
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
        .dataCorrupted(let context):
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return path.isEmpty ? context.debugDescription : "\(context.debugDescription) (at \(path))"
    @unknown default: return "\(error)"
    }
}

/// An added token in `added_tokens` of tokenizer.json, or a value of `added_tokens_decoder`.
///
/// `normalized` is ignored: added tokens are matched in the original text, which differs from the reference
/// only for a token that composition with the surrounding text would change.
struct AddedTokenEntry: Decodable {
    var id: Int?
    var content: String
    var special: Bool?
    var singleWord: Bool?
    var stripsLeft: Bool?
    var stripsRight: Bool?

    private enum CodingKeys: String, CodingKey {
        case id, content, special
        case singleWord = "single_word"
        case stripsLeft = "lstrip"
        case stripsRight = "rstrip"
    }

    /// The token; throws if it requires white space or word boundaries around it, which is not supported.
    func token(id knownID: Int? = nil, file: String) throws -> AddedToken {
        guard let id = knownID ?? id else {
            throw TokenizerError.unsupported(
                file: file, key: "the added token \"\(content)\"", expected: "a token with an id",
                found: "none")
        }
        guard singleWord != true, stripsLeft != true, stripsRight != true else {
            throw TokenizerError.unsupported(
                file: file, key: "the added token \"\(content)\"",
                expected: "single_word, lstrip and rstrip false", found: "one of them true")
        }
        return AddedToken(id: id, content: content, isSpecial: special ?? false)
    }
}

/// The parts of tokenizer_config.json that are used.
struct TokenizerConfiguration: Decodable {
    /// `added_tokens_decoder`: added tokens by id.
    var addedTokens: [String: AddedTokenEntry] = [:]
    /// Special texts, for tokens that are only in added_tokens.json.
    var specialContents: Set<String> = []
    /// `bos_token`.
    var beginning: String?
    /// `add_bos_token`: whether every conversation starts with it.
    var addsBeginning: Bool?

    init() {}

    private enum CodingKeys: String, CodingKey {
        case addedTokens = "added_tokens_decoder"
        case specialTokens = "additional_special_tokens"
        case beginning = "bos_token"
        case addsBeginning = "add_bos_token"
        case end = "eos_token"
        case padding = "pad_token"
        case unknown = "unk_token"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        addedTokens = try values.decodeIfPresent([String: AddedTokenEntry].self, forKey: .addedTokens) ?? [:]
        let extra = try values.decodeIfPresent([TokenText].self, forKey: .specialTokens) ?? []
        let named = try [CodingKeys.beginning, .end, .padding, .unknown].compactMap {
            try values.decodeIfPresent(TokenText.self, forKey: $0)
        }
        specialContents = Set((extra + named).map(\.content))
        beginning = try values.decodeIfPresent(TokenText.self, forKey: .beginning)?.content
        addsBeginning = try values.decodeIfPresent(Bool.self, forKey: .addsBeginning)
    }
}

/// A token written as a string or as an object with `content`.
private struct TokenText: Decodable {
    var content: String

    init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            content = text
        } else {
            content = try AddedTokenEntry(from: decoder).content
        }
    }
}

/// The check of a tokenizer.json's stages.
enum SupportedPipeline {
    /// Throws unless normalizer and pre-tokenizer are those of the Qwen2 family.
    static func check(_ top: [String: Range<Int>], _ bytes: UnsafeBufferPointer<UInt8>, file: String) throws {
        let normalizer = try top["normalizer"].map {
            try decode(Stage?.self, bytes, $0, file: file, key: "normalizer")
        }
        guard normalizer??.type == "NFC" else {
            throw unsupported(file, "normalizer", "NFC", normalizer??.type)
        }
        guard let range = top["pre_tokenizer"],
            let stage = try decode(Stage?.self, bytes, range, file: file, key: "pre_tokenizer")
        else { throw unsupported(file, "pre_tokenizer", "Split, then ByteLevel", nil) }
        let stages = stage.pretokenizers ?? [stage]
        guard stages.map(\.type) == ["Split", "ByteLevel"] else {
            let found = stages.map(\.type).joined(separator: ", ")
            throw unsupported(file, "pre_tokenizer", "Split, then ByteLevel", found)
        }
        guard stages[0].pattern?.regex == WordScanner.pattern else {
            throw unsupported(file, "pre_tokenizer.pattern", WordScanner.pattern, stages[0].pattern?.regex)
        }
        guard stages[0].behavior == "Isolated", stages[0].invert != true else {
            throw unsupported(file, "pre_tokenizer.behavior", "Isolated, not inverted", stages[0].behavior)
        }
        guard stages[1].addsPrefixSpace == false, stages[1].splitsAgain == false else {
            throw unsupported(
                file, "pre_tokenizer", "ByteLevel without prefix space and regex", "ByteLevel with one")
        }
    }

    /// Throws unless the model is plain byte-level byte-pair encoding.
    static func checkModel(_ model: [String: Range<Int>], _ bytes: UnsafeBufferPointer<UInt8>, file: String)
        throws
    {
        func option<Value: Decodable>(_ key: String, _ type: Value.Type) throws -> Value? {
            guard let range = model[key] else { return nil }
            return try decode(Value?.self, bytes, range, file: file, key: "model.\(key)")
        }
        let type = try option("type", String.self)
        guard type == "BPE" || type == nil else { throw unsupported(file, "model.type", "BPE", type) }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let text = try option(key, String.self), !text.isEmpty {
                throw unsupported(file, "model.\(key)", "empty", text)
            }
        }
        for key in ["ignore_merges", "byte_fallback"] where try option(key, Bool.self) == true {
            throw unsupported(file, "model.\(key)", "false", "true")
        }
        if let dropout = try option("dropout", Double.self), dropout > 0 {
            throw unsupported(file, "model.dropout", "null", "\(dropout)")
        }
    }

    private static func unsupported(_ file: String, _ key: String, _ expected: String, _ found: String?)
        -> TokenizerError
    {
        .unsupported(file: file, key: key, expected: expected, found: found ?? "nothing")
    }

    /// A normalizer or a pre-tokenizer; only the fields that change what it does.
    private struct Stage: Decodable {
        struct Pattern: Decodable {
            var regex: String?

            private enum CodingKeys: String, CodingKey { case regex = "Regex" }
        }

        private enum CodingKeys: String, CodingKey {
            case type, pattern, behavior, invert, pretokenizers
            case addsPrefixSpace = "add_prefix_space"
            case splitsAgain = "use_regex"
        }

        var type: String
        var pattern: Pattern?
        var behavior: String?
        var invert: Bool?
        var addsPrefixSpace: Bool?
        var splitsAgain: Bool?
        var pretokenizers: [Stage]?
    }
}
