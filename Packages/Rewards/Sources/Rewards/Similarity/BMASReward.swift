// The reward for free text: BMAS, the bidirectional max-average similarity of Mixed-R1 (arXiv 2505.24164).
import Tokenizer
import TrainingData

/// The similarity of two texts, with both directions.
struct BMASScore: Sendable, Equatable {
    /// Mean over the answer's tokens of the best cosine in the reference.
    var forward: Double
    /// Mean over the reference's tokens of the best cosine in the answer.
    var backward: Double
    /// The score of the selected variant, rescaled and guarded.
    var value: Double
}

/// Bidirectional max-average similarity of token embeddings.
///
/// With p and g the tokens of answer and reference and e their rows of the frozen input embedding table:
/// `forward = mean_i max_j cos(e(p_i), e(g_j))`, `backward = mean_j max_i cos(e(g_j), e(p_i))`,
/// `BMAS = (forward + backward) / 2`. It is symmetric, ignores order and is in [-1, 1]; an empty side scores
/// 0.
struct BMASReward: Reward {
    /// Variant, filters and guards.
    let options: BMASOptions
    private let embedding: TokenEmbeddings
    private let stopTokens: Set<Int32>

    /// A BMAS reward over a frozen table, of which it keeps `options.cachedRows` rows.
    init(table: any EmbeddingTable, options: BMASOptions = BMASOptions()) {
        let embedding = TokenEmbeddings(table, keeping: options.cachedRows)
        (self.embedding, self.options) = (embedding, options)
        let spellings = options.stopWords.flatMap {
            [$0, " " + $0, $0.capitalizedFirst, " " + $0.capitalizedFirst]
        }
        stopTokens = Set(spellings.map(embedding.ids).filter { $0.count == 1 }.flatMap(\.self))
    }

    /// `bmas`.
    var name: String { "bmas" }

    /// The best score over the golds.
    ///
    /// `detail` has both directions. Throws `RewardError.badEmbedding`.
    func score(
        _ answer: ExtractedAnswer, for sample: Sample, context: RewardContext
    ) throws -> (value: Double, status: ParseStatus, detail: String?) {
        if let problem = goldProblem(sample) { return (0, .badGold, problem) }
        guard answer.status == .ok else { return (0, .noAnswer, nil) }
        var best: BMASScore?
        for gold in sample.goldTexts {
            let score = try score(answer.text, against: gold)
            if score.value > best?.value ?? -.infinity { best = score }
        }
        guard let best else { return (0, .badGold, "the row has no gold") }
        func short(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
        return (best.value, .ok, "forward \(short(best.forward)) backward \(short(best.backward))")
    }

    /// Refuses a row without a gold, or with a gold that has no tokens besides stop words.
    func goldProblem(_ sample: Sample) -> String? {
        let isUsable = !sample.solutions.isEmpty && sample.goldTexts.allSatisfy { !tokens($0).isEmpty }
        return isUsable ? nil : "the row has no gold, or one without tokens beside stop words"
    }

    /// The score of one text against one reference.
    ///
    /// Throws `RewardError.badEmbedding`.
    func score(_ text: String, against reference: String) throws -> BMASScore {
        let (left, right) = (TokenBag(tokens(text)), TokenBag(tokens(reference)))
        guard !left.ids.isEmpty, !right.ids.isEmpty else {
            return BMASScore(forward: 0, backward: 0, value: 0)
        }
        let cosines = try cosines(left, right)
        let forward = left.mean { i in right.ids.indices.map { cosines[i * right.ids.count + $0] }.max() ?? 0
        }
        let backward = right.mean { j in left.ids.indices.map { cosines[$0 * right.ids.count + j] }.max() ?? 0
        }
        let raw: Double
        switch options.variant {
        case .bmas: raw = (forward + backward) / 2
        case .f1: raw = forward + backward > 0 ? max(-1, 2 * forward * backward / (forward + backward)) : 0
        case .bipartite: raw = bipartite(left, right, cosines)
        }
        return BMASScore(forward: forward, backward: backward, value: guarded(raw, left, right))
    }

    private func tokens(_ text: String) -> [Int32] {
        let ids = embedding.ids(text).prefix(options.maximumTokens)
        return stopTokens.isEmpty ? Array(ids) : ids.filter { !stopTokens.contains($0) }
    }

    /// The cosines of all pairs of distinct tokens, row by row of `left`.
    private func cosines(_ left: TokenBag, _ right: TokenBag) throws -> [Double] {
        let products = try dotProducts(
            embedding.unitRows(left.ids), embedding.unitRows(right.ids), dimension: embedding.dimension)
        return products.map { min(1, max(-1, Double($0))) }
    }

    /// The best one-to-one pairing of all tokens, over the longer side.
    private func bipartite(_ left: TokenBag, _ right: TokenBag, _ cosines: [Double]) -> Double {
        let columns = right.expanded
        let scores = left.expanded.map { i in columns.map { j in cosines[i * right.ids.count + j] } }
        return optimalAssignment(scores) / Double(max(left.count, right.count))
    }

    /// Applies the floor, then the two guards, which only reduce positive scores.
    private func guarded(_ score: Double, _ text: TokenBag, _ reference: TokenBag) -> Double {
        var score = max(-1, (score - options.floor) / (1 - options.floor))
        guard score > 0 else { return score }
        let distinct = Double(text.ids.count) / Double(text.count)
        if distinct < options.minimumDistinctShare { score *= distinct / options.minimumDistinctShare }
        let ratio = Double(max(text.count, reference.count)) / Double(min(text.count, reference.count))
        if options.lengthRatioLimit > 0, ratio > options.lengthRatioLimit {
            score *= options.lengthRatioLimit / ratio
        }
        return score
    }
}

extension TokenBag {
    /// The indices of all tokens, including repetitions.
    fileprivate var expanded: [Int] { ids.indices.flatMap { Array(repeating: $0, count: counts[$0]) } }

    /// The mean over all tokens of a value per distinct token.
    fileprivate func mean(_ value: (Int) -> Double) -> Double {
        ids.indices.reduce(0.0) { $0 + Double(counts[$1]) * value($1) } / Double(count)
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
