// The table of the paper's form: a row for each run, a column for each set, and their mean.
internal import ReportPages

/// The main table of a report.
struct ScoreTable {
    /// A cell.
    struct Cell {
        /// From 0 to 1.
        let value: Double
        /// The 95% interval; nil where the number has none.
        let interval: Interval?
        /// The questions.
        let count: Int
        /// Whether no other run has a larger number in the column.
        var isBest = false
    }

    /// The sets, and `mean` when there are several that all runs have.
    let columns: [String]
    /// The name of each run and its cells; nil where the run lacks the set.
    let rows: [(name: String, cells: [Cell?])]
    /// The sets in the mean.
    let averaged: [String]

    /// The table of a report.
    init(_ report: EvaluationReport) {
        let sets = report.sets.filter { report.shown($0).contains { $0?.headline.value != nil } }
        let averaged = sets.filter { report.shown($0).allSatisfy { $0?.headline.value != nil } }
        let hasMean = averaged.count > 1
        var rows = report.runs.indices.map { run -> (name: String, cells: [Cell?]) in
            let cells = sets.map { Self.cell(report.scores(run: run, set: $0, rule: report.rule)?.headline) }
            let parts = averaged.compactMap { report.scores(run: run, set: $0, rule: report.rule)?.headline }
            return (report.runs[run].name, cells + (hasMean ? [Self.mean(parts)] : []))
        }
        for column in 0..<(sets.count + (hasMean ? 1 : 0)) where rows.count > 1 {
            let best = rows.compactMap { $0.cells[column]?.value }.max()
            for row in rows.indices where rows[row].cells[column]?.value == best {
                rows[row].cells[column]?.isBest = true
            }
        }
        (columns, self.rows) = (sets + (hasMean ? ["mean"] : []), rows)
        self.averaged = hasMean ? averaged : []
    }

    private static func cell(_ score: Score?) -> Cell? {
        guard let score, let value = score.value else { return nil }
        return Cell(value: value, interval: score.interval, count: score.count)
    }

    /// The plain mean of headlines with its normal interval.
    private static func mean(_ scores: [Score]) -> Cell {
        let mean = macroMean(scores.map { ($0.value ?? 0, $0.standardError) })
        return Cell(
            value: mean.mean,
            interval: mean.standardError.map { Interval(around: mean.mean, standardError: $0) },
            count: scores.reduce(0) { $0 + $1.count })
    }

    /// What the columns are, in sentences.
    func notes(_ report: EvaluationReport) -> [String] {
        var notes = [
            "Percent of questions, with 95% intervals: Wilson's for right and wrong questions, else percentiles of "
                + "\(Bootstrap.roundsText) bootstrap resamples of questions. Rule: \(report.rule)."
        ]
        var seen: Set<String> = []
        for set in report.sets {
            for scores in report.shown(set).compactMap({ $0 }) {
                let kind =
                    [.accuracy, .circular].contains(scores.headline.measure)
                    ? [] : ["\(scores.headline.name)."]
                for note in kind + scores.notes where seen.insert("\(set): \(note)").inserted {
                    notes.append("\(set): \(note)")
                }
            }
        }
        if !averaged.isEmpty {
            notes.append(
                "mean: the plain mean of \(averaged.joined(separator: ", ")), with its normal interval.")
        }
        return notes
    }
}

/// A share in percent with one digit.
func percent(_ value: Double?) -> String { value.map { decimal(100 * $0, 1) } ?? "-" }

/// An interval in percent, such as `65.2 to 71.0`.
func percents(_ interval: Interval?) -> String {
    interval.map { "\(decimal(100 * $0.low, 1)) to \(decimal(100 * $0.high, 1))" } ?? "-"
}

/// A difference of shares in percentage points with its sign.
func points(_ value: Double) -> String { signed(100 * value, 1) }

/// An interval of a difference.
func pointsText(_ interval: Interval) -> String { "\(points(interval.low)) to \(points(interval.high))" }

/// A p-value with the digits that count.
func pText(_ p: Double?) -> String {
    guard let p else { return "-" }
    return p < 0.0001 ? "<0.0001" : p >= 0.1 ? decimal(p, 2) : decimal(p, 4)
}
