// The comparison as one page.
internal import Basics
internal import ReportPages

extension EvaluationComparison {
    /// The comparison as a page that needs nothing but itself: differences with intervals and tests, plots of groups, and
    /// a gallery of questions that were fixed, broken, or wrong in both runs.
    ///
    /// - Parameter limits: How much the page may hold.
    /// - Returns: The HTML, the same for the same runs.
    /// - Throws: What the runs throw when they are asked for an example.
    public func html(_ limits: EvaluationPageLimits = EvaluationPageLimits()) throws -> String {
        require(limits.isUsable, "a limit of a page is negative")
        let gallery = try ExampleGallery(candidates, limits)
        return EvaluationPage(
            title: runs.map(\.name).joined(separator: ", "), kind: "Comparison", runs: runs,
            parts: [
                ("differences", "Differences", differences), ("rules", "Rules", otherRules),
                ("groups", "Groups", groupSection(limits)),
                (
                    "examples", "Examples",
                    gallery.section(
                        "Questions that became right (fixed), became wrong (broken) or are wrong in both runs, by the rule "
                            + "\(rule).")
                ),
                (
                    "method", "How to read",
                    EvaluationPage.section("method", "How to read", EvaluationPage.list(methodNotes + notes))
                ),
            ], gallery: gallery
        ).html
    }

    private var others: [EvaluatedRun] { Array(runs.dropFirst()) }

    private func series(_ run: EvaluatedRun) -> PlotSeries {
        let place = runs.firstIndex { $0.name == run.name } ?? 0
        return PlotSeries(name: run.name, style: colorClass(place))
    }

    private var differences: Markup {
        let plot = GroupPlot(
            id: "difference", title: "Difference to \(runs[0].name)",
            note: "Percentage points, with 95% intervals of the paired bootstrap.",
            series: others.map(series),
            rows: sets(of: shown).map { set in
                GroupPlot.Row(
                    label: set, detail: "",
                    estimates: others.map { run in
                        shown.first { $0.set == set && $0.second == run.name }.map {
                            Self.estimate($0.difference)
                        }
                    })
            }, isDifference: true)
        let overlaps = shown.filter { $0.overlap != nil }
        return EvaluationPage.section(
            "differences", "Differences",
            """
            \(table("Differences", shown))
            \(Markup.when(!overlaps.isEmpty, overlapTable(overlaps)))
            \(plotGrid([plot.figure]))
            """,
            note: "A difference in bold: its corrected p is below 0.05.")
    }

    private func sets(of compared: [SetComparison]) -> [String] {
        var seen: Set<String> = []
        return compared.map(\.set).filter { seen.insert($0).inserted }
    }

    private func table(_ title: String, _ sets: [SetComparison], hasRule: Bool = false) -> Markup {
        let rows = sets.map { set -> [Markup] in
            let difference: Markup =
                set.adjustedP < 0.05
                ? "<b>\(points(set.difference.difference))</b>" : "\(points(set.difference.difference))"
            return [
                "\(set.set)\(Markup.when(hasRule, "<small>\(set.rule)</small>"))", "\(set.second)",
                "\(set.difference.count)", "\(percent(set.firstScore.value))",
                "\(percent(set.secondScore.value))",
                "\(difference)<small>\(pointsText(set.difference.bootstrap))</small>",
                "\(set.outcomes[.fixed] ?? 0)", "\(set.outcomes[.broken] ?? 0)",
                "\(pText(set.p))<small>mid-p \(pText(set.midP))</small>", "\(pText(set.adjustedP))",
                "\(percent(set.detectable))",
            ]
        }
        return Markup.table(
            title,
            [
                "set", "run", "n", runs[0].name, "run's score", "difference", "fixed", "broken", "p", "Holm",
                "detectable",
            ], rows, style: "numbers scores results")
    }

    private func overlapTable(_ sets: [SetComparison]) -> Markup {
        let rows = sets.compactMap { set -> [Markup]? in
            set.overlap.map { overlap in
                [
                    "\(set.set)", "\(set.second)",
                    "\(points(overlap.difference.difference))<small>\(pointsText(overlap.difference.bootstrap))</small>",
                    "\(pText(overlap.p))",
                ]
            }
        }
        let table = Markup.table(
            "Mean IoU", ["set", "run", "difference of mean IoU", "p (sign flips)"], rows,
            style: "numbers scores results")
        return "<h3>Mean IoU of boxes</h3>\(table)"
    }

    private var otherRules: Markup {
        let sets = sets.filter { $0.rule != rule }
        guard !sets.isEmpty else { return "" }
        return EvaluationPage.section(
            "rules", "By other rules", table("By other rules", sets, hasRule: true),
            note: "The same answers, judged by other rules. Each rule is corrected by itself.")
    }

    private func groupSection(_ limits: EvaluationPageLimits) -> Markup {
        let parts = sets(of: shown).enumerated().map { index, set -> Markup in
            let compared = others.map { run in shown.first { $0.set == set && $0.second == run.name } }
            let plots = axes(compared).enumerated().map { place, axis in
                plot("group-\(index)-\(place)", axis, compared, limits)
            }.filter { !$0.isEmpty }.map(\.figure)
            return plots.isEmpty ? "" : "<h3>\(set)</h3>\(plotGrid(plots))"
        }.filter { !$0.isEmpty }
        return EvaluationPage.section(
            "groups", "Differences of groups", "\(parts)",
            note:
                "Percentage points to \(runs[0].name), with 95% intervals, not corrected for the number of groups."
        )
    }

    private func axes(_ compared: [SetComparison?]) -> [String] {
        var seen: Set<String> = []
        return compared.compactMap { $0 }.flatMap(\.groups).map(\.axis).filter { seen.insert($0).inserted }
    }

    private func plot(
        _ id: String, _ axis: String, _ compared: [SetComparison?], _ limits: EvaluationPageLimits
    ) -> GroupPlot {
        var seen: Set<String> = []
        let names = compared.compactMap { $0 }.flatMap(\.groups).filter { $0.axis == axis }.map(\.name)
            .filter { seen.insert($0).inserted }
        let (shownNames, leftOut) = limited(names, to: limits.groups)
        let rows = shownNames.map { name in
            let groups = compared.map { set in set?.groups.first { $0.axis == axis && $0.name == name } }
            return GroupPlot.Row(
                label: name, detail: "n \(groups.compactMap { $0?.difference?.count }.max() ?? 0)",
                estimates: groups.map { $0?.difference.map(Self.estimate) })
        }
        return GroupPlot(
            id: id, title: axis, note: leftOut > 0 ? "\(leftOut) more groups are not shown." : "",
            series: others.map(series), rows: rows, isDifference: true)
    }

    /// A difference in percentage points.
    private static func estimate(_ difference: PairedDifference) -> Estimate {
        Estimate(
            100 * difference.difference, low: 100 * difference.bootstrap.low,
            high: 100 * difference.bootstrap.high)
    }

    /// Questions of each outcome except right in both.
    private var candidates: [ExampleCandidate] {
        shown.flatMap { compared -> [ExampleCandidate] in
            guard let run = runs.first(where: { $0.name == compared.second }) else { return [] }
            let set = others.count > 1 ? "\(compared.set), \(compared.second)" : compared.set
            return [Outcome.fixed, .broken, .bothWrong].flatMap { outcome in
                compared.pairs.filter { $0.outcome == outcome }.map { pair in
                    let shown = pair.shown
                    return ExampleCandidate(
                        set: set, kind: outcome.rawValue,
                        answers: [(runs[0], shown.first), (run, shown.second)])
                }
            }
        }
    }
}
