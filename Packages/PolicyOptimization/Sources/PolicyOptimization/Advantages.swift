// From the rewards of a group to the advantages of its answers: the group is its own baseline.

/// How a group's rewards become advantages.
public struct AdvantageOptions: Codable, Sendable, Equatable {
    /// What the distance to the group's mean is divided by.
    public enum Scaling: String, Codable, Sendable, CaseIterable {
        /// The group's standard deviation plus `epsilon` (the paper).
        case group
        /// Nothing (Dr. GRPO).
        case none
        /// The standard deviation of all rewards of the step plus `epsilon`.
        case batch
    }

    /// Which standard deviation.
    public enum Deviation: String, Codable, Sendable, CaseIterable {
        /// Divides by G: the paper's worked figure, our default.
        case population
        /// Divides by G - 1: TRL, ms-swift, verl, EasyR1.
        case sample
    }

    /// What the distance to the mean is divided by.
    public var scaling = Scaling.group
    /// Which standard deviation.
    public var deviation = Deviation.population
    /// Added to the deviation (TRL 1e-4, verl 1e-6).
    public var epsilon = 1e-4

    /// The defaults.
    public init() {}
}

/// Spreads below this count as no spread at all: the advantages are zero.
let smallestSpread = 1e-8

/// `A_i = (r_i - mean) / (deviation + epsilon)` inside each group of rewards.
///
/// Source: Shao et al., DeepSeekMath, 2024; the population deviation as in the Mixed-R1 paper's example.
///
/// - Parameters:
///   - groups: Rewards of each group's answers; nil for an answer that must not count. Such answers
///     get advantage 0 and stay out of the statistics.
///   - options: Scaling and deviation.
/// - Returns: Advantages in the same shape.
public func groupAdvantages(_ groups: [[Double?]], _ options: AdvantageOptions = .init()) -> [[Double]] {
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

/// The mean; 0 of nothing.
func average(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }

/// The standard deviation; 0 of fewer than two values.
func deviation(_ values: [Double], _ kind: AdvantageOptions.Deviation) -> Double {
    guard values.count > 1 else { return 0 }
    let mean = average(values)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - (kind == .sample ? 1 : 0))).squareRoot()
}
