// The before/after table of a run.
internal import Foundation
internal import Rollouts

extension RunSummary {
    /// Every task, sampled and greedy, with its parse failures; one line per task and one for all.
    public var table: String {
        guard let before, let after else { return "no test rows: no before and after" }
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
        return ([head] + lines + [all]).joined(separator: "\n")
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
