// The page about several runs.
internal import ReportPages
internal import StrictJSON

/// The page of a comparison.
struct ComparisonPage {
    /// The runs.
    let runs: [ComparedRun]
    /// The scores.
    let scores: [ScoreTable]
    /// The settings that differ.
    let settings: [SettingDifference]

    /// The page.
    var html: String {
        let charts = runs.rewardSections + [runs.metricSection]
        let parts: [(id: String, name: String, content: Markup)] =
            [("scores", "Scores", scoreSection), ("different", "Settings", settingSection)]
            + charts.map { ($0.id, $0.title, $0.drawn) }
        return PageFrame(
            title: runs.map(\.name).joined(separator: ", ") + " · comparison of runs", header: header,
            content: contents(parts), data: .members(["charts": .object(charts.flatMap(\.data))]),
            scripts: [PageScript.charts]
        ).html
    }

    private var header: Markup {
        let items = runs.enumerated().map { index, run -> Markup in
            """
            <div><dt><span class="swatch \(colorClass(index))" aria-hidden="true"></span> \(run.name)</dt>
            <dd>\(run.state)</dd></div>
            """
        }
        return """
            <header class="top">
            <p class="kind">Comparison of runs</p>
            <h1>\(runs.map(\.name).joined(separator: ", "))</h1>
            <dl class="facts-list">\(items)</dl>
            </header>
            """
    }

    private var scoreSection: Markup {
        guard runs.contains(where: { $0.after != nil }) else { return "" }
        let notes = runs.rowNotes.map { note -> Markup in "<li>\(note)</li>" }
        return """
            <section id="scores" aria-labelledby="scores-title">
            <h2 id="scores-title">Scores on the test rows</h2>
            <p class="note">\(runs.methodNote)</p>
            <ul class="note">\(notes)</ul>
            \(scores.map(table))
            </section>
            """
    }

    private func table(_ scores: ScoreTable) -> Markup {
        let first = runs.first?.name ?? ""
        let rows = scores.tasks.flatMap { task in
            task.rows.enumerated().map {
                Self.cells($1, $0 == 0 ? "\(task.name)" : "<span class=\"unseen\">\(task.name)</span>")
            }
        }
        let title = scores.kind == .sampled ? "Sampled answers" : "Greedy answers"
        let table = Markup.table(
            title, ["task", "run", "before", "after", "change", "to \(first)", "shared rows"], rows,
            style: "numbers scores")
        return "<h3>\(title)</h3>\(table)"
    }

    private static func cells(_ row: ScoreTable.Row, _ task: Markup) -> [Markup] {
        let scores = [row.before, row.after].map { $0.map { decimal($0) } ?? "-" }.map { "\($0)" as Markup }
        let count = row.difference.map { "\($0.rowCount)" } ?? ""
        return [task, "\(row.name)"] + scores + [cell(row.change), cell(row.difference), "\(count)"]
    }

    private static func cell(_ difference: PairedDifference?) -> Markup {
        guard let difference else { return "" }
        return difference.isClear ? "<b>\(difference.text)</b>" : "\(difference.text)"
    }

    private var settingSection: Markup {
        let rows = settings.map { difference -> [Markup] in
            ["<code>\(difference.path)</code>"] + difference.values.map { "<code>\($0 ?? "-")</code>" }
        }
        let table: Markup =
            settings.isEmpty
            ? "<p class=\"note\">All settings are the same.</p>"
            : Markup.table("Settings that differ", ["setting"] + runs.map(\.name), rows)
        return """
            <section id="different" aria-labelledby="different-title">
            <h2 id="different-title">Settings that differ</h2>
            \(table)
            </section>
            """
    }
}
