// The file of a SentencePiece model, `tokenizer.model`: a protocol-buffer message, read by hand because five kinds of
// fields are all there is. Field numbers are those of sentencepiece_model.proto (sentencepiece 0.2).

/// What is read of a `tokenizer.model`.
struct SentencePieceFile {
    /// What a piece is for.
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

    /// How a text is cut into pieces.
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

    /// Reads a model and checks that it asks only for what this package does.
    ///
    /// - Throws: ``TokenizerError`` with the place or the key.
    init(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBufferPointer { bytes in
            var reader = WireReader(bytes)
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

    /// A model with a compiled character map (`nmt_nfkc` and the like) changes texts in ways that are not done here.
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

/// The fields of a protocol-buffer message, one after the other.
///
/// Nothing is read beyond the message's end.
struct WireReader {
    /// A field's number and how its value is stored: 0 varint, 1 eight bytes, 2 a length and bytes, 5 four bytes.
    struct Field {
        var number: UInt64
        var kind: UInt64
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position: Int
    private let end: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.init(bytes, 0..<bytes.count) }

    private init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        self.bytes = bytes
        (position, end) = (range.lowerBound, range.upperBound)
    }

    /// The next field, whose value must then be read or skipped; nil at the end.
    mutating func next() throws -> Field? {
        guard position < end else { return nil }
        let tag = try varint()
        guard tag >> 3 > 0, [0, 1, 2, 5].contains(tag & 7) else {
            throw malformed("a field", "the tag \(tag)")
        }
        return Field(number: tag >> 3, kind: tag & 7)
    }

    mutating func skip(_ field: Field) throws {
        switch field.kind {
        case 0: _ = try varint()
        case 1: _ = try take(8)
        case 2: _ = try bytes(field)
        default: _ = try take(4)
        }
    }

    mutating func integer(_ field: Field) throws -> UInt64 {
        try check(field, 0, "an integer")
        return try varint()
    }

    mutating func float(_ field: Field) throws -> Float {
        try check(field, 5, "four bytes")
        let range = try take(4)
        return Float(bitPattern: range.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[$1]) })
    }

    mutating func bytes(_ field: Field) throws -> Slice<UnsafeBufferPointer<UInt8>> {
        try check(field, 2, "a length and bytes")
        return bytes[try length()]
    }

    /// A message inside this one.
    mutating func message(_ field: Field) throws -> WireReader {
        try check(field, 2, "a message")
        return WireReader(bytes, try length())
    }

    private mutating func length() throws -> Range<Int> {
        let count = try varint()
        guard count <= UInt64(end - position) else {
            throw malformed("\(count) bytes", "\(end - position) left")
        }
        return try take(Int(count))
    }

    private mutating func take(_ count: Int) throws -> Range<Int> {
        guard count <= end - position else { throw malformed("\(count) bytes", "\(end - position) left") }
        defer { position += count }
        return position..<position + count
    }

    private mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < end else { throw malformed("a number", "the end") }
            let byte = bytes[position]
            position += 1
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw malformed("a number of at most 64 bits", "a longer one")
    }

    private func check(_ field: Field, _ kind: UInt64, _ expected: String) throws {
        guard field.kind == kind else {
            throw malformed("\(expected) in field \(field.number)", "wire type \(field.kind)")
        }
    }

    private func malformed(_ expected: String, _ found: String) -> TokenizerError {
        .malformed(file: SentencePieceFile.name, place: "byte \(position)", expected: expected, found: found)
    }
}
