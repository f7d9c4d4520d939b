// Judges one stored answer by one set of rules.
internal import AnswerRules
internal import Benchmarks
internal import EvaluationReports
internal import ImageInput
internal import Rewards
internal import StrictJSON
internal import TrainingData

/// One set of rules for the rows of one set.
struct AnswerJudge {
    /// The name of the rules in tables.
    let id: String
    private let ruleSet: RuleSet?
    private let rewards: RewardRouter?
    /// The plane of answered boxes where the answer does not say it.
    private let plane: BoxPlane?

    /// Judges by rules.
    init(_ ruleSet: RuleSet, plane: BoxPlane? = nil) {
        (id, self.ruleSet, rewards, self.plane) = (ruleSet.id, ruleSet, nil, plane)
    }

    /// Judges custom rows by the rewards of their tasks.
    init(_ rewards: RewardRouter) { (id, ruleSet, self.rewards, plane) = ("r1", nil, rewards, nil) }

    /// The verdict on an answer.
    ///
    /// - Parameters:
    ///   - record: The answer.
    ///   - row: Its row; the gold must be published.
    ///   - strip: The stage before the rule.
    /// - Returns: The answer with its verdict.
    /// - Throws: `RuleError`, `BenchmarkRunError` for a row that the rewards cannot score.
    func verdict(_ record: AnswerRecord, _ row: BenchmarkRow, _ strip: AnswerStrip?) throws -> ScoredAnswer {
        var answer = ScoredAnswer(
            set: record.set, benchmark: row.benchmark.rawValue, id: row.id, unit: row.group, rule: id,
            isCorrect: false, score: 0, status: "")
        (answer.rotation, answer.sample, answer.tokens) = (record.rotation, record.sample, record.tokens)
        answer.isCutOff = record.finishReason == "length"
        answer.goldLetter = row.goldLetter
        answer.categories = row.categories.map { ScoredAnswer.Category(axis: $0.axis, names: $0.names) }
        if let sample = row.sample, let rewards {
            try score(&answer, record, sample, rewards)
        } else if let ruleSet, let gold = row.ruleGold {
            let input = input(record, row, gold, strip)
            if input.kind == .box, id == "r1", input.boxSpace == nil {
                throw BenchmarkRunError.badRow(
                    row.location,
                    "the plane that the model writes boxes in is unknown, and it is never guessed; declare it with --box-plane"
                )
            }
            let verdict = try ruleSet.rule(for: row).judge(input)
            (answer.isCorrect, answer.score) = (verdict.isCorrect, verdict.score)
            answer.status = verdict.status.rawValue
            answer.extracted = verdict.extracted.map(Self.text)
            if !row.isOpen, let letter = verdict.extracted?.text, letter.count == 1 {
                answer.letter = letter.uppercased()
            }
        }
        return answer
    }

    private func input(
        _ record: AnswerRecord, _ row: BenchmarkRow, _ gold: RuleGold, _ strip: AnswerStrip?
    ) -> RuleInput {
        RuleInput(
            prediction: strip?.answer(in: record.text) ?? record.text, gold: gold, options: row.options,
            answerType: row.answerType, precision: row.precision, goldIndex: row.goldIndex,
            imageSize: row.pictureSize.map { ($0.width, $0.height) }, boxSpace: record.plane ?? declared(row),
            kind: row.answerKind)
    }

    /// The declared plane of boxes on the row's picture.
    private func declared(_ row: BenchmarkRow) -> AnswerBoxSpace? {
        guard let plane, let size = row.pictureSize.map(plane.size) else { return nil }
        return AnswerBoxSpace(width: size.width, height: size.height)
    }

    private func score(
        _ answer: inout ScoredAnswer, _ record: AnswerRecord, _ sample: Sample, _ rewards: RewardRouter
    ) throws {
        do {
            try rewards.validate([sample])
        } catch RewardError.noEmbedding(let location) {
            throw BenchmarkRunError.badRow(
                location,
                "the task \"open\" is scored with an embedding table; name its checkpoint with --embeddings, the same "
                    + "for all runs")
        }
        var size: (width: Double, height: Double)?
        if sample.task == .grounding {
            let found = try imageSize(Array(sample.imageData(0)), name: sample.location)
            size = (Double(found.width), Double(found.height))
        }
        let result = rewards.score(
            record.text, truncated: record.finishReason == "length", for: sample,
            context: RewardContext(imageSize: size, answerBoxSpace: record.plane))
        guard result.status != .error else {
            throw BenchmarkRunError.badRow(sample.location, result.detail ?? "its reward failed")
        }
        (answer.score, answer.status, answer.isGraded) = (result.accuracy, result.status.rawValue, true)
        answer.isCorrect = result.accuracy >= 0.5
        answer.extracted = extractAnswer(record.text).text
    }

    /// What was read, as text.
    private static func text(_ value: JSONValue) -> String {
        value.text ?? value.elements.map { $0.map(text).joined(separator: ", ") } ?? value.summary
    }
}

extension AnswerRecord {
    /// The plane of answered boxes.
    fileprivate var plane: AnswerBoxSpace? {
        boxPlane.flatMap { $0.count == 2 ? AnswerBoxSpace(width: $0[0], height: $0[1]) : nil }
    }
}
