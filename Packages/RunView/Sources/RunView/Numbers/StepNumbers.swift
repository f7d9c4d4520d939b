// What the view takes of a step's records.

/// The name of a curve.
enum CurveName: Hashable, Comparable, Sendable {
    /// A number of all answers together that comes before the tasks, or after them; `rank` is its place.
    case before(rank: Int, String)
    case task(String)
    case after(rank: Int, String)

    /// The name for people.
    var label: String {
        switch self {
        case .before(_, let name), .task(let name), .after(_, let name): name
        }
    }

    /// Whether it is the reward of a task.
    var isTask: Bool { if case .task = self { true } else { false } }

    /// Whether a larger value is better.
    var isReward: Bool { if case .after = self { false } else { true } }
}

/// A part of a step and its seconds.
struct Phase: Equatable, Sendable {
    let name: String
    let seconds: Double
}

/// The numbers of one step that a view shows.
public struct StepNumbers: Equatable, Sendable {
    /// The completed steps.
    let step: Int
    /// The values of the curves; a task only when the step had answers to it.
    let values: [CurveName: Double]
    /// The phases of the step in the order in which they run.
    let phases: [Phase]
    /// The seconds of the whole step; nil when they are unknown.
    let seconds: Double?

    /// Takes what a view shows from a step's records, as `metrics.jsonl` and `timing.jsonl` have them.
    ///
    /// A task is a NAME with both `rewards/NAME/mean` and `parse_fail/NAME`.
    ///
    /// - Parameters:
    ///   - step: The completed steps.
    ///   - metrics: Numbers by their names; of those that are absent nothing is shown.
    ///   - timings: Seconds of each phase as `timing/NAME`, and of the step as `step_time`. Empty for a step of an
    ///     earlier process.
    public init(step: Int, metrics: [String: Double], timings: [String: Double]) {
        self.step = step
        values = Self.values(metrics)
        phases = Self.phases(timings)
        seconds = timings["step_time"]
    }

    private static let before = [("reward", "reward"), ("rewards/accuracy/mean", "accuracy")]
    private static let after = [
        ("kl", "kl"), ("entropy", "entropy"), ("completions/mean_length", "length"), ("loss", "loss"),
    ]

    private static func values(_ metrics: [String: Double]) -> [CurveName: Double] {
        var values: [CurveName: Double] = [:]
        for (rank, (key, name)) in before.enumerated() { values[.before(rank: rank, name)] = metrics[key] }
        for (rank, (key, name)) in after.enumerated() { values[.after(rank: rank, name)] = metrics[key] }
        for task in metrics.keys.compactMap({ $0.split(prefix: "parse_fail/") }) {
            values[.task(task)] = metrics["rewards/\(task)/mean"]
        }
        return values
    }

    private static let phaseOrder = ["data", "rollout", "reward", "reference", "gradients", "update"]

    private static func phases(_ timings: [String: Double]) -> [Phase] {
        func place(_ phase: Phase) -> Int { phaseOrder.firstIndex(of: phase.name) ?? phaseOrder.count }
        return timings.compactMap { key, seconds in
            key.split(prefix: "timing/").map { Phase(name: $0, seconds: seconds) }
        }
        .sorted { (place($0), $0.name) < (place($1), $1.name) }
    }
}

extension String {
    /// The rest behind a prefix; nil without the prefix.
    fileprivate func split(prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
