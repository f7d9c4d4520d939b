// Decodes SentencePiece tokens: restores spaces and bytes, and drops the leading space that encoding added.

/// The pieces of a model by id, and its encoder.
struct SentencePieceVocabulary: Sendable {
    let encoder: SentencePieceEncoder
    private let pieces: [SentencePieceFile.Piece]
    /// Whether encoding adds the space at the start of a text.
    private let dropsFirstSpace: Bool
    private let dropsAllSpaces: Bool

    /// The vocabulary of a model; see ``SentencePieceEncoder/init(_:added:)``.
    init(_ file: SentencePieceFile, added: Set<Int>) throws {
        encoder = try SentencePieceEncoder(file, added: added)
        pieces = file.pieces
        dropsFirstSpace = file.addsPrefixSpace || file.removesExtraSpaces
        dropsAllSpaces = file.removesExtraSpaces
    }

    /// Number of pieces.
    var rowCount: Int { pieces.count }

    /// The bytes of a token; nil for an id beyond the vocabulary.
    ///
    /// An unknown token becomes a double question mark between spaces, as in SentencePiece.
    func bytes(of id: TokenID) -> [UInt8]? {
        guard id >= 0, Int(id) < pieces.count else { return nil }
        let piece = pieces[Int(id)]
        switch piece.kind {
        case .control: return []
        case .unknown: return Array(" \u{2047} ".utf8)
        case .byte: return SentencePieceEncoder.byte(ofPiece: piece.text).map { [$0] } ?? []
        case .normal, .userDefined, .unused: return Self.withSpaces(piece.text[...])
        }
    }

    /// Appends a token, at the start of a text without the space that encoding would have added.
    func append(_ id: TokenID, to text: inout DecodedText) {
        guard let bytes = bytes(of: id) else { return }
        let isSpaced = pieces[Int(id)].text.starts(with: SentencePieceEncoder.space)
        guard text.isAtStart, dropsFirstSpace, isSpaced else {
            text.bytes += bytes
            text.isAtStart = text.isAtStart && bytes.isEmpty
            return
        }
        text.bytes += bytes.dropFirst()
        // A model that removes all leading spaces removes those of later tokens too.
        text.isAtStart = dropsAllSpaces && bytes.count == 1
    }

    private static func withSpaces(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = text
        while let byte = rest.first {
            let isSpace = rest.starts(with: SentencePieceEncoder.space)
            result.append(isSpace ? 0x20 : byte)
            rest = rest.dropFirst(isSpace ? SentencePieceEncoder.space.count : 1)
        }
        return result
    }
}
