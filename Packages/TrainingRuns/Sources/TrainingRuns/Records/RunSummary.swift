// The numbers of a finished run.
internal import Rollouts

/// The numbers of a finished run, as in `summary.json`.
public struct RunSummary: Codable, Sendable, Equatable {
    /// Scores before the first step and after the last; absent without test rows.
    var before, after: EvaluationReport?
    /// Steps made.
    var steps = 0
    /// The last checkpoint; empty when the run only evaluated.
    var checkpoint = ""
    /// The limit of the budget that ended the run; nil when it made all its steps.
    var stoppedBy: String?
    /// The checkpoint after which the test rows were answered best; only with `keepBest`.
    var best: String?
}
