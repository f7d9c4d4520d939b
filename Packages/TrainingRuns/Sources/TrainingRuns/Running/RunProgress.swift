// What a run tells while it goes.

/// What a run tells while it goes, in order.
public enum RunProgress: Sendable {
    /// A line for the console, without a line break.
    case line(String)
    /// The steps begin: their number, and the metrics of those that were made before, in order.
    case began(steps: Int, completed: [[String: Double]])
    /// A step is complete.
    case step(CompletedStep)
    /// The steps are over, or an error ended them.
    case ended

    /// The line of a console without a view; nil when there is none.
    public var text: String? {
        switch self {
        case .line(let line): line
        case .step(let step): step.line
        case .began, .ended: nil
        }
    }
}

/// A step's numbers.
public struct CompletedStep: Sendable {
    /// Completed steps.
    public let step: Int
    /// Numbers by name, as in `metrics.jsonl`.
    public let metrics: [String: Double]
    /// Seconds and rates by name, as in `timing.jsonl`.
    public let timings: [String: Double]
    /// The estimated seconds to the end of the run.
    public let secondsLeft: Double
    /// The step as a line for a console.
    public let line: String
}
