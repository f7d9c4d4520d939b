// The before/after table of a run.
internal import Foundation
internal import Rollouts

extension RunSummary {
    /// Every task, sampled and greedy, with its parse failures; one line per task and one for all.
    public var table: String {
        guard let before, let after else { return "no test rows: no before and after" }
        if steps == 0 { return table(of: after) }
        let head = row(
            "task", "rows", "sampled before", "after", "greedy before", "after", "unread before", "after")
        let names = Set(before.tasks.keys).union(after.tasks.keys).sorted()
        let lines = names.map { name in
            let (b, a) = (before.tasks[name] ?? TaskScore(), after.tasks[name] ?? TaskScore())
            return row(
                name, "\(a.rows)", fixed(b.mean, 3), fixed(a.mean, 3), fixed(b.greedyMean, 3),
                fixed(a.greedyMean, 3), percent(b), percent(a))
        }
        let rows = after.tasks.values.reduce(0) { $0 + $1.rows }
        let all = row(
            "all", "\(rows)", fixed(before.mean, 3), fixed(after.mean, 3), fixed(before.greedyMean, 3),
            fixed(after.greedyMean, 3), "", "")
        return ([head] + lines + [all]).joined(separator: "\n") + notes(before, after)
    }

    /// The scores of a run that only evaluated.
    private func table(of report: EvaluationReport) -> String {
        let lines = report.tasks.sorted { $0.key < $1.key }.map { name, score in
            row(
                name, "\(score.rows)", fixed(score.mean, 3), "", fixed(score.greedyMean, 3), "",
                percent(score), "")
        }
        let rows = report.tasks.values.reduce(0) { $0 + $1.rows }
        let head = row("task", "rows", "sampled", "", "greedy", "", "unread", "")
        let all = row("all", "\(rows)", fixed(report.mean, 3), "", fixed(report.greedyMean, 3), "", "", "")
        return ([head] + lines + [all]).map { $0.replacing(/\s+$/, with: "") }.joined(separator: "\n")
            + notes(report, report)
    }

    /// What the scores leave out; empty when that is nothing.
    private func notes(_ before: EvaluationReport, _ after: EvaluationReport) -> String {
        var notes = ""
        if after.setAside > 0 { notes += "\n\(after.setAside) test rows were set aside (rejects.jsonl)" }
        func excluded(_ report: EvaluationReport) -> Int {
            report.tasks.values.reduce(0) { $0 + $1.excluded }
        }
        let counts = (excluded(before), excluded(after))
        if counts.0 + counts.1 > 0 {
            notes +=
                "\nanswers that could not be scored and do not count: \(counts.0) before, \(counts.1) after"
        }
        return notes
    }

    /// Unread answers in percent: sampled / greedy.
    private func percent(_ score: TaskScore) -> String {
        fixed(100 * score.parseFailures, 1) + "/" + fixed(100 * score.greedyParseFailures, 1) + "%"
    }

    private func row(_ cells: String...) -> String {
        zip(cells, [10, 5, 15, 7, 14, 7, 14, 12]).enumerated().map { index, cell in
            let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            return index == 0 ? cell.0 + space : space + cell.0
        }.joined(separator: " ")
    }
}
