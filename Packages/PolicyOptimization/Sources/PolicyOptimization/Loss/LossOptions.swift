// The settings of the policy loss.

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
        /// The mean over answers of each answer's token sum (verl's `seq-mean-token-sum`).
        case tokenSum
    }

    /// What is minimized for a token with a ratio ρ and an advantage A.
    enum Objective: String, Codable, Sendable, CaseIterable {
        /// `-min(ρ A, clip(ρ) A)` (PPO).
        case clipped
        /// `-clip(ρ) A log p` with a constant clip(ρ): every token keeps a gradient (CISPO; MiniMax-M1, 2025).
        case cispo
    }

    /// Which tokens share a ratio.
    enum RatioLevel: String, Codable, Sendable, CaseIterable {
        /// Each token has its own.
        case token
        /// All tokens of an answer have the geometric mean of theirs (GSPO; Zheng et al., 2025).
        case sequence
    }

    /// An estimate of the distance to the reference from one sampled token, with d = lp - ref (Schulman, 2020).
    enum KLEstimator: String, Codable, Sendable, CaseIterable {
        /// d.
        case k1
        /// d² / 2.
        case k2
        /// exp(-d) + d - 1.
        case k3
    }

    /// Where the penalty for the distance to the reference is.
    enum KLPlace: String, Codable, Sendable, CaseIterable {
        /// A term of every token's loss.
        case loss
        /// A part of every answer's reward: minus the sum over its tokens.
        case reward
    }

    /// How the terms of all tokens become one number.
    var aggregation = Aggregation.grpo
    /// What is minimized for a token.
    var objective = Objective.clipped
    /// Which tokens share a ratio.
    var ratioLevel = RatioLevel.token
    /// The ratio is clipped below at 1 minus this.
    public var clipLow = 0.2
    /// The ratio is clipped above at 1 plus this.
    public var clipHigh = 0.2
    /// With a negative advantage a token's loss is at most this many times its absolute value; 0 is no limit.
    ///
    /// Dual clip (Ye et al., 2020; verl 3). TRL's upper bound `delta` of the ratio is the same for bounds above
    /// 1 + `clipHigh`.
    var dualClip = 0.0
    /// Weight of the penalty for the distance to the reference (beta); 0 loads no reference model.
    public var klCoefficient = 0.04
    /// The estimate of the distance.
    var klEstimator = KLEstimator.k3
    /// Where the penalty is.
    var klPlace = KLPlace.loss
    /// Weight of the entropy of every token's distribution, which is maximized.
    var entropyCoefficient = 0.0
    /// The share of an update's tokens, those with the largest entropy, whose advantages count (Wang et al., 2025;
    /// TRL's `top_entropy_quantile`).
    var entropyShare = 1.0
    /// The correction for sampling under another policy than the trainer's.
    var correction = SamplingCorrection()

    /// The defaults.
    public init() {}

    /// Whether an update needs log-probabilities and entropies from a pass before its first gradient.
    var needsEntropies: Bool { entropyShare < 1 }
}

/// The correction for rollouts whose log-probabilities differ from the trainer's, for example those of weights in few
/// bits.
///
/// The policy's term of a token is multiplied by `min(limit, p_trainer / p_sampler)` (truncated importance sampling;
/// Yao et al., 2025).
struct SamplingCorrection: Codable, Sendable, Equatable {
    /// Which tokens share a factor.
    enum Level: String, Codable, Sendable, CaseIterable {
        /// No correction.
        case none
        /// Each token has its own.
        case token
        /// All tokens of an answer have the product of theirs.
        case sequence
    }

    /// Which tokens share a factor.
    var level = Level.none
    /// The largest factor.
    var limit = 2.0

    /// No correction.
    init() {}
}
