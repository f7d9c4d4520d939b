// The answers of one set by one rule as questions: the units of every statistic.

/// A question with all its answers.
struct Question: Sendable {
    /// The row, or the base row of a circular group.
    let unit: String
    /// The answers, by rotation and then by sample; the first is of the base row.
    let answers: [ScoredAnswer]
    /// The rotations of the options.
    let rotationCount: Int

    /// The base row.
    var base: ScoredAnswer { answers[0] }
    /// The answers to each row.
    var sampleCount: Int { answers.count / rotationCount }

    /// How many samples are right: in every rotation of a circular group.
    var rightCount: Int {
        (0..<sampleCount).count { sample in
            stride(from: sample, to: answers.count, by: sampleCount).allSatisfy { answers[$0].isCorrect }
        }
    }

    /// The share of right samples; the mean score of graded answers.
    var accuracy: Double { isGraded ? meanScore : Double(rightCount) / Double(sampleCount) }
    /// Whether its answers are graded instead of right or wrong.
    var isGraded: Bool { base.isGraded }
    /// The share of right samples of the base row alone.
    var singlePass: Double {
        Double(answers.prefix(sampleCount).count(where: \.isCorrect)) / Double(sampleCount)
    }
    /// The mean score of all answers.
    var meanScore: Double { answers.reduce(0) { $0 + $1.score } / Double(answers.count) }

    /// The groups of an axis that the base row belongs to.
    func groups(_ axis: String) -> [String] { base.categories.filter { $0.axis == axis }.flatMap(\.names) }
}

/// The questions of one set by one rule.
struct QuestionSet: Sendable {
    /// The set, its benchmark and the rule.
    let set, benchmark, rule: String
    /// The questions, in the order of their first answers.
    let questions: [Question]

    /// Whether some question has rotations.
    var isCircular: Bool { questions.contains { $0.rotationCount > 1 } }
    /// The most answers to one row.
    var sampleCount: Int { questions.map(\.sampleCount).max() ?? 0 }

    /// The questions of answers by set and rule, in the order of their first answers.
    ///
    /// - Throws: `EvaluationReportError` for repeated or missing answers, scores out of range and mixed benchmarks.
    static func all(_ answers: [ScoredAnswer]) throws -> [QuestionSet] {
        struct Key: Hashable { let set, rule: String }
        var order: [Key] = []
        var groups: [Key: [ScoredAnswer]] = [:]
        for answer in answers {
            let key = Key(set: answer.set, rule: answer.rule)
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(answer)
        }
        return try order.map { try QuestionSet($0.set, $0.rule, groups[$0] ?? []) }
    }

    /// The questions of at least one answer.
    private init(_ set: String, _ rule: String, _ answers: [ScoredAnswer]) throws {
        var order: [String] = []
        var groups: [String: [ScoredAnswer]] = [:]
        for answer in answers {
            guard answer.score >= 0, answer.score <= 1 else {
                throw EvaluationReportError.badScore(set: set, rule: rule, id: answer.id, score: answer.score)
            }
            guard answer.benchmark == answers[0].benchmark else {
                throw EvaluationReportError.severalBenchmarks(
                    set: set, names: [answers[0].benchmark, answer.benchmark])
            }
            if groups[answer.unit] == nil { order.append(answer.unit) }
            groups[answer.unit, default: []].append(answer)
        }
        (self.set, self.rule, benchmark) = (set, rule, answers[0].benchmark)
        questions = try order.map { try Self.question($0, groups[$0] ?? []) }
    }

    private static func question(_ unit: String, _ answers: [ScoredAnswer]) throws -> Question {
        guard answers.count > 1 else { return Question(unit: unit, answers: answers, rotationCount: 1) }
        let sorted = answers.sorted { ($0.rotation, $0.sample) < ($1.rotation, $1.sample) }
        for (one, next) in zip(sorted, sorted.dropFirst())
        where one.rotation == next.rotation && one.sample == next.sample {
            throw EvaluationReportError.repeatedAnswer(
                set: one.set, rule: one.rule, id: next.id, rotation: one.rotation, sample: one.sample)
        }
        let (rotations, samples) = (Set(sorted.map(\.rotation)).count, Set(sorted.map(\.sample)).count)
        guard rotations * samples == sorted.count else {
            throw EvaluationReportError.incompleteQuestion(
                set: sorted[0].set, rule: sorted[0].rule, unit: unit, expected: rotations * samples,
                found: sorted.count)
        }
        return Question(unit: unit, answers: sorted, rotationCount: rotations)
    }
}
