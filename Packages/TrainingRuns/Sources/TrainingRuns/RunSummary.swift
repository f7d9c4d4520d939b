// The numbers of a finished run.
public import Rollouts

/// The numbers of a finished run, as in `summary.json`.
public struct RunSummary: Codable, Sendable, Equatable {
    /// Scores before the first step and after the last; absent without test rows.
    public var before, after: EvaluationReport?
    /// Steps made.
    public var steps = 0
    /// The last checkpoint.
    public var checkpoint = ""
}
