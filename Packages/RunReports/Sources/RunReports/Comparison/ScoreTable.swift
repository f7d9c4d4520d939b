// The numbers of a comparison: each run before and after, its change, its difference to the first run.
internal import ReportPages

/// A paired difference with the number of rows behind it.
struct PairedDifference: Equatable {
    /// The mean difference with its interval.
    let estimate: Estimate
    /// The rows.
    let rowCount: Int

    /// The difference of some rows; nil without any.
    init?(_ differences: [Double]) {
        guard let estimate = bootstrapEstimate(differences) else { return nil }
        (self.estimate, rowCount) = (estimate, differences.count)
    }

    /// Whether the interval does not include zero.
    var isClear: Bool {
        guard let low = estimate.low, let high = estimate.high else { return false }
        return low > 0 || high < 0
    }

    /// The difference, its interval, and a star when that does not include zero.
    var text: String {
        guard let low = estimate.low, let high = estimate.high else { return signed(estimate.value) }
        return "\(signed(estimate.value)) (\(signed(low)) to \(signed(high)))" + (isClear ? " *" : "")
    }
}

/// The scores of one kind.
struct ScoreTable {
    /// The scores of a run.
    struct Row {
        /// The run.
        let name: String
        /// The scores of the first and the last evaluation.
        let before, after: Double?
        /// After minus before, over the rows of the run.
        let change: PairedDifference?
        /// After minus the first run's after, over the rows that both have.
        let difference: PairedDifference?
    }

    /// The kind.
    let kind: ScoreKind
    /// The rows by task; the last one is `mean`.
    let tasks: [(name: String, rows: [Row])]

    /// The scores of runs.
    init(_ kind: ScoreKind, _ runs: [ComparedRun]) {
        self.kind = kind
        let pairs = runs.dropFirst().map { run in
            PairedRows(runs.first?.after?.rows ?? [], run.after?.rows ?? [])
        }
        let changes = runs.map { PairedRows($0.before?.rows ?? [], $0.after?.rows ?? []) }
        func rows(_ task: String?) -> [Row] {
            runs.enumerated().map { index, run in
                func score(_ record: EvaluationRecord?) -> Double? {
                    guard let record else { return nil }
                    guard let task else { return record.all[kind] }
                    return record.tasks[task]?[kind]
                }
                return Row(
                    name: run.name, before: score(run.before), after: score(run.after),
                    change: PairedDifference(changes[index].differences(kind, task)),
                    difference: index == 0 ? nil : PairedDifference(pairs[index - 1].differences(kind, task)))
            }
        }
        let names = Set(runs.flatMap { $0.after.map { Array($0.tasks.keys) } ?? [] }).sorted()
        tasks = names.map { ($0, rows($0)) } + [("mean", rows(nil))]
    }
}
