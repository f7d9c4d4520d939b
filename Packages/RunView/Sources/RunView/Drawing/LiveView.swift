// The rows that show a run: header, curves, phases, notices.
internal import Terminal

/// Draws the state of a run for a terminal of some size.
struct LiveView {
    /// The columns of the terminal.
    let columns: Int
    /// The most rows: one less than the terminal has, because the cursor is below them.
    let height: Int

    /// A view for a terminal.
    init(_ size: TerminalSize) { (columns, height) = (max(size.columns, 1), max(size.rows - 1, 1)) }

    /// The rows; none is wider than the terminal, and all fit on it.
    ///
    /// Where the height is not enough for all, the phases share a row, then the last curves go; a row names them.
    func rows(_ state: RunState) -> [Row] {
        let notices = state.notices.suffix(height - 1).map { Row($0, .notice) }
        let middle = middle(state, height: height - 1 - notices.count)
        return ([header(state)] + middle + notices).map { $0.cut(to: columns) }
    }

    private func middle(_ state: RunState, height: Int) -> [Row] {
        let phases = phaseShares(state)
        let curves = state.curves.sorted { $0.key < $1.key }
        if curves.count + phases.count <= height { return curveRows(curves) + phaseRows(phases) }
        let summary = phases.isEmpty ? [] : [phaseSummary(phases)]
        if curves.count + summary.count <= height { return curveRows(curves) + summary }
        let shown = curves.prefix(max(height - summary.count - 1, 0))
        let rest = curves.dropFirst(shown.count).map(\.key.label)
        let more = Row("and \(rest.count) more: \(rest.joined(separator: ", "))", .dim)
        return Array((curveRows(Array(shown)) + [more] + summary).prefix(height))
    }

    // MARK: - Rows

    /// The step, a bar of the whole run, the time left and the seconds of a step.
    private func header(_ state: RunState) -> Row {
        let share = state.steps > 0 ? Double(state.step) / Double(state.steps) : 1
        let step = "step \(state.step)/\(state.steps)"
        var rest = "  \(percentText(share))"
        if let seconds = state.secondsLeft { rest += "  \(timeText(seconds)) left" }
        if let seconds = state.secondsPerStep { rest += "  \(secondsText(seconds))/step" }
        let room = columns - columnCount(step) - columnCount(rest) - 2
        var row = Row(step, .strong)
        if room >= 6 { row.add("  " + bar(share, columns: room, rest: "░")) }
        row.add(rest)
        return row
    }

    /// A row for each curve: name, curve, first value, last value and their difference.
    private func curveRows(_ curves: [(key: CurveName, value: Curve)]) -> [Row] {
        let labels = labels(curves.map { $0.key.isTask ? "  \($0.key.label)" : $0.key.label })
        let firsts = aligned(curves.map { numberText($0.value.first) })
        let lasts = aligned(curves.map { numberText($0.value.last) })
        let changes = curves.map { $0.value.last - $0.value.first }
        let changeTexts = aligned(changes.map(changeText))
        return curves.indices.map { index in
            let (name, curve) = curves[index]
            let numbers = "  \(firsts[index]) → \(lasts[index])  "
            let width = columnCount(labels[index]) + columnCount(numbers) + columnCount(changeTexts[index])
            let room = columns - width - 1
            var row = Row(labels[index])
            if room >= 4 { row.add(" " + padded(sparkline(curve.means(room)), room)) }
            row.add(numbers)
            row.add(changeTexts[index], style(of: changes[index], name))
            return row
        }
    }

    private func style(of change: Double, _ name: CurveName) -> Style {
        guard name.isReward, change != 0, !change.isNaN else { return .plain }
        return change > 0 ? .better : .worse
    }

    /// A row for each phase: name, bar, share and seconds.
    private func phaseRows(_ phases: [(phase: Phase, share: Double)]) -> [Row] {
        let labels = labels(phases.map(\.phase.name))
        let numbers = aligned(phases.map { "\(percentText($0.share))" })
        let seconds = aligned(phases.map { secondsText($0.phase.seconds) })
        return phases.indices.map { index in
            let rest = "  \(numbers[index])  \(seconds[index])"
            let room = columns - columnCount(labels[index]) - columnCount(rest) - 1
            var row = Row(labels[index])
            if room >= 4 { row.add(" " + bar(phases[index].share, columns: room, rest: " ")) }
            row.add(rest, .dim)
            return row
        }
    }

    /// All phases in one row.
    private func phaseSummary(_ phases: [(phase: Phase, share: Double)]) -> Row {
        Row(phases.map { "\($0.phase.name) \(percentText($0.share))" }.joined(separator: ", "), .dim)
    }

    // MARK: - Parts of rows

    /// The phases with their shares of the step; what is left of the step is `other`, from half a percent.
    private func phaseShares(_ state: RunState) -> [(phase: Phase, share: Double)] {
        guard !state.phases.isEmpty else { return [] }
        let sum = state.phases.reduce(0) { $0 + $1.seconds }
        let total = max(state.secondsPerStep ?? sum, sum)
        let other = total - sum > 0.005 * total ? [Phase(name: "other", seconds: total - sum)] : []
        return (state.phases + other).map { ($0, total > 0 ? $0.seconds / total : 0) }
    }

    /// Names of one width, which is at most a quarter of the row and at least 6 columns.
    private func labels(_ names: [String]) -> [String] {
        let width = min(names.map { columnCount($0) }.max() ?? 0, max(columns / 4, 6))
        return names.map { padded(shortened($0, columns: width), width) }
    }

    /// Texts of one width, aligned at their ends.
    private func aligned(_ texts: [String]) -> [String] {
        let width = texts.map { columnCount($0) }.max() ?? 0
        return texts.map { padded($0, width, before: true) }
    }
}
