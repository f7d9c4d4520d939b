// The clipped policy loss with a penalty for the distance to the reference, and its gradient.
//
// Every token's term is multiplied by a weight that is fixed for the whole optimizer batch before the batch
// is cut into micro-batches, so the result does not depend on their size.
internal import Basics
internal import Collectives
internal import Foundation
internal import TensorMath

/// Settings of the loss.
public struct LossOptions: Codable, Sendable, Equatable {
    /// How the terms of all tokens become one number.
    enum Aggregation: String, Codable, Sendable, CaseIterable {
        /// The mean over answers of each answer's token mean.
        case grpo
        /// The mean over all tokens of the optimizer step, over all ranks (DAPO; TRL's `bnpo` is the same, and settings
        /// accept that name).
        case dapo
        /// The sum divided by answers x `maxNewTokens` (Dr. GRPO).
        case dr_grpo
    }

    /// How the terms of all tokens become one number.
    var aggregation = Aggregation.grpo
    /// The ratio is clipped below at 1 minus this.
    public var clipLow = 0.2
    /// The ratio is clipped above at 1 plus this.
    public var clipHigh = 0.2
    /// Weight of the k3 penalty (beta); 0 loads no reference model.
    public var klCoefficient = 0.04

    /// The defaults.
    public init() {}
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
        }
    }
}

/// What one token brings to the loss, besides its log-probability under the policy.
struct TokenTerm: Sendable, Equatable {
    /// Log-probability under the policy that sampled the answer; nil means on-policy: the ratio is 1.
    var old: Double?
    /// Log-probability under the reference; nil without one.
    var reference: Double?
    /// Advantage of the answer.
    var advantage: Double
    /// Weight in the sum.
    var weight: Double

    /// One token's term.
    init(old: Double?, reference: Double?, advantage: Double, weight: Double) {
        self.old = old
        self.reference = reference
        self.advantage = advantage
        self.weight = weight
    }
}

/// Sums that describe a loss; the sums of micro-batches add up to those of the batch.
struct LossStatistics: Sendable, Equatable {
    /// The loss.
    var loss = 0.0
    /// Sum of k3 over the tokens, and number of tokens.
    var kl = 0.0, tokens = 0.0
    /// Tokens whose ratio was below or above the limits and whose loss was clipped for it.
    var clippedLow = 0.0, clippedHigh = 0.0

    /// Zeros.
    init() {}

    /// Adds another micro-batch's sums.
    mutating func add(_ other: LossStatistics) {
        loss += other.loss
        kl += other.kl
        tokens += other.tokens
        clippedLow += other.clippedLow
        clippedHigh += other.clippedHigh
    }
}

/// The loss of answer tokens: the sum over the tokens of `weight * L`, recorded on the tape.
///
///     L = -min(ρ A, clip(ρ, 1 - low, 1 + high) A) + β k3
///     ρ = exp(lp - old), or 1 on-policy       k3 = exp(ref - lp) - (ref - lp) - 1
///
/// The slope is `dL/dlp = -ρ A` where the first argument of `min` is the smaller one, else 0, plus
/// `β (1 - exp(ref - lp))`. Both are computed in float64; `lp - old` is clamped to ±20. On-policy, ρ is 1 and
/// its slope is still `-A`.
///
/// - Parameters:
///   - logProbabilities: [N], recorded.
///   - terms: N terms.
///   - options: Clipping and β.
/// - Returns: The loss, and sums for the metrics.
func policyLoss(
    _ logProbabilities: Tensor, _ terms: [TokenTerm], _ options: LossOptions
) -> (loss: Tensor, statistics: LossStatistics) {
    require(
        terms.count == logProbabilities.count,
        "policyLoss: \(terms.count) terms, \(logProbabilities.count) tokens")
    var statistics = LossStatistics()
    var slopes: [Float] = []
    slopes.reserveCapacity(terms.count)
    for (value, term) in zip(logProbabilities.elements, terms) {
        let lp = Double(value)
        let ratio = exp(min(20, max(-20, lp - (term.old ?? lp))))
        let clipped = min(1 + options.clipHigh, max(1 - options.clipLow, ratio))
        let isClipped = clipped * term.advantage < ratio * term.advantage
        var loss = -(isClipped ? clipped : ratio) * term.advantage
        var slope = isClipped ? 0 : -ratio * term.advantage
        if let reference = term.reference {
            let k3 = exp(reference - lp) - (reference - lp) - 1
            loss += options.klCoefficient * k3
            slope += options.klCoefficient * (1 - exp(reference - lp))
            statistics.kl += k3
        }
        statistics.loss += term.weight * loss
        statistics.tokens += 1
        if isClipped && ratio < 1 { statistics.clippedLow += 1 }
        if isClipped && ratio > 1 { statistics.clippedHigh += 1 }
        slopes.append(Float(term.weight * slope))
    }
    let loss = logProbabilities.scalarFunction(value: Float(statistics.loss), slopes: slopes)
    return (loss, statistics)
}
