// Sets that are asked again and again while a model is trained.
internal import AnswerRules
public import Benchmarks
public import Collectives
public import EvaluationReports
public import Rewards
public import Rollouts
internal import TrainingData

/// A fixed sample of sets, asked and judged in memory.
public struct SetEvaluation: Sendable {
    private let sets: [(set: PlannedSet, judge: AnswerJudge)]
    private let style: PromptStyle
    private let batchSize: Int

    /// Finds and samples sets.
    ///
    /// - Parameters:
    ///   - requests: The sets; their limits say how many rows are sampled.
    ///   - style: How they are asked.
    ///   - answers: How they are answered.
    ///   - rewards: Score custom rows; the other rows are judged by the rule `r1`.
    ///   - batchSize: Questions answered together.
    /// - Throws: `SampleError` for a set that cannot be read, `BenchmarkRunError` for two sets of one name.
    public init(
        _ requests: [SetRequest], style: PromptStyle, answers: AnswerSettings, rewards: RewardRouter,
        batchSize: Int
    ) throws {
        (self.style, self.batchSize) = (style, batchSize)
        sets = try requests.map { request in
            let set = try PlannedSet(request) { _ in answers }
            let isCustom = set.manifest.benchmark == Benchmark.custom.rawValue
            guard !isCustom, let benchmark = Benchmark(rawValue: set.manifest.benchmark) else {
                return (set, AnswerJudge(rewards))
            }
            return (set, AnswerJudge(RuleSet.all(for: benchmark)[0]))
        }
        var names: Set<String> = []
        for (set, _) in sets where !names.insert(set.manifest.name).inserted {
            throw BenchmarkRunError.badSettings(
                "two sets are called \(set.manifest.name); every set needs its own name")
        }
    }

    /// What a user should know about the sets.
    public var notes: [String] {
        sets.flatMap { entry in entry.set.notes.map { "\(entry.set.manifest.name): \($0)" } }
    }

    /// Answers and scores all sets.
    ///
    /// Several processes answer the batches of rows in turn.
    ///
    /// - Parameters:
    ///   - model: Answers.
    ///   - world: The processes that share the rows.
    ///   - interruption: Asks to stop.
    /// - Returns: The scores of each set; in another process than 0 none.
    /// - Throws: What answering throws; `EvaluationReportError`.
    public func evaluate(
        _ model: some AnsweringModel, world: any World = SingleProcess(),
        interruption: Interruption = Interruption()
    ) throws -> [SetScores] {
        var made = 0
        let own = try world.together("evaluation on benchmarks", interruption) {
            var batches: [[ScoredAnswer]] = []
            for (set, judge) in sets {
                var batch: [ModelQuestion] = []
                func ask() throws {
                    guard !batch.isEmpty else { return }
                    if world.makes(batch: made) {
                        batches.append(try scored(batch, set, judge, model))
                    }
                    made += 1
                    batch = []
                }
                try set.forEachRow(pictures: .required) { _, row in
                    guard row.sample != nil || row.gold != .hidden else { return }
                    batch.append(
                        ModelQuestion(
                            row, prompt: try style.prompt(row),
                            number: row.randomNumber(in: set.manifest.name)))
                    if batch.count == batchSize { try ask() }
                }
                try ask()
            }
            return batches
        }
        let all = try world.gathered(batches: own, of: made)
        return world.rank == 0 ? try SetScores.all(all.flatMap { $0 }) : []
    }

    private func scored(
        _ batch: [ModelQuestion], _ set: PlannedSet, _ judge: AnswerJudge, _ model: some AnsweringModel
    ) throws -> [ScoredAnswer] {
        let strip = try AnswerStrip.named("r1")
        let answers = try model.answers(to: batch, set.manifest.answers)
        return try zip(batch, answers).flatMap { question, group in
            try group.enumerated().map { sample, answer in
                let place = AnswerPlace(
                    set: set.manifest.name, id: question.row.id, rotation: question.row.rotation,
                    sample: sample)
                return try judge.verdict(AnswerRecord(answer, to: place), question.row, strip)
            }
        }
    }
}
