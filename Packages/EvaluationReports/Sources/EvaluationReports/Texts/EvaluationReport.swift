// The report about any number of runs; the other files of this folder write it.

/// Scores of runs side by side.
public struct EvaluationReport: Sendable {
    /// The runs, in the order of the rows.
    public let runs: [EvaluatedRun]
    /// The scores of each run: sets in the order of the columns, each by every rule.
    public let scores: [[SetScores]]
    /// The rule of the main table, the plots and the examples.
    public let rule: String

    /// Sums up the answers of runs.
    ///
    /// - Parameters:
    ///   - runs: One or more, with distinct names.
    ///   - rule: The rule of the main table; nil for the first rule of the first run.
    /// - Throws: ``EvaluationReportError``.
    public init(_ runs: [EvaluatedRun], rule: String? = nil) throws {
        guard !runs.isEmpty else { throw EvaluationReportError.tooFewRuns(expected: 1, found: 0) }
        try checkNames(runs)
        scores = try runs.map { try SetScores.all($0.answers) }
        let rules = runs.compactMap { $0.answers.first?.rule }
        if let rule, !scores.joined().contains(where: { $0.rule == rule }) {
            throw EvaluationReportError.unknownRule(
                rule, known: Set(scores.joined().map(\.rule)).sorted())
        }
        self.runs = runs
        self.rule = rule ?? rules.first ?? ""
    }

    /// The sets of all runs, in the order of the columns.
    var sets: [String] {
        var seen: Set<String> = []
        let all = scores.joined().filter { seen.insert($0.set).inserted }
        return all.map { (BenchmarkTable.place($0.benchmark), $0.set) }.sorted { $0 < $1 }.map(\.1)
    }

    /// The rules that judged a set in any run, that of the main table first.
    func rules(of set: String) -> [String] {
        var seen: Set<String> = []
        let all = scores.joined().filter { $0.set == set && seen.insert($0.rule).inserted }.map(\.rule)
        return all.filter { $0 == rule } + all.filter { $0 != rule }
    }

    /// The scores of a run, by its place, on a set; nil when it has none.
    func scores(run: Int, set: String, rule: String) -> SetScores? {
        scores[run].first { $0.set == set && $0.rule == rule }
    }

    /// The scores of all runs on a set by the rule of the main table.
    func shown(_ set: String) -> [SetScores?] {
        runs.indices.map { scores(run: $0, set: set, rule: rule) }
    }
}
