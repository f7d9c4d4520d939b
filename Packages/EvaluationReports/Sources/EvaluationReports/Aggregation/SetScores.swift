// All numbers about one set by one rule.

/// What a report says about one set judged by one rule.
public struct SetScores: Sendable {
    /// The set, its benchmark and the rule.
    public let set, benchmark, rule: String
    /// The number in the table.
    public let headline: Score
    /// The numbers besides it, axis by axis.
    public let others: [Score]
    /// Unread, refused and cut-off answers.
    public let counts: AnswerCounts
    /// Letters; nil when no question has options.
    public let letters: LetterCounts?
    /// Answers to each row.
    public let sampleCount: Int
    /// What must be known to read the numbers, in sentences.
    public let notes: [String]
    /// The questions that the headline is over, and how it sums them up.
    let questions: [Question]
    let table: BenchmarkTable

    /// The scores of all sets by all rules.
    ///
    /// - Parameter answers: Answers of one run in any order.
    /// - Returns: Sets in the order of the paper's columns, then by name; rules in the order of the answers.
    /// - Throws: ``EvaluationReportError``.
    public static func all(_ answers: [ScoredAnswer]) throws -> [SetScores] {
        let scores = try QuestionSet.all(answers).map(SetScores.init)
        let keys = scores.enumerated().map { index, each in
            (place: BenchmarkTable.place(each.benchmark), set: each.set, index: index)
        }
        return keys.sorted { ($0.place, $0.set, $0.index) < ($1.place, $1.set, $1.index) }.map {
            scores[$0.index]
        }
    }

    /// The scores of one set.
    init(_ set: QuestionSet) {
        let table = BenchmarkTable.of(set.benchmark)
        (self.set, benchmark, rule, self.table) = (set.set, set.benchmark, set.rule, table)
        sampleCount = set.sampleCount
        counts = AnswerCounts(set.questions.flatMap(\.answers))
        letters = LetterCounts(set.questions, isCircular: set.isCircular)
        var notes: [String] = []
        let splits = Set(set.questions.flatMap { $0.groups("split") })
        let chosen = splits.count > 1 ? splits.intersection(table.split) : []
        let questions =
            chosen.isEmpty
            ? set.questions : set.questions.filter { !chosen.isDisjoint(with: $0.groups("split")) }
        if questions.count < set.questions.count {
            notes.append(
                "The headline is over \(questions.count) questions of the split \(chosen.sorted().joined(separator: ", ")); "
                    + "\(set.questions.count - questions.count) of other splits are left out.")
        }
        self.questions = questions
        let groups = table.groups(of: questions)
        headline = Self.headline(set, table, questions, groups, &notes)
        others =
            Self.wholeSet(set, table, questions) + Self.groupScores(set, table, questions, groups)
            + Self.otherSplits(set, questions, splits)
        if headline.measure == .circular {
            notes.append("Circular: a question is right when every rotation of its options is.")
        }
        if set.sampleCount > 1 {
            notes.append("Values are means over \(set.sampleCount) answers to each question (avg@n).")
        }
        self.notes = notes
    }

    /// The number of a question that the headline averages.
    var value: (Question) -> Double { \.accuracy }

    /// The questions of each group that the headline is the plain mean of; all questions in one group for a plain share.
    var headlineGroups: [[Question]] {
        guard headline.measure == .groupMean else { return [questions] }
        return table.groups(of: questions).first { $0.axis.name == headline.axis }?.names.map { name in
            questions.filter { $0.groups(headline.axis).contains(name) }
        } ?? [questions]
    }

    private typealias Groups = [(axis: BenchmarkTable.Axis, names: [String])]

    private static func measure(_ set: QuestionSet, _ table: BenchmarkTable) -> Score.Measure {
        if set.questions.contains(where: \.isGraded) { return .meanScore }
        return table.headline == .boxes ? .hits : set.isCircular ? .circular : .accuracy
    }

    private static func headline(
        _ set: QuestionSet, _ table: BenchmarkTable, _ questions: [Question], _ groups: Groups,
        _ notes: inout [String]
    ) -> Score {
        let measure = measure(set, table)
        let axis: String? =
            switch table.headline {
            case .groups(let axis): axis
            case .boxes: "split"
            case .questions, .circular: nil
            }
        if table.headline == .circular, !set.isCircular {
            notes.append(
                "The set has no rotations: the headline is the single-pass rate, not the circular one.")
        }
        let names = groups.first { $0.axis.name == axis }?.names ?? []
        let parts = names.map { name in
            questions.filter { $0.groups(axis ?? "").contains(name) }.map(\.accuracy)
        }
        let filled = parts.count { !$0.isEmpty }
        guard let axis, filled > 1 else {
            if case .groups(let axis) = table.headline {
                notes.append(
                    "Only one \(axis) has questions: the headline is over these, not the mean of both.")
            }
            return Score(questions.map(\.accuracy), name: measure.rawValue, measure: measure)
        }
        return Score(groups: parts, axis: axis, name: "mean of \(filled) groups by \(axis)")
    }

    /// The numbers over all questions besides the headline.
    private static func wholeSet(_ set: QuestionSet, _ table: BenchmarkTable, _ questions: [Question])
        -> [Score]
    {
        var scores: [Score] = []
        if set.isCircular {
            scores.append(Score(questions.map(\.singlePass), name: "single pass", measure: .singlePass))
        }
        if table.headline == .boxes {
            scores.append(Score(questions.map(\.meanScore), name: "mean IoU", measure: .meanIoU))
        }
        // As far as every question has answers.
        let least = questions.map(\.sampleCount).min() ?? 0
        var k = 2
        while k <= least {
            let values = questions.map { passAtK(k, right: $0.rightCount, of: $0.sampleCount) }
            scores.append(Score(values, axis: "samples", name: "pass@\(k)", measure: .passAtK))
            k *= 2
        }
        return scores
    }

    /// The numbers of each group of each axis.
    private static func groupScores(
        _ set: QuestionSet, _ table: BenchmarkTable, _ questions: [Question], _ groups: Groups
    ) -> [Score] {
        let measure = measure(set, table)
        return groups.flatMap { axis, names -> [Score] in
            var members: [String: [Question]] = [:]
            for question in questions {
                for name in question.groups(axis.name) { members[name, default: []].append(question) }
            }
            let parts = names.map { members[$0] ?? [] }
            var scores = zip(names, parts).map { name, part in
                Score(part.map(\.accuracy), axis: axis.name, name: name, measure: measure)
            }
            if table.headline == .boxes {
                scores += zip(names, parts).map { name, part in
                    Score(part.map(\.meanScore), axis: axis.name, name: name, measure: .meanIoU)
                }
            }
            if axis.hasMean, names.count > 1 {
                scores.append(
                    Score(
                        groups: parts.map { $0.map(\.accuracy) }, axis: axis.name,
                        name: "mean of \(names.count) groups by \(axis.name)"))
            }
            return scores
        }
    }

    /// The accuracy of splits that the headline leaves out.
    private static func otherSplits(_ set: QuestionSet, _ questions: [Question], _ splits: Set<String>)
        -> [Score]
    {
        guard questions.count < set.questions.count else { return [] }
        let shown = Set(questions.flatMap { $0.groups("split") })
        return splits.subtracting(shown).sorted().map { name in
            Score(
                set.questions.filter { $0.groups("split").contains(name) }.map(\.accuracy), axis: "split",
                name: name, measure: set.isCircular ? .circular : .accuracy)
        }
    }
}
