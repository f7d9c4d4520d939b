// The unigram method of SentencePiece: the split of a text into pieces with the highest sum of scores
// (Viterbi). The order of comparisons and the precision of sums follow `EncodeOptimized` in unigram_model.cc.

/// Scores of pieces.
struct UnigramScores: Sendable {
    /// By id; nil for pieces that encoding never produces.
    private let scores: [Double?]
    /// The score of a character without a piece.
    private let unknown: Float
    private let longest: Int

    init(_ file: SentencePieceFile) {
        let normal = file.pieces.lazy.filter { $0.kind == .normal }.map(\.score)
        let highest = max(normal.max() ?? 0, Float.leastNormalMagnitude)
        unknown = (normal.min() ?? 0) - 10
        longest = file.pieces.lazy.map(\.text.count).max() ?? 0
        scores = file.pieces.map { piece in
            switch piece.kind {
            case .normal: Double(piece.score)
            // Nearly the highest score, so that the piece wins wherever it occurs.
            case .userDefined: Double(Float(piece.text.count) * highest) - 0.1
            default: nil
            }
        }
    }

    /// The pieces of the best path, in order; an unknown character has no id.
    func path(over text: UnsafeBufferPointer<UInt8>, _ pieces: TokenTable) -> [(Range<Int>, TokenID?)] {
        struct Node {
            var score: Float = 0
            var start = -1
            var id: TokenID?
        }
        var nodes = [Node](repeating: Node(), count: text.count + 1)
        func offer(_ id: TokenID?, _ score: Double, from start: Int, to end: Int) {
            let total = score + Double(nodes[start].score)
            guard nodes[end].start < 0 || total > Double(nodes[end].score) else { return }
            nodes[end] = Node(score: Float(total), start: start, id: id)
        }
        var start = 0
        while start < text.count {
            let first = min(text.count, start + utf8Length(text[start]))
            var end = first
            var hasSingle = false
            while true {
                if let id = pieces.id(of: UnsafeBufferPointer(rebasing: text[start..<end])),
                    let score = scores[Int(id)]
                {
                    offer(id, score, from: start, to: end)
                    if end == first { hasSingle = true }
                }
                guard end < text.count, end - start < longest else { break }
                end = min(text.count, end + utf8Length(text[end]))
            }
            if !hasSingle { offer(nil, Double(unknown), from: start, to: first) }
            start = first
        }
        var path: [(Range<Int>, TokenID?)] = []
        var end = text.count
        while end > 0 {
            path.append((nodes[end].start..<end, nodes[end].id))
            end = nodes[end].start
        }
        return path.reversed()
    }
}
