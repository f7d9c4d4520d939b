// The sections of the report page that are tables and plots.
internal import ReportPages

/// Draws the numbers of a report.
struct ReportSections {
    /// The report.
    let report: EvaluationReport
    /// How much the page may hold.
    let limits: EvaluationPageLimits

    private var series: [PlotSeries] { PlotSeries.runs(report.runs.map(\.name)) }

    /// The main table and, below it, what its columns are.
    var scores: Markup {
        let table = ScoreTable(report)
        let rows = table.rows.enumerated().map { index, row -> [Markup] in
            let name: Markup =
                "<span class=\"swatch circles \(colorClass(index))\" aria-hidden=\"true\"></span> \(row.name)"
            return [name] + row.cells.map(Self.cell)
        }
        let drawn = Markup.table("Scores", ["run"] + table.columns, rows, style: "numbers results")
        return EvaluationPage.section(
            "scores", "Scores", "\(drawn)\(EvaluationPage.list(table.notes(report)))")
    }

    private static func cell(_ cell: ScoreTable.Cell?) -> Markup {
        guard let cell else { return "-" }
        let value: Markup = cell.isBest ? "<b>\(percent(cell.value))</b>" : "\(percent(cell.value))"
        let interval: Markup = Markup.when(
            cell.interval != nil, "<small>\(percents(cell.interval))</small>")
        return "\(value)\(interval)"
    }

    /// Every rule of every set; empty when no set has several.
    var rules: Markup {
        guard report.sets.contains(where: { report.rules(of: $0).count > 1 }) else { return "" }
        let rows = report.sets.flatMap { set in
            report.rules(of: set).enumerated().map { index, rule -> [Markup] in
                let cells = report.runs.indices.map { run -> Markup in
                    guard let scores = report.scores(run: run, set: set, rule: rule) else { return "-" }
                    return
                        "\(percent(scores.headline.value))<small>\(scores.counts["unread"]) unread</small>"
                }
                let name: Markup = index == 0 ? "\(set)" : "<span class=\"unseen\">\(set)</span>"
                return [name, "<code>\(rule)</code>"] + cells
            }
        }
        let table = Markup.table(
            "Rules", ["set", "rule"] + report.runs.map(\.name), rows, style: "numbers scores results")
        return EvaluationPage.section(
            "rules", "Rules side by side", table,
            note: "The same answers, judged by each rule. Unread answers count as wrong.")
    }

    /// The groups of each set as plots, with their numbers in a table that opens.
    var groups: Markup {
        let sets = report.sets.enumerated().map { index, set -> Markup in
            let lines = groupLines(report.shown(set))
            let axes = Self.axes(lines)
            let plots = axes.enumerated().map { plot("group-\(index)-\($0)", $1.axis, $1.lines) }
                .filter { !$0.isEmpty }.map(\.figure)
            guard !lines.isEmpty else { return "" }
            return """
                <h3>\(set)</h3>
                \(plotGrid(plots))
                \(EvaluationPage.folded("All numbers of \(set)", table(set, lines)))
                """
        }.filter { !$0.isEmpty }
        return EvaluationPage.section(
            "groups", "Groups", "\(sets)",
            note:
                "Dots are shares of right questions, lines their 95% intervals. n is the number of questions. "
                + "Groups are not corrected for their number.")
    }

    /// The lines of each axis that has groups; the whole set and means of groups are in the table alone.
    private static func axes(_ lines: [GroupLine]) -> [(axis: String, lines: [GroupLine])] {
        var order: [String] = []
        var groups: [String: [GroupLine]] = [:]
        for line in lines where !line.axis.isEmpty && line.measure != .groupMean {
            // Overlaps and shares have plots of their own.
            let axis = line.measure == .meanIoU ? "\(line.axis), mean IoU" : line.axis
            if groups[axis] == nil { order.append(axis) }
            groups[axis, default: []].append(line)
        }
        return order.map { ($0, groups[$0] ?? []) }
    }

    private func plot(_ id: String, _ axis: String, _ lines: [GroupLine]) -> GroupPlot {
        let (shown, leftOut) = limited(lines, to: limits.groups)
        let rows = shown.map { line in
            GroupPlot.Row(
                label: line.name, detail: "n \(line.count)", estimates: line.scores.map(Self.estimate))
        }
        return GroupPlot(
            id: id, title: axis, note: leftOut > 0 ? "\(leftOut) more groups are not shown." : "",
            series: series, rows: rows)
    }

    private static func estimate(_ score: Score?) -> Estimate? {
        guard let score, let value = score.value else { return nil }
        guard let interval = score.interval else { return Estimate(value) }
        return Estimate(value, low: interval.low, high: interval.high)
    }

    private func table(_ set: String, _ lines: [GroupLine]) -> Markup {
        let (shown, leftOut) = limited(lines, to: 10 * limits.groups)
        let rows = shown.map { line -> [Markup] in
            let cells = line.scores.map { score -> Markup in
                guard let score, score.value != nil else { return "-" }
                return "\(percent(score.value))<small>\(percents(score.interval))</small>"
            }
            return ["\(line.axis.isEmpty ? line.label : "\(line.axis): \(line.label)")", "\(line.count)"]
                + cells
        }
        let table = Markup.table(
            set, ["group", "n"] + report.runs.map(\.name), rows, style: "numbers results")
        return
            "\(table)\(Markup.when(leftOut > 0, "<p class=\"note\">\(leftOut) more lines are not shown.</p>"))"
    }

    /// Unread, refused and cut-off answers and bad golds: plots and a table.
    var answers: Markup {
        let plots = report.sets.enumerated().map { index, set -> Markup in
            let counts = report.shown(set).map { $0?.counts }
            func row(_ label: String, _ value: (AnswerCounts) -> Int) -> GroupPlot.Row {
                GroupPlot.Row(
                    label: label, detail: "",
                    estimates: counts.map { counts in
                        counts.map { Estimate(Double(value($0)) / Double(max(1, $0.total))) }
                    })
            }
            return GroupPlot(
                id: "answers-\(index)", title: set, note: "", series: series,
                rows: [
                    row("unread") { $0["unread"] }, row("refusals") { $0["refusal"] },
                    row("bad golds") { $0["badGold"] }, row("cut off") { $0.cutOff },
                ], hasBars: true
            ).figure
        }
        let rows = report.countsLines.map { line -> [Markup] in
            let counts = [
                line.counts["unread"], line.counts["refusal"], line.counts["badGold"], line.counts.cutOff,
            ].map { count -> Markup in
                "\(count)<small>\(percent(Double(count) / Double(max(1, line.counts.total))))%</small>"
            }
            return ["\(line.set)", "\(line.run)", "\(line.counts.total)"] + counts
                + ["\(Int(line.counts.meanTokens.rounded()))"]
        }
        let table = Markup.table(
            "Answers",
            ["set", "run", "answers", "unread", "refusals", "bad golds", "cut off", "mean tokens"], rows,
            style: "numbers scores results")
        return EvaluationPage.section(
            "answers", "Unread and cut-off answers",
            "\(plotGrid(plots))\(EvaluationPage.folded("All counts", table))",
            note:
                "Shares of all answers, by the rule \(report.rule). They count as wrong. A cut-off answer reached the "
                + "limit of tokens.")
    }

    /// The letters of sets with options.
    var letters: Markup {
        let plots = report.sets.enumerated().compactMap { index, set -> Markup? in
            let runs = zip(series, report.shown(set)).compactMap { series, scores in
                scores?.letters.map { (series: series, counts: $0) }
            }
            guard !runs.isEmpty else { return nil }
            return LetterPlot(id: "letters-\(index)", title: set, runs: runs).figure
        }
        return EvaluationPage.section(
            "letters", "Letters", plotGrid(plots),
            note:
                "How often each letter is right, and how often it was read in an answer. A model that prefers a letter "
                + "has a taller bar there than the right answers have.")
    }
}
