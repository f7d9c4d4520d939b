// Several runs compared with the first one.

/// What differs between evaluated runs.
public struct EvaluationComparison: Sendable {
    /// The runs; the others are compared with the first.
    public let runs: [EvaluatedRun]
    /// One entry for each other run and each set and rule that it shares with the first.
    public let sets: [SetComparison]
    /// The rule of the tables and the gallery.
    public let rule: String
    /// What is not compared, in sentences.
    public let notes: [String]

    /// Compares runs with the first one.
    ///
    /// - Parameters:
    ///   - runs: Two or more, with distinct names.
    ///   - rule: The rule of the tables and the gallery; nil for the first rule that all runs share.
    /// - Throws: ``EvaluationReportError``: answers that cannot be summed up, runs without a set in common, or a set of
    ///   which the runs do not have the same questions.
    public init(_ runs: [EvaluatedRun], rule: String? = nil) throws {
        guard let first = runs.first, runs.count > 1 else {
            throw EvaluationReportError.tooFewRuns(expected: 2, found: runs.count)
        }
        try checkNames(runs)
        let scores = try runs.map { try SetScores.all($0.answers) }
        var (sets, notes): ([SetComparison], [String]) = ([], [])
        for (run, others) in zip(runs, scores).dropFirst() {
            var compared: [SetComparison] = []
            for base in scores[0] {
                guard let other = others.first(where: { $0.set == base.set && $0.rule == base.rule }) else {
                    notes.append("\(base.set) by \(base.rule): only \(first.name) has it, not \(run.name).")
                    continue
                }
                compared.append(try SetComparison((first.name, base), (run.name, other)))
            }
            notes += others.filter { other in
                !scores[0].contains { $0.set == other.set && $0.rule == other.rule }
            }.map { "\($0.set) by \($0.rule): only \(run.name) has it, not \(first.name)." }
            guard !compared.isEmpty else {
                throw EvaluationReportError.nothingShared(first: first.name, second: run.name)
            }
            sets += Self.adjusted(compared)
        }
        let rules = sets.map(\.rule)
        if let rule, !rules.contains(rule) {
            throw EvaluationReportError.unknownRule(rule, known: Set(rules).sorted())
        }
        (self.runs, self.sets, self.notes) = (runs, sets, notes)
        self.rule = rule ?? rules.first ?? ""
    }

    /// The comparisons by the rule of the tables.
    var shown: [SetComparison] { sets.filter { $0.rule == rule } }

    /// Comparisons of one pair of runs with the p-values of each rule corrected for the number of its sets.
    private static func adjusted(_ sets: [SetComparison]) -> [SetComparison] {
        var sets = sets
        for rule in Set(sets.map(\.rule)) {
            let places = sets.indices.filter { sets[$0].rule == rule }
            for (place, p) in zip(places, holmAdjusted(places.map { sets[$0].p })) {
                sets[place].adjustedP = p
            }
        }
        return sets
    }
}

/// Checks that the names of runs are distinct.
///
/// - Throws: `EvaluationReportError.repeatedName`.
func checkNames(_ runs: [EvaluatedRun]) throws {
    var seen: Set<String> = []
    for run in runs where !seen.insert(run.name).inserted {
        throw EvaluationReportError.repeatedName(run.name)
    }
}
