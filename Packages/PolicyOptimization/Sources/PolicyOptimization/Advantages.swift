// From the rewards of a group to the advantages of its answers: the group is its own baseline.
internal import Rollouts

/// How a group's rewards become advantages.
struct AdvantageOptions: Codable, Sendable, Equatable {
    /// What an answer's distance to its group's mean is divided by.
    enum Scaling: String, Codable, Sendable, CaseIterable {
        /// The group's standard deviation plus `epsilon` (the paper).
        case group
        /// Nothing (Dr. GRPO).
        case none
        /// The standard deviation of all rewards of the step plus `epsilon`.
        case batch
    }

    /// What an answer's distance to its group's mean is divided by.
    var scaling = Scaling.group
    /// Which standard deviation.
    var deviation = DeviationKind.population
    /// Added to the deviation (TRL 1e-4, verl 1e-6).
    var epsilon = 1e-4

    /// The defaults.
    init() {}
}

/// `A_i = (r_i - mean) / (deviation + epsilon)` inside each group of rewards.
///
/// Source: Shao et al., DeepSeekMath, 2024; the population deviation as in the Mixed-R1 paper's example.
/// A group whose rewards are all equal teaches nothing: its advantages are 0.
///
/// - Parameters:
///   - groups: Rewards of each group's answers; nil for an answer that must not count. Such an answer has
///     the advantage 0 and no influence on the statistics.
///   - options: Scaling and deviation.
/// - Returns: Advantages in the same shape.
func groupAdvantages(_ groups: [[Double?]], _ options: AdvantageOptions = .init()) -> [[Double]] {
    let all = groups.flatMap { group in
        let mean = average(group.compactMap { $0 })
        return group.compactMap { $0.map { $0 - mean } }
    }
    let batchDeviation = deviation(all, options.deviation)
    return groups.map { group in
        let known = group.compactMap { $0 }
        let mean = average(known)
        let spread = deviation(known, options.deviation)
        guard spread > smallestSpread else { return group.map { _ in 0 } }
        let divisor =
            switch options.scaling {
            case .group: spread + options.epsilon
            case .none: 1.0
            case .batch: batchDeviation + options.epsilon
            }
        return group.map { $0.map { ($0 - mean) / divisor } ?? 0 }
    }
}
