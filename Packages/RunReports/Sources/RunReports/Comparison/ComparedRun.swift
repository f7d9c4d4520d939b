// A run as a comparison sees it: its name, its first and its last evaluation.

/// A run of a comparison.
struct ComparedRun {
    /// The name in tables and legends.
    let name: String
    /// The records.
    let records: RunRecords

    /// The last evaluation; nil without any.
    var after: EvaluationRecord? { records.evaluations.last }
    /// The evaluation before the first step; nil when the run has only one evaluation.
    var before: EvaluationRecord? { records.evaluations.count > 1 ? records.evaluations.first : nil }

    /// What the run has done, in words.
    var state: String {
        let planned = records.plannedSteps.map { " of \($0)" } ?? ""
        let steps =
            "\(records.completedSteps)\(planned) steps, \(records.isFinished ? "finished" : "not finished")"
        guard let after else { return steps + ", no evaluation" }
        guard let before else { return steps + ", evaluated after step \(after.step)" }
        return steps + ", evaluated after steps \(before.step) (before) and \(after.step) (after)"
    }
}

/// Names for runs: the last parts of their folders, or the whole folders when these are not different.
func distinctNames(_ folders: [String]) -> [String] {
    let short = folders.map(RunHeader.name)
    return Set(short).count == short.count ? short : folders
}
