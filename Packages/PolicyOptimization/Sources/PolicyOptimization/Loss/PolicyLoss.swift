// The policy loss with a penalty for the distance to the reference and a bonus for entropy, and its gradient.
//
// Every token's term is multiplied by a weight that is fixed for the whole optimizer batch before the batch
// is cut into micro-batches, so the result does not depend on their size.
internal import Basics
internal import Foundation
internal import TensorMath

/// Sums that describe a loss; the sums of micro-batches add up to those of the batch.
struct LossStatistics: Sendable, Equatable {
    /// The loss.
    var loss = 0.0
    /// Sum of the estimated distance to the reference over the tokens, and number of tokens.
    var kl = 0.0, tokens = 0.0
    /// Tokens whose ratio was below or above the limits and whose loss was clipped for it.
    var clippedLow = 0.0, clippedHigh = 0.0
    /// Tokens whose loss was limited by the dual clip.
    var clippedDual = 0.0
    /// Sum of the factors that correct for the sampler, over the tokens.
    var correction = 0.0

    /// Zeros.
    init() {}

    /// Adds another micro-batch's sums.
    mutating func add(_ other: LossStatistics) {
        loss += other.loss
        kl += other.kl
        tokens += other.tokens
        clippedLow += other.clippedLow
        clippedHigh += other.clippedHigh
        clippedDual += other.clippedDual
        correction += other.correction
    }

    /// All of them, in a fixed order, for a sum over processes.
    var values: [Double] {
        get { [loss, kl, tokens, clippedLow, clippedHigh, clippedDual, correction] }
        set {
            (loss, kl, tokens, clippedLow) = (newValue[0], newValue[1], newValue[2], newValue[3])
            (clippedHigh, clippedDual, correction) = (newValue[4], newValue[5], newValue[6])
        }
    }

    fileprivate mutating func count(_ limit: PolicyTerm.Limit) {
        switch limit {
        case .none: break
        case .low: clippedLow += 1
        case .high: clippedHigh += 1
        case .dual: clippedDual += 1
        }
    }
}

extension LossOptions {
    /// `clip(ρ, 1 - clipLow, 1 + clipHigh)`.
    func clip(_ ratio: Double) -> Double { min(1 + clipHigh, max(1 - clipLow, ratio)) }
}

/// The term of one token and its slope, without the penalty.
struct PolicyTerm: Equatable {
    /// The limit that changed the term.
    enum Limit { case none, low, high, dual }

    /// The term.
    let loss: Double
    /// Its derivative: for `clipped` with respect to the logarithm of the ratio, for `cispo` with respect to the
    /// token's log-probability.
    let slope: Double
    /// The limit that changed it.
    let limit: Limit

    /// The term of a ratio.
    ///
    ///     clipped   L = -min(ρ A, clip(ρ, 1 - low, 1 + high) A), at most dualClip |A| for A < 0
    ///     cispo     L = -clip(ρ, 1 - low, 1 + high) A lp with a constant factor
    init(ratio: Double, logProbability lp: Double, advantage: Double, _ options: LossOptions) {
        let clipped = options.clip(ratio)
        switch options.objective {
        case .clipped:
            let isClipped = clipped * advantage < ratio * advantage
            let plain = -(isClipped ? clipped : ratio) * advantage
            if options.dualClip > 0, advantage < 0, plain > -options.dualClip * advantage {
                (loss, slope, limit) = (-options.dualClip * advantage, 0, .dual)
            } else {
                loss = plain
                slope = isClipped ? 0 : -ratio * advantage
                limit = isClipped ? (ratio < 1 ? .low : .high) : .none
            }
        case .cispo:
            (loss, slope) = (-clipped * advantage * lp, -clipped * advantage)
            limit = clipped == ratio || advantage == 0 ? .none : ratio < 1 ? .low : .high
        }
    }
}

extension LossOptions.KLEstimator {
    /// The estimate and its derivative with respect to `lp`.
    func callAsFunction(_ lp: Double, _ reference: Double) -> (value: Double, slope: Double) {
        let distance = lp - reference
        switch self {
        case .k1: return (distance, 1)
        case .k2: return (distance * distance / 2, distance)
        case .k3:
            let inverse = exp(reference - lp)
            return (inverse - (reference - lp) - 1, 1 - inverse)
        }
    }
}

/// The ratio of two probabilities from the difference of their logarithms, which is clamped to ±20.
private func ratio(_ difference: Double) -> Double { exp(min(20, max(-20, difference))) }

/// The factors that correct for the sampler, for the tokens of one answer.
///
/// - Parameters:
///   - differences: Log-probabilities under the trainer minus those of the sampler.
///   - options: Level and limit.
/// - Returns: One factor per token.
func correctionFactors(_ differences: [Double], _ options: SamplingCorrection) -> [Double] {
    switch options.level {
    case .none: differences.map { _ in 1 }
    case .token: differences.map { min(options.limit, ratio($0)) }
    case .sequence:
        Array(repeating: min(options.limit, ratio(differences.reduce(0, +))), count: differences.count)
    }
}

/// The loss of answer tokens: the sum over the tokens of `weight * L`, recorded on the tape.
///
///     L = f P(ρ, A) + β k(lp, ref) - c H
///     ρ = exp(lp - old), or 1 on-policy; of a sequence: the geometric mean over its tokens
///
/// P is `PolicyTerm`, k the estimate of `klEstimator`, H the entropy of the token's distribution. The factor f corrects
/// for the sampler and is constant; it is 0 for a masked token. All is computed in float64. On-policy, ρ is 1 and
/// its slope is still `-A`.
///
/// - Parameters:
///   - tokens: N log-probabilities and entropies, recorded.
///   - terms: N terms.
///   - answers: The tokens of each answer; together all of them.
///   - options: The loss.
/// - Returns: The loss, and sums for the metrics.
func policyLoss(
    _ tokens: TokenLogProbabilities, _ terms: [TokenTerm], answers: [Range<Int>], _ options: LossOptions
) -> (loss: Tensor, statistics: LossStatistics) {
    let values = tokens.values.elements.map { Double($0) }
    require(
        terms.count == values.count && answers.reduce(0) { $0 + $1.count } == values.count,
        "policyLoss: \(terms.count) terms, \(answers) answers, \(values.count) tokens")
    var statistics = LossStatistics()
    var slopes = [Double](repeating: 0, count: values.count)
    for answer in answers {
        let before = answer.map { terms[$0].old ?? values[$0] }
        let factors = correctionFactors(
            zip(answer, before).map { $1 - terms[$0].sampled }, options.correction)
        let differences = zip(answer, before).map { values[$0] - $1 }
        let mean = differences.reduce(0, +) / Double(max(1, answer.count))
        // The derivative of the answer's loss with respect to the logarithm of its one ratio.
        var shared = 0.0
        for (index, place) in answer.enumerated() {
            let (term, lp) = (terms[place], values[place])
            let policy = PolicyTerm(
                ratio: ratio(options.ratioLevel == .sequence ? mean : differences[index]),
                logProbability: lp, advantage: term.advantage, options)
            let factor = term.isMasked ? 0 : factors[index]
            var (loss, slope) = (factor * policy.loss, factor * policy.slope)
            if options.ratioLevel == .sequence, options.objective == .clipped {
                shared += term.weight * slope
                slope = 0
            }
            if let reference = term.reference {
                let kl = options.klEstimator(lp, reference)
                if options.klPlace == .loss {
                    loss += options.klCoefficient * kl.value
                    slope += options.klCoefficient * kl.slope
                }
                statistics.kl += kl.value
            }
            statistics.loss += term.weight * loss
            statistics.tokens += 1
            statistics.correction += factors[index]
            if !term.isMasked { statistics.count(policy.limit) }
            slopes[place] = term.weight * slope
        }
        if shared != 0 { for place in answer { slopes[place] += shared / Double(answer.count) } }
    }
    let policy = tokens.values.scalarFunction(
        value: Float(statistics.loss), slopes: slopes.map { Float($0) })
    guard options.entropyCoefficient > 0 else { return (policy, statistics) }
    let bonus = terms.map { -options.entropyCoefficient * $0.weight }
    statistics.loss += zip(bonus, tokens.entropies.elements).reduce(0) { $0 + $1.0 * Double($1.1) }
    return (policy + tokens.entropies.weightedSum(bonus.map { Float($0) }), statistics)
}
