// The report as one page.
internal import Basics

extension EvaluationReport {
    /// The report as a page that needs nothing but itself: tables, plots of groups, letters, unread and cut-off answers,
    /// examples with pictures.
    ///
    /// Its policy names its style and script by hash, and allows no request.
    ///
    /// - Parameter limits: How much the page may hold.
    /// - Returns: The HTML, the same for the same runs.
    /// - Throws: What the runs throw when they are asked for an example. A picture that cannot be read or shown has a
    ///   placeholder that says why.
    public func html(_ limits: EvaluationPageLimits = EvaluationPageLimits()) throws -> String {
        require(limits.isUsable, "a limit of a page is negative")
        let gallery = try ExampleGallery(candidates, limits)
        let sections = ReportSections(report: self, limits: limits)
        return EvaluationPage(
            title: runs.map(\.name).joined(separator: ", "), kind: "Evaluation", runs: runs,
            parts: [
                ("scores", "Scores", sections.scores), ("rules", "Rules", sections.rules),
                ("groups", "Groups", sections.groups), ("answers", "Answers", sections.answers),
                ("letters", "Letters", sections.letters),
                (
                    "examples", "Examples",
                    gallery.section(
                        "Chosen by what became of the answer of the first run that has the set, \(runs[0].name) where it "
                            + "has. The answers of all runs are shown.")
                ),
            ], gallery: gallery
        ).html
    }

    /// Every question by what became of the first run's answer, with the answers of all runs.
    private var candidates: [ExampleCandidate] {
        sets.flatMap { set -> [ExampleCandidate] in
            let shown = shown(set)
            guard let first = shown.compactMap({ $0 }).first else { return [] }
            let others = shown.map { scores in
                Dictionary(
                    uniqueKeysWithValues: (scores?.questions ?? []).map { ($0.unit, $0.base) })
            }
            let all = first.questions.map { question in
                ExampleCandidate(
                    set: set, kind: Self.kind(question.base),
                    answers: zip(runs, others).compactMap { run, known in
                        known[question.unit].map { (run, $0) }
                    })
            }
            let order = ["wrong", "right", "unread", "cut off"]
            return order.flatMap { kind in all.filter { $0.kind == kind } }
        }
    }

    private static func kind(_ answer: ScoredAnswer) -> String {
        answer.isCutOff ? "cut off" : answer.isCorrect ? "right" : answer.status == "ok" ? "wrong" : "unread"
    }
}
