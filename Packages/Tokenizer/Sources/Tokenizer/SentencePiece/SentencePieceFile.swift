// Reads the file of a SentencePiece model, `tokenizer.model`, a protocol-buffer message. Field numbers are
// those of sentencepiece_model.proto (sentencepiece 0.2).

/// The parts of a `tokenizer.model` that encoding needs.
struct SentencePieceFile {
    /// The kind of a piece.
    enum Kind: UInt64 {
        case normal = 1
        case unknown, control, userDefined, unused, byte
    }

    /// A row of the vocabulary.
    struct Piece {
        var text: [UInt8] = []
        var score: Float = 0
        var kind = Kind.normal
    }

    /// The method that splits text into pieces.
    enum Method: UInt64 {
        case unigram = 1
        case bytePairs
    }

    private(set) var pieces: [Piece] = []
    private(set) var method = Method.unigram
    private(set) var bytesForUnknown = false
    private(set) var addsPrefixSpace = true
    private(set) var removesExtraSpaces = true

    static let name = "tokenizer.model"

    /// Reads a model and checks that this package supports its settings.
    ///
    /// - Throws: ``TokenizerError`` with the place or the key.
    init(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBufferPointer { bytes in
            var reader = WireReader(bytes, file: Self.name)
            while let field = try reader.next() {
                switch field.number {
                case 1: try readPiece(reader.message(field))
                case 2: try readTrainer(reader.message(field))
                case 3: try readNormalizer(reader.message(field), key: "normalizer_spec")
                case 5: try Self.refuseCharacterMap(reader.message(field), key: "denormalizer_spec")
                default: try reader.skip(field)
                }
            }
        }
        guard !pieces.isEmpty else { throw Self.unsupported("pieces", "at least one", "none") }
    }

    private mutating func readPiece(_ message: WireReader) throws {
        var (reader, piece) = (message, Piece())
        while let field = try reader.next() {
            switch field.number {
            case 1: piece.text = Array(try reader.bytes(field))
            case 2: piece.score = try reader.float(field)
            case 3:
                let number = try reader.integer(field)
                guard let kind = Kind(rawValue: number) else {
                    throw Self.unsupported("pieces[\(pieces.count)].type", "1 to 6", "\(number)")
                }
                piece.kind = kind
            default: try reader.skip(field)
            }
        }
        guard !piece.text.isEmpty, String(validating: piece.text, as: UTF8.self) != nil else {
            throw Self.unsupported("pieces[\(pieces.count)].piece", "some UTF-8 text", "none")
        }
        guard piece.score.isFinite, pieces.count < TokenTable.rowLimit else {
            throw Self.unsupported("pieces[\(pieces.count)].score", "a finite number", "\(piece.score)")
        }
        pieces.append(piece)
    }

    private mutating func readTrainer(_ message: WireReader) throws {
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case 3:
                let number = try reader.integer(field)
                guard let method = Method(rawValue: number) else {
                    throw Self.unsupported("trainer_spec.model_type", "1 (unigram) or 2 (BPE)", "\(number)")
                }
                self.method = method
            case 24 where try reader.integer(field) != 0:
                throw Self.unsupported("trainer_spec.treat_whitespace_as_suffix", "false", "true")
            case 24: break
            case 35: bytesForUnknown = try reader.integer(field) != 0
            default: try reader.skip(field)
            }
        }
    }

    private mutating func readNormalizer(_ message: WireReader, key: String) throws {
        var reader = message
        while let field = try reader.next() {
            switch field.number {
            case 3: addsPrefixSpace = try reader.integer(field) != 0
            case 4: removesExtraSpaces = try reader.integer(field) != 0
            case 5 where try reader.integer(field) == 0:
                throw Self.unsupported("\(key).escape_whitespaces", "true", "false")
            case 5: break
            default: try reader.skip(field)
            }
        }
        try Self.refuseCharacterMap(message, key: key)
    }

    /// Refuses a model with a compiled character map (such as `nmt_nfkc`), which is not supported.
    private static func refuseCharacterMap(_ message: WireReader, key: String) throws {
        var reader = message
        while let field = try reader.next() {
            if field.number == 2, try !reader.bytes(field).isEmpty {
                throw unsupported("\(key).precompiled_charsmap", "none (the identity)", "one")
            } else if field.number != 2 {
                try reader.skip(field)
            }
        }
    }

    static func unsupported(_ key: String, _ expected: String, _ found: String) -> TokenizerError {
        .unsupported(file: name, key: key, expected: expected, found: found)
    }
}
