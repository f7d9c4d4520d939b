// The merges of a SentencePiece BPE model. Its file has pieces with scores instead of rules: two neighbors
// merge if their joined text is a piece; the highest score merges first, equal scores from left to right.

/// Derives merge rules from pieces.
enum SentencePieceMerges {
    /// All ways to join two pieces into a third, ranked by the score of the third.
    ///
    /// Characters of pieces that are not pieces themselves get ids beyond the vocabulary: they can merge, and
    /// are unknown if they do not.
    static func table(_ file: SentencePieceFile, _ pieces: inout TokenTable) throws -> MergeTable {
        let normal = file.pieces.indices.filter { file.pieces[$0].kind == .normal }
        var next = file.pieces.count
        for id in normal {
            for character in characters(of: file.pieces[id].text) {
                character.withUnsafeBufferPointer { bytes in
                    if pieces.id(of: bytes) == nil, pieces.insert(bytes, id: next) { next += 1 }
                }
            }
        }
        let scores = Set(normal.map { file.pieces[$0].score }).sorted(by: >)
        let ranks = Dictionary(uniqueKeysWithValues: zip(scores, scores.indices))
        var rules: [(left: TokenID, right: TokenID, rank: Int, merged: TokenID)] = []
        for id in file.pieces.indices {
            let piece = file.pieces[id]
            guard piece.kind == .normal || piece.kind == .unused else { continue }
            for (left, right) in splits(of: piece.text, pieces, file) {
                guard piece.kind == .normal, let rank = ranks[piece.score] else {
                    throw SentencePieceFile.unsupported(
                        "pieces[\(id)]", "an unused piece that merges cannot make", "one that they make")
                }
                rules.append((left, right, rank, TokenID(id)))
            }
        }
        var table = MergeTable(capacity: rules.count)
        for rule in rules {
            table.insert(left: rule.left, right: rule.right, rank: rule.rank, merged: rule.merged)
        }
        return table
    }

    /// The pairs of tokens that join into a text.
    private static func splits(of text: [UInt8], _ pieces: TokenTable, _ file: SentencePieceFile) -> [(
        TokenID, TokenID
    )] {
        text.withUnsafeBufferPointer { text in
            var found: [(TokenID, TokenID)] = []
            var split = text.isEmpty ? 0 : utf8Length(text[0])
            while split < text.count {
                if let left = pieces.id(of: UnsafeBufferPointer(rebasing: text[..<split])),
                    let right = pieces.id(of: UnsafeBufferPointer(rebasing: text[split...])),
                    merges(left, file), merges(right, file)
                {
                    found.append((left, right))
                }
                split += utf8Length(text[split])
            }
            return found
        }
    }

    /// User-defined pieces never merge.
    private static func merges(_ id: TokenID, _ file: SentencePieceFile) -> Bool {
        Int(id) >= file.pieces.count || file.pieces[Int(id)].kind == .normal
    }

    private static func characters(of text: [UInt8]) -> [[UInt8]] {
        String(decoding: text, as: UTF8.self).unicodeScalars.map { Array(String($0).utf8) }
    }
}
