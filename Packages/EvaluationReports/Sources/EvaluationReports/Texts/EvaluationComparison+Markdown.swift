// A comparison as Markdown, which is also its text for a terminal.

extension EvaluationComparison {
    /// The comparison as Markdown: differences with intervals and tests, other rules, groups.
    public var markdown: String {
        var blocks = ["# Comparison with \(markdownEscaped(runs[0].name))"]
        for run in runs.dropFirst() {
            let compared = shown.filter { $0.second == run.name }
            blocks += ["## \(markdownEscaped(run.name))", Self.table(compared)]
            let overlaps = compared.filter { $0.overlap != nil }
            if !overlaps.isEmpty { blocks.append(Self.overlaps(overlaps)) }
            let others = sets.filter { $0.second == run.name && $0.rule != rule }
            if !others.isEmpty { blocks += ["### By other rules", Self.others(others)] }
            for set in compared where !set.groups.isEmpty {
                blocks += ["### Groups of \(markdownEscaped(set.set))", Self.groups(set)]
            }
        }
        blocks += ["## How to read", markdownList(methodNotes + notes)]
        return blocks.joined(separator: "\n\n") + "\n"
    }

    /// How the numbers are made, in sentences.
    var methodNotes: [String] {
        [
            "Differences are in percentage points, the named run minus \(runs[0].name), over the same questions, by the rule "
                + "\(rule).",
            "Interval: 95% percentiles of \(Bootstrap.roundsText) paired bootstrap resamples of questions with a fixed seed.",
            "p: McNemar's exact test on the questions that only one run got right; with several samples the sign-flip test. "
                + "Holm: p corrected for the number of sets.",
            "Detectable: the difference that 80% of comparisons with as many questions and as many of them different would "
                + "find at 5%. A smaller true difference may stay unseen.",
            "Groups are not corrected for their number: with many groups, some intervals exclude 0 by chance.",
        ]
    }

    private static func table(_ sets: [SetComparison]) -> String {
        markdownTable(
            [
                "set", "n", "first", "second", "difference", "95% interval", "fixed", "broken", "p", "mid-p",
                "Holm", "detectable",
            ],
            sets.map { set in
                [
                    markdownEscaped(set.set), "\(set.difference.count)", percent(set.firstScore.value),
                    percent(set.secondScore.value), points(set.difference.difference),
                    pointsText(set.difference.bootstrap), "\(set.outcomes[.fixed] ?? 0)",
                    "\(set.outcomes[.broken] ?? 0)", pText(set.p), pText(set.midP), pText(set.adjustedP),
                    percent(set.detectable),
                ]
            })
    }

    private static func overlaps(_ sets: [SetComparison]) -> String {
        markdownTable(
            ["set", "difference of mean IoU", "95% interval", "p (sign flips)"],
            sets.compactMap { set in
                set.overlap.map {
                    [
                        markdownEscaped(set.set), points($0.difference.difference),
                        pointsText($0.difference.bootstrap), pText($0.p),
                    ]
                }
            })
    }

    private static func others(_ sets: [SetComparison]) -> String {
        markdownTable(
            ["set and rule", "first", "second", "difference", "95% interval", "p", "Holm"],
            sets.map { set in
                [
                    "\(markdownEscaped(set.set)) by \(markdownEscaped(set.rule))",
                    percent(set.firstScore.value), percent(set.secondScore.value),
                    points(set.difference.difference), pointsText(set.difference.bootstrap), pText(set.p),
                    pText(set.adjustedP),
                ]
            })
    }

    private static func groups(_ set: SetComparison) -> String {
        markdownTable(
            ["group", "n", "difference", "95% interval", "fixed", "broken"],
            set.groups.map { group in
                [
                    markdownEscaped("\(group.axis): \(group.name)"), "\(group.difference?.count ?? 0)",
                    group.difference.map { points($0.difference) } ?? "-",
                    group.difference.map { pointsText($0.bootstrap) } ?? "-", "\(group.fixed)",
                    "\(group.broken)",
                ]
            })
    }
}
