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
    /// One per answer.
    let advantages: [Double]

    /// Rows that the group takes in a batch.
    var rowCount: Int { prompt.ids.count + answers.reduce(0) { $0 + $1.count } }
}

/// Packed groups with one term per target token.
struct PolicyBatch {
    /// Prompts and answers.
    private(set) var batch = PackedBatch()
    /// What each of `batch.targets` brings to the loss.
    var terms: [TokenTerm] = []

    /// What the sampler reported as the log-probability of each of `batch.targets`.
    private var sampled: [Float] = []
    /// The label of each answer's group.
    private(set) var labels: [String] = []

    /// Appends a group; `weights` has one weight per answer, for each of its tokens.
    mutating func append(_ group: PolicyGroup, weights: ArraySlice<Double>) {
        batch.append(group.prompt, answers: group.answers)
        labels += group.answers.map { _ in group.label }
        sampled += group.sampled.joined()
        for (answer, (advantage, weight)) in zip(group.answers, zip(group.advantages, weights)) {
            let term = TokenTerm(old: nil, reference: nil, advantage: advantage, weight: weight)
            terms += Array(repeating: term, count: answer.count)
        }
    }

    /// The largest difference between log-probabilities of all tokens and those that the sampler reported.
    func samplingGap(_ values: [Float]) -> Double {
        zip(values, sampled).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) }
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

    /// Sets the log-probabilities of all tokens under the policy that sampled them.
    mutating func setOld(_ values: [Float]) {
        for (index, value) in zip(terms.indices, values) { terms[index].old = Double(value) }
    }

    /// Packs groups into micro-batches.
    ///
    /// - Parameters:
    ///   - groups: Groups; those without answers are left out.
    ///   - weights: One weight per answer of all groups, in order.
    ///   - rowLimit: The most rows of a micro-batch; a larger group has a micro-batch of its own.
    /// - Returns: The micro-batches, in the order of the groups.
    static func pack(_ groups: [PolicyGroup], weights: [Double], rowLimit: Int) -> [PolicyBatch] {
        var (batches, rows, weights): ([PolicyBatch], Int, _) = ([], 0, weights[...])
        for group in groups where !group.answers.isEmpty {
            if batches.isEmpty || rows + group.rowCount > rowLimit {
                batches.append(PolicyBatch())
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
