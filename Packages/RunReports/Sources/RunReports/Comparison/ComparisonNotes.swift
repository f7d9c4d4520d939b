// What a reader of a comparison must know besides its numbers.
internal import ReportPages

extension [ComparedRun] {
    /// How the intervals were made.
    var methodNote: String {
        "Change: after minus before. Differences are means over the rows that both sides have, with a 95% interval by the "
            + "paired bootstrap over rows (\(bootstrapRounds) rounds, fixed seed); a star: the interval does not include 0."
    }

    /// How the rows of each run match those of the first run.
    var rowNotes: [String] {
        guard let first else { return [] }
        return dropFirst().map { run in
            let pair = PairedRows(first.after?.rows ?? [], run.after?.rows ?? [])
            let known = [(first, first.after), (run, run.after)].filter { $0.1?.rows.isEmpty ?? true }.map(
                \.0.name)
            guard known.isEmpty else {
                return "\(run.name): not compared row by row: no answers of the last evaluation of "
                    + known.joined(separator: " and ")
            }
            guard !pair.isSame else {
                return "\(run.name): the same \(pair.shared.count) test rows as \(first.name)"
            }
            var parts = ["\(run.name): \(pair.shared.count) test rows shared with \(first.name)"]
            if pair.firstOnlyCount > 0 { parts.append("\(pair.firstOnlyCount) only in \(first.name)") }
            if pair.secondOnlyCount > 0 { parts.append("\(pair.secondOnlyCount) only in \(run.name)") }
            if pair.differentCount > 0 {
                parts.append("\(pair.differentCount) with an equal id but another question or gold")
            }
            return parts.joined(separator: ", ")
        }
    }
}
