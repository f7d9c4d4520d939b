// What one token brings to the loss, and the weights that turn the terms of all tokens into one number.
internal import Basics
internal import Collectives

/// What one token brings to the loss, besides its log-probability under the policy.
struct TokenTerm: Sendable, Equatable {
    /// Log-probability under the policy before the first update; nil means on-policy: the ratio is 1.
    var old: Double?
    /// Log-probability under the reference; nil without one.
    var reference: Double?
    /// Log-probability that the sampler reported.
    var sampled: Double
    /// Advantage of the answer.
    var advantage: Double
    /// Weight in the sum.
    var weight: Double
    /// Whether the advantage does not count for this token.
    var isMasked = false

    /// One token's term.
    init(old: Double?, reference: Double?, sampled: Double = 0, advantage: Double, weight: Double) {
        (self.old, self.reference, self.sampled) = (old, reference, sampled)
        (self.advantage, self.weight) = (advantage, weight)
    }
}

/// The weight of each answer's tokens in the loss.
///
/// - Parameters:
///   - lengths: Tokens of every answer of the optimizer batch that this process has.
///   - aggregation: How the terms of all tokens become one number.
///   - maxNewTokens: The longest answer allowed; only `dr_grpo` reads it.
///   - world: The processes that share the batch; the denominators span all of them.
/// - Returns: One weight per answer, for each of its tokens.
/// - Throws: When a process cannot be reached.
func tokenWeights(
    lengths: [Int], aggregation: LossOptions.Aggregation, maxNewTokens: Int,
    world: any World = SingleProcess()
) throws -> [Double] {
    var totals = [Double(lengths.count), Double(lengths.reduce(0, +))]
    try world.sum(&totals)
    let (answers, tokens) = (max(1, totals[0]), max(1, totals[1]))
    return lengths.map { length in
        switch aggregation {
        case .grpo: 1 / (answers * Double(max(1, length)))
        case .dapo: 1 / tokens
        case .dr_grpo: 1 / (answers * Double(maxNewTokens))
        case .tokenSum: 1 / answers
        }
    }
}

/// The largest threshold that at least `share` of all values reach.
///
/// Found by bisection over the bits of nonnegative floats, which have the order of the values, so that the processes
/// exchange only counts.
///
/// - Parameters:
///   - values: This process's values, at least 0.
///   - share: Above 0, at most 1.
///   - world: The processes that hold the values.
/// - Returns: A value that is held, or 0 when there are none.
/// - Throws: When a process cannot be reached.
func threshold(
    of values: [Float], share: Double, world: any World = SingleProcess()
) throws -> Float {
    let bits = values.map { max(0, $0).bitPattern }
    var total = [Double(bits.count)]
    try world.sum(&total)
    let wanted = max(1, (share * total[0]).rounded(.up))
    var (low, high) = (UInt32(0), Float.infinity.bitPattern)
    while low < high {
        let middle = low + (high - low + 1) / 2
        var reached = [Double(bits.count { $0 >= middle })]
        try world.sum(&reached)
        if reached[0] >= wanted { low = middle } else { high = middle - 1 }
    }
    return Float(bitPattern: low)
}
