// How the rewards of a group become advantages: the settings.
internal import Rollouts

/// How a group's rewards become advantages.
struct AdvantageOptions: Codable, Sendable, Equatable {
    /// What an answer's distance to its group's mean is divided by.
    enum Scaling: String, Codable, Sendable, CaseIterable {
        /// The group's standard deviation plus `epsilon` (the paper).
        case group
        /// Nothing (Dr. GRPO; Liu et al., 2025).
        case none
        /// The standard deviation of all distances of the step plus `epsilon`.
        case batch
        /// Each part of the reward by its own deviation in the group, then the weighted sum of the parts by its
        /// deviation in the step (GDPO; Liu et al., 2026).
        case perReward
        /// A moving average of the standard deviation of the task's rewards (EMA-GRPO; OneThinker, 2025).
        case taskEMA
    }

    /// What an answer's distance to its group's mean is divided by.
    var scaling = Scaling.group
    /// Which standard deviation; `taskEMA` does not read it.
    var deviation = DeviationKind.population
    /// Added to the deviation (TRL 1e-4, verl 1e-6); `taskEMA` does not read it.
    var epsilon = 1e-4
    /// The share of the old moving averages in the new ones, for `taskEMA`.
    var decay = 0.99
    /// The smallest deviation that `taskEMA` divides by.
    var floor = 1e-3

    /// The defaults.
    init() {}
}
