// The section of the page that follows test questions.
internal import ReportPages

/// Shows followed questions.
struct FollowedSection {
    /// The questions by task.
    let tasks: [(task: String, questions: [FollowedQuestion])]
    /// How many evaluations have answers, and how many of them are shown.
    let recordedCount, shownCount: Int

    /// Chooses the questions of a run.
    init(_ records: RunRecords, _ limits: ReportLimits) {
        tasks = records.tasks.map { task in
            (
                task,
                records.followedQuestions(
                    task, count: limits.followedQuestions, evaluationCount: limits.followedEvaluations)
            )
        }.filter { !$0.questions.isEmpty }
        recordedCount = records.evaluations.count { !$0.rows.isEmpty }
        shownCount = min(recordedCount, limits.followedEvaluations)
    }

    /// The pictures of all questions.
    var pictures: [String] { tasks.flatMap { $0.questions.flatMap(\.question.pictures) } }

    /// The section, empty without questions; `places` has the place of each picture on the shelf.
    func drawn(_ places: [String: Int]) -> Markup {
        guard !tasks.isEmpty else { return "" }
        let lists = tasks.map { task, questions -> Markup in
            """
            <h3>\(task)</h3>
            <div class="followed">
            \(questions.map { Self.entry($0, places) })
            </div>
            """
        }
        let part =
            shownCount < recordedCount ? " \(shownCount) of \(recordedCount) evaluations are shown." : ""
        return """
            <section id="questions" aria-labelledby="questions-title">
            <h2 id="questions-title">A fixed set of questions from step to step</h2>
            <p class="note">Greedy answers to the same test questions: evenly spaced rows of each task.\(part) \
            Highlighted answers differ from the one before in what follows the thought.</p>
            \(lists)
            </section>
            """
    }

    private static func entry(_ followed: FollowedQuestion, _ places: [String: Int]) -> Markup {
        let chips = followed.answers.enumerated().map { index, given -> Markup in
            """
            <span class="chip\(style(followed.change(index)))"><span class="unseen">step </span>\
            <small>\(given.step)</small> \(decimal(given.answer.accuracy, 2))</span>
            """
        }
        let pictures = followed.question.pictures.compactMap { places[$0] }.map { place -> Markup in
            "<div class=\"thumb\" data-picture=\"\(place)\"></div>"
        }
        let rows = followed.answers.indices.map { row(followed, $0) }
        return """
            <details>
            <summary><span class="asked">\(shortened(followed.question.text))</span><span class="chips">\(chips)</span></summary>
            \(pictures)
            <p class="question">\(followed.question.text)</p>
            <p class="facts"><span>row \(followed.key)</span> <span>gold \
            <b>\(followed.question.golds.joined(separator: " or "))</b></span></p>
            <ol class="answers">\(rows)</ol>
            </details>
            """
    }

    private static func row(_ followed: FollowedQuestion, _ index: Int) -> Markup {
        let (given, change) = (followed.answers[index], followed.change(index))
        let words =
            switch change {
            case _ where index == 0: ""
            case .none: "the same text"
            case .thought: "the same answer after another thought"
            case .answer: "changed"
            }
        return """
            <li class="entry\(style(change))"><p class="facts"><b>step \(given.step)</b>
            <span>reward \(decimal(given.answer.accuracy, 3))</span>\(status(given.answer))<span>\(words)</span></p>
            \(Markup.when(index == 0 || change != .none, "<p class=\"answer\">\(given.answer.text)</p>"))</li>
            """
    }

    private static func style(_ change: FollowedQuestion.Change) -> String {
        change == .answer ? " changed" : ""
    }

    private static func status(_ answer: GivenAnswer) -> Markup {
        answer.status == "ok" ? "" : "<span class=\"bad\">\(answer.status)</span>"
    }

    private static func shortened(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count > 120 ? line.prefix(120) + "…" : line
    }
}
