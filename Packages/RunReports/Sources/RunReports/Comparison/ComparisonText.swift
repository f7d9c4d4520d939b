// A comparison for the terminal.
internal import ReportPages

/// The tables of a comparison as plain text.
struct ComparisonText {
    /// The runs.
    let runs: [ComparedRun]
    /// The scores.
    let scores: [ScoreTable]
    /// The settings that differ.
    let settings: [SettingDifference]

    /// The text, without a line break at its end.
    var text: String {
        let states = Self.aligned(runs.map { [$0.name, $0.state] })
        let results =
            runs.contains { $0.after != nil }
            ? scores.map(Self.text) + [runs.methodNote + "\n" + runs.rowNotes.joined(separator: "\n")]
            : ["No run has an evaluation: there are no scores to compare."]
        let blocks = [states] + results + [differences]
        return blocks.joined(separator: "\n\n")
    }

    private static func text(_ table: ScoreTable) -> String {
        let first = table.tasks.first?.rows.first?.name ?? ""
        let head = [table.kind.rawValue, "run", "before", "after", "change", "to \(first)", "rows"]
        let lines = table.tasks.flatMap { task in
            task.rows.enumerated().map { line($1, of: $0 == 0 ? task.name : "") }
        }
        return aligned([head] + lines)
    }

    private static func line(_ row: ScoreTable.Row, of task: String) -> [String] {
        let scores = [row.before, row.after].map { $0.map { decimal($0) } ?? "-" }
        let count = row.difference.map { "\($0.rowCount)" } ?? ""
        return [task, row.name] + scores + [row.change?.text ?? "-", row.difference?.text ?? "", count]
    }

    private var differences: String {
        guard !settings.isEmpty else { return "All settings are the same." }
        let rows = settings.map { [$0.path] + $0.values.map { $0 ?? "-" } }
        return Self.aligned([["setting"] + runs.map(\.name)] + rows)
    }

    /// Rows with their columns below each other.
    private static func aligned(_ rows: [[String]]) -> String {
        // A control character would move what follows it.
        let rows = rows.map { $0.map { $0.map { isControl($0) ? "?" : String($0) }.joined() } }
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            var line = cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    private static func isControl(_ character: Character) -> Bool {
        character.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
