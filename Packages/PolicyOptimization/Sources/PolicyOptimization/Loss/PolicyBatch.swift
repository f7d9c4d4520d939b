// One micro-batch of the policy loss: packed groups of answers, and the term of each of their tokens.
internal import VisionLanguageModel

/// One question's answers as the loss sees them.
struct PolicyGroup {
    /// Location and task of the question's row.
    var label = ""
    let prompt: Prompt
    let answers: [[Int32]]
    /// The log-probabilities that the sampler reported for the answers' tokens.
    let sampled: [[Float]]

    /// Rows that the group takes in a batch.
    var rowCount: Int { prompt.ids.count + answers.reduce(0) { $0 + $1.count } }
}

/// Packed groups with one term per target token.
struct PolicyBatch {
    /// The unit of the step that it belongs to.
    let unit: Int
    /// Prompts and answers.
    private(set) var batch = PackedBatch()
    /// What each of `batch.targets` brings to the loss.
    private(set) var terms: [TokenTerm] = []
    /// The entropy of the distribution of each of `batch.targets` before the first update; empty when nothing reads it.
    private(set) var entropies: [Float] = []
    /// The label of each answer's group.
    private(set) var labels: [String] = []

    /// An empty micro-batch.
    init(unit: Int = 0) { self.unit = unit }

    /// Appends a group; `weights` has one weight per answer, for each of its tokens.
    mutating func append(_ group: PolicyGroup, weights: ArraySlice<Double>) {
        batch.append(group.prompt, answers: group.answers)
        labels += group.answers.map { _ in group.label }
        for (sampled, weight) in zip(group.sampled, weights) {
            terms += sampled.map {
                TokenTerm(old: nil, reference: nil, sampled: Double($0), advantage: 0, weight: weight)
            }
        }
    }

    /// The largest difference between log-probabilities of all tokens and those that the sampler reported.
    func samplingGap(_ values: [Float]) -> Double {
        zip(values, terms).reduce(0) { max($0, abs(Double($1.0) - $1.1.sampled)) }
    }

    /// For each answer the sum over its tokens of the estimated distance of the sampler to the reference.
    func distances(_ estimator: LossOptions.KLEstimator) -> [Double] {
        batch.answerRanges.map { range in
            terms[range].reduce(0) { sum, term in
                sum + (term.reference.map { estimator(term.sampled, $0).value } ?? 0)
            }
        }
    }

    /// Takes the advantages of its answers from the front of those of all micro-batches.
    mutating func takeAdvantages(_ rest: inout ArraySlice<Double>) {
        for (range, advantage) in zip(batch.answerRanges, rest) {
            for index in range { terms[index].advantage = advantage }
        }
        rest = rest.dropFirst(batch.answerRanges.count)
    }

    /// Masks the tokens whose entropy is below a threshold.
    mutating func maskTokens(below threshold: Float) {
        for (index, entropy) in zip(terms.indices, entropies) { terms[index].isMasked = entropy < threshold }
    }

    /// The label of the first answer with a log-probability that is not finite, under the policy, the policy
    /// that sampled it, or the reference.
    func firstNonFinite(_ values: [Float]) -> String? {
        let all = zip(values, terms).map { value, term in
            value + Float((term.old ?? 0) + (term.reference ?? 0))
        }
        return batch.answerOfFirstNonFinite(all).map { labels[$0] }
    }

    /// Sets the log-probabilities of all tokens under the reference.
    mutating func setReference(_ values: [Float]) {
        for (index, value) in zip(terms.indices, values) { terms[index].reference = Double(value) }
    }

    /// Sets the log-probabilities of all tokens under the policy before the first update, and the entropies of
    /// their distributions.
    mutating func setOld(_ values: [Float], entropies: [Float]) {
        for (index, value) in zip(terms.indices, values) { terms[index].old = Double(value) }
        self.entropies = entropies
    }

    /// Packs groups into micro-batches.
    ///
    /// - Parameters:
    ///   - groups: Groups; those without answers are left out.
    ///   - weights: One weight per answer of all groups, in order.
    ///   - rowLimit: The most rows of a micro-batch; a larger group has a micro-batch of its own.
    ///   - unit: The unit of the step that all groups belong to.
    /// - Returns: The micro-batches, in the order of the groups.
    static func pack(_ groups: [PolicyGroup], weights: [Double], rowLimit: Int, unit: Int = 0)
        -> [PolicyBatch]
    {
        var (batches, rows, weights): ([PolicyBatch], Int, _) = ([], 0, weights[...])
        for group in groups where !group.answers.isEmpty {
            if batches.isEmpty || rows + group.rowCount > rowLimit {
                batches.append(PolicyBatch(unit: unit))
                rows = 0
            }
            batches[batches.count - 1].append(group, weights: weights.prefix(group.answers.count))
            weights = weights.dropFirst(group.answers.count)
            rows += group.rowCount
        }
        return batches
    }
}

extension PackedBatch {
    /// The index of the answer with the first value that is not finite; `values` has one per target.
    func answerOfFirstNonFinite(_ values: [Float]) -> Int? {
        guard let place = values.firstIndex(where: { !$0.isFinite }) else { return nil }
        return answerRanges.firstIndex { $0.contains(place) }
    }
}
