// Reads the tokenizer files of Hugging Face checkpoints: the vocabulary, the merges and the added tokens.
// There are three layouts:
//   tokenizer.model (SentencePiece), or
//   tokenizer.json (all in one), or
//   vocab.json + merges.txt + added_tokens.json;
// Each also reads `added_tokens_decoder` of tokenizer_config.json.
import Foundation
import StrictJSON

/// The parts of a tokenizer, checked for consistency.
struct TokenizerFiles {
    private(set) var vocabulary = TokenTable()
    private(set) var byteTokens: [TokenID] = []
    private(set) var merges = MergeTable(capacity: 0)
    private(set) var added: [AddedToken] = []
    /// Set for a SentencePiece model, which does not use the vocabulary and merges above.
    private(set) var sentencePieces: SentencePieceVocabulary?
    /// The token before every conversation.
    private(set) var beginning: String?

    /// Vocabulary entries outside the byte alphabet, which must be added tokens.
    private var unmapped: [(spelling: [UInt8], id: Int)] = []

    /// Reads the parts through `files`, which returns the bytes of a named file or nil.
    init(_ files: (String) throws -> [UInt8]?) throws {
        if let bytes = try files(SentencePieceFile.name) {
            try readSentencePieces(bytes, files)
            return
        }
        let source: String
        if let bytes = try files("tokenizer.json") {
            source = "tokenizer.json"
            try bytes.withJSON(of: source) { try readTokenizerJSON($0) }
        } else {
            guard let vocabularyBytes = try files("vocab.json"), let mergeBytes = try files("merges.txt")
            else {
                throw TokenizerError.missingFile(
                    expected: "tokenizer.model, tokenizer.json, or vocab.json with merges.txt")
            }
            source = "vocab.json"
            try vocabularyBytes.withJSON(of: source) { bytes in
                var scanner = JSONScanner(bytes)
                try readVocabulary(&scanner, file: source)
                try scanner.finish()
            }
            byteTokens = try Self.byteTokens(vocabulary, file: source)
            try mergeBytes.withUnsafeBufferPointer { try readMergeLines($0) }
        }
        _ = try addSideFileTokens(files)
        try checkUnmapped(file: source)
    }

    // MARK: - tokenizer.model

    private mutating func readSentencePieces(_ bytes: [UInt8], _ files: (String) throws -> [UInt8]?) throws {
        let file = try SentencePieceFile(bytes)
        let config = try addSideFileTokens(files)
        for (id, piece) in file.pieces.enumerated()
        where piece.kind == .control && !added.contains(where: { $0.id == id }) {
            let content = String(decoding: piece.text, as: UTF8.self)
            try add(AddedToken(id: id, content: content, isSpecial: true), file: SentencePieceFile.name)
        }
        sentencePieces = try SentencePieceVocabulary(file, added: Set(added.map(\.id)))
        // Default true, as in the reference implementation of these models.
        if config.addsBeginning ?? true { beginning = config.beginning ?? "<s>" }
    }

    // MARK: - tokenizer.json

    private mutating func readTokenizerJSON(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        let file = "tokenizer.json"
        var scanner = JSONScanner(bytes)
        let top = try Self.members(&scanner)
        try scanner.finish()
        try SupportedPipeline.check(top, bytes, file: file)
        guard let modelRange = top["model"] else { throw Self.missing("model", file) }
        var modelScanner = JSONScanner(bytes, modelRange)
        let model = try Self.members(&modelScanner)
        try SupportedPipeline.checkModel(model, bytes, file: file)
        guard let vocabularyRange = model["vocab"] else { throw Self.missing("model.vocab", file) }
        guard let mergeRange = model["merges"] else { throw Self.missing("model.merges", file) }
        if let range = top["added_tokens"] {
            let entries = try decode([AddedTokenEntry].self, bytes, range, file: file, key: "added_tokens")
            for entry in entries { try add(entry.token(file: file), file: file) }
        }
        var vocabularyScanner = JSONScanner(bytes, vocabularyRange)
        try readVocabulary(&vocabularyScanner, file: file)
        byteTokens = try Self.byteTokens(vocabulary, file: file)
        var mergeScanner = JSONScanner(bytes, mergeRange)
        try readMergeArray(&mergeScanner, file: file)
    }

    /// The byte ranges of the values of an object by key; the last of repeated keys wins.
    private static func members(_ scanner: inout JSONScanner) throws -> [String: Range<Int>] {
        var ranges: [String: Range<Int>] = [:]
        var key: [UInt8] = []
        try scanner.openObject()
        while try scanner.nextKey(into: &key) {
            let name = String(decoding: key, as: UTF8.self)
            ranges[name] = try scanner.skip()
        }
        return ranges
    }

    private mutating func readVocabulary(_ scanner: inout JSONScanner, file: String) throws {
        var spelling: [UInt8] = []
        var token: [UInt8] = []
        try scanner.openObject()
        while try scanner.nextKey(into: &spelling) {
            let id = try scanner.rowNumber()
            token.removeAll(keepingCapacity: true)
            guard spelling.withUnsafeBufferPointer({ ByteAlphabet.append($0, to: &token) }) else {
                unmapped.append((spelling, id))
                continue
            }
            guard token.withUnsafeBufferPointer({ vocabulary.insert($0, id: id) }) else {
                throw TokenizerError.unsupported(
                    file: file, key: "the vocabulary entry \"\(String(decoding: spelling, as: UTF8.self))\"",
                    expected: "a token and an id of its own", found: "id \(id) or the token twice, or no text"
                )
            }
        }
    }

    // MARK: - Merges

    private mutating func readMergeArray(_ scanner: inout JSONScanner, file: String) throws {
        var list = MergeList(vocabulary)
        var rule: [UInt8] = []
        try scanner.openArray()
        while try scanner.nextElement() {
            let key = "merge \(list.count + 1)"
            if scanner.peek() == UInt8(ascii: "[") {
                var second: [UInt8] = []
                try scanner.openArray()
                guard try scanner.nextElement() else { throw scanner.expected("two tokens in \(key)") }
                try scanner.string(into: &rule)
                guard try scanner.nextElement() else { throw scanner.expected("two tokens in \(key)") }
                try scanner.string(into: &second)
                guard try !scanner.nextElement() else { throw scanner.expected("']' after \(key)") }
                rule.append(UInt8(ascii: " "))
                rule += second
            } else {
                try scanner.string(into: &rule)
            }
            try rule.withUnsafeBufferPointer { try list.append($0, file: file, key: key) }
        }
        merges = list.table()
    }

    private mutating func readMergeLines(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        var list = MergeList(vocabulary)
        let header = Array("#version".utf8)
        var (start, line) = (0, 0)
        while start < bytes.count {
            line += 1
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            var rule = bytes[start..<end]
            start = end + 1
            if rule.last == 0x0D { rule = rule.dropLast() }
            if rule.isEmpty || line == 1 && rule.starts(with: header) { continue }
            try list.append(UnsafeBufferPointer(rebasing: rule), file: "merges.txt", key: "line \(line)")
        }
        merges = list.table()
    }

    // MARK: - Added tokens and checks

    private mutating func addSideFileTokens(_ files: (String) throws -> [UInt8]?) throws
        -> TokenizerConfiguration
    {
        var config = TokenizerConfiguration()
        let configFile = "tokenizer_config.json"
        if let bytes = try files(configFile) {
            config = try bytes.withUnsafeBufferPointer {
                try decode(TokenizerConfiguration.self, $0, 0..<$0.count, file: configFile, key: "the file")
            }
        }
        for (id, entry) in config.addedTokens.sorted(by: { $0.key < $1.key }) {
            guard let id = Int(id) else {
                throw TokenizerError.unsupported(
                    file: configFile, key: "added_tokens_decoder", expected: "ids as keys", found: "\"\(id)\""
                )
            }
            try add(entry.token(id: id, file: configFile), file: configFile)
        }
        let listFile = "added_tokens.json"
        guard let bytes = try files(listFile) else { return config }
        let list = try bytes.withUnsafeBufferPointer {
            try decode([String: Int].self, $0, 0..<$0.count, file: listFile, key: "the file")
        }
        for (content, id) in list.sorted(by: { $0.value < $1.value }) {
            let special = config.specialContents.contains(content)
            try add(AddedToken(id: id, content: content, isSpecial: special), file: listFile)
        }
        return config
    }

    /// Adds a token unless an earlier file has it; the first definition wins, and a contradiction throws.
    private mutating func add(_ token: AddedToken, file: String) throws {
        let key = "the added token \"\(token.content)\""
        guard !token.content.isEmpty, (0..<TokenTable.rowLimit).contains(token.id) else {
            throw TokenizerError.unsupported(
                file: file, key: key, expected: "some text with an id from 0 to \(TokenTable.rowLimit - 1)",
                found: "id \(token.id)")
        }
        let content = Array(token.content.utf8)
        if let known = added.first(where: { Array($0.content.utf8) == content || $0.id == token.id }) {
            guard known.id == token.id, Array(known.content.utf8) == content else {
                throw TokenizerError.unsupported(
                    file: file, key: key, expected: "\"\(known.content)\" with id \(known.id), as elsewhere",
                    found: "id \(token.id)")
            }
        } else {
            added.append(token)
        }
    }

    /// Checks that entries outside the byte alphabet are added tokens, which are matched as whole texts.
    private func checkUnmapped(file: String) throws {
        for (spelling, id) in unmapped
        where !added.contains(where: { $0.id == id && Array($0.content.utf8) == spelling }) {
            throw TokenizerError.unsupported(
                file: file, key: "the vocabulary entry \"\(String(decoding: spelling, as: UTF8.self))\"",
                expected: "a token in the byte alphabet of GPT-2, or an added token", found: "neither")
        }
    }

    private static func byteTokens(_ vocabulary: TokenTable, file: String) throws -> [TokenID] {
        try (UInt8(0)...255).map { byte in
            guard let id = withUnsafePointer(to: byte, { vocabulary.id(of: .init(start: $0, count: 1)) })
            else {
                throw TokenizerError.unsupported(
                    file: file, key: "the vocabulary", expected: "a token for every byte",
                    found: "none for byte \(byte)")
            }
            return id
        }
    }

    private static func missing(_ key: String, _ file: String) -> TokenizerError {
        .unsupported(file: file, key: key, expected: "there", found: "nothing")
    }
}
