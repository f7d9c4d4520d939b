// The report as Markdown.

extension EvaluationReport {
    /// The report as Markdown: the table of the paper's form, the rules side by side, unread and cut-off answers, letters,
    /// and every group of every set.
    public var markdown: String {
        let table = ScoreTable(self)
        var blocks = ["# Evaluation", facts, "## Scores", Self.table(table), markdownList(table.notes(self))]
        if let rules = rulesTable { blocks += ["## Rules side by side", rules] }
        blocks += ["## Unread and cut-off answers", countsTable]
        if let letters = lettersTable { blocks += ["## Letters", letters] }
        blocks.append("## Groups")
        for set in sets {
            let lines = groupLines(shown(set))
            guard !lines.isEmpty else { continue }
            blocks += ["### \(markdownEscaped(set))", groupsTable(lines)]
        }
        return blocks.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    private var facts: String {
        runs.map { run in
            let facts = run.facts.map { "\(markdownEscaped($0.name)): \(markdownEscaped($0.value))" }
            return "- **\(markdownEscaped(run.name))**"
                + (facts.isEmpty ? "" : " (" + facts.joined(separator: ", ") + ")")
        }.joined(separator: "\n")
    }

    private static func table(_ table: ScoreTable) -> String {
        let rows = table.rows.map { row in
            [markdownEscaped(row.name)]
                + row.cells.map { cell in
                    guard let cell else { return "-" }
                    let value = percent(cell.value)
                    let interval = cell.interval.map { " (\(percents($0)))" } ?? ""
                    return (cell.isBest ? "**\(value)**" : value) + interval
                }
        }
        return markdownTable(["run"] + table.columns.map(markdownEscaped), rows)
    }

    /// A line for each rule of each set; nil when no set has several rules.
    private var rulesTable: String? {
        guard sets.contains(where: { rules(of: $0).count > 1 }) else { return nil }
        let rows = sets.flatMap { set in
            rules(of: set).map { rule in
                ["\(markdownEscaped(set)) by \(markdownEscaped(rule))"]
                    + runs.indices.map { run in
                        guard let scores = scores(run: run, set: set, rule: rule) else { return "-" }
                        return "\(percent(scores.headline.value)) (\(scores.counts["unread"]) unread)"
                    }
            }
        }
        return markdownTable(["set"] + runs.map { markdownEscaped($0.name) }, rows)
    }

    private var countsTable: String {
        let rows = countsLines.map { line in
            ["\(markdownEscaped(line.set)), \(markdownEscaped(line.run))", "\(line.counts.total)"]
                + ["unread", "refusal", "badGold"].map { Self.share(line.counts[$0], line.counts.total) }
                + [
                    Self.share(line.counts.cutOff, line.counts.total),
                    "\(Int(line.counts.meanTokens.rounded()))",
                ]
        }
        return markdownTable(
            ["set, run", "answers", "unread", "refusals", "bad golds", "cut off", "mean tokens"], rows)
    }

    private var lettersTable: String? {
        let rows = countsLines.compactMap { line -> [String]? in
            guard let letters = line.letters else { return nil }
            let counts = zip(letters.letters, zip(letters.read, letters.gold)).map {
                "\(markdownEscaped($0)) \($1.0)/\($1.1)"
            }
            let circular = letters.bestCircularShare.map { ", \(percent($0)) in every rotation" } ?? ""
            return [
                "\(markdownEscaped(line.set)), \(markdownEscaped(line.run))", counts.joined(separator: ", "),
                "\(letters.unread)",
                "\(markdownEscaped(letters.bestLetter)): \(percent(letters.bestShare))\(circular)",
            ]
        }
        guard !rows.isEmpty else { return nil }
        return markdownTable(["set, run", "read/right", "no letter", "best constant letter"], rows)
    }

    private func groupsTable(_ lines: [GroupLine]) -> String {
        let rows = lines.map { line in
            [
                markdownEscaped(line.axis.isEmpty ? line.label : "\(line.axis): \(line.label)"),
                "\(line.count)",
            ]
                + line.scores.map { score in
                    guard let score, score.value != nil else { return "-" }
                    return "\(percent(score.value)) (\(percents(score.interval)))"
                }
        }
        return markdownTable(["group", "n"] + runs.map { markdownEscaped($0.name) }, rows)
    }

    private static func share(_ count: Int, _ total: Int) -> String {
        "\(count) (\(percent(Double(count) / Double(max(1, total))))%)"
    }

    /// The counts of each run on each set by the rule of the main table.
    var countsLines: [(set: String, run: String, counts: AnswerCounts, letters: LetterCounts?)] {
        sets.flatMap { set in
            runs.indices.compactMap { run in
                scores(run: run, set: set, rule: rule).map {
                    (set, runs[run].name, $0.counts, $0.letters)
                }
            }
        }
    }
}
