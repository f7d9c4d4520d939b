// Evaluation of a model on rows: sampled (avg@k, the score that GRPO raises) and greedy, per task.
public import Collectives
internal import Foundation
internal import Rewards
public import StrictJSON
public import TrainingData
internal import VisionLanguageModel

/// Settings of an evaluation.
public struct EvaluationOptions: Codable, Sendable, Equatable {
    /// Answers per question for the sampled score (avg@k).
    public var answersPerPrompt = 4
    /// Temperature of the sampled score.
    public var temperature = 1.0
    /// The most tokens of an answer.
    public var maxNewTokens = 256
    /// Evaluate only the first rows of the file; 0 evaluates all.
    public var rowLimit = 0
    /// Questions answered together.
    public var batchSize = 64
    /// Steps of a run between evaluations, besides those before and after it; 0 makes none between.
    public var every = 0
    /// Benchmarks that are asked besides the rows: files, folders or `BENCHMARK=PATH`.
    public var sets: [String] = []
    /// Questions of each benchmark, a fixed sample; 0 asks all.
    public var setQuestions = 200

    /// The defaults.
    public init() {}
}

/// Scores of one task, or of all.
public struct TaskScore: Codable, Sendable, Equatable {
    /// Number of rows.
    public var rows = 0
    /// Answers, sampled and greedy, that their reward could not score; they count in nothing else.
    public var excluded = 0
    /// Mean task reward of the sampled answers.
    public var mean = 0.0
    /// Mean task reward of the greedy answers.
    public var greedyMean = 0.0
    /// Share of sampled answers that could not be read.
    public var parseFailures = 0.0
    /// Share of greedy answers that could not be read.
    public var greedyParseFailures = 0.0
    /// Mean format reward of the sampled answers.
    public var format = 0.0
    /// Standard deviation, 10th and 90th percentile of the sampled task rewards; they show saturation.
    public var deviation = 0.0, percentile10 = 0.0, percentile90 = 0.0

    /// The score of no rows.
    public init() {}
}

/// Scores on the test rows.
public struct EvaluationReport: Codable, Sendable, Equatable {
    /// Mean task reward over all rows, sampled.
    public var mean = 0.0
    /// Mean task reward over all rows, greedy.
    public var greedyMean = 0.0
    /// Rows of the file that were set aside before the run, such as those with an unreadable gold.
    public var setAside = 0
    /// Scores by task.
    public var tasks: [String: TaskScore] = [:]
}

/// What an evaluation found.
public struct Evaluation {
    /// The scores.
    public let report: EvaluationReport
    /// Every answer as a JSON object, row by row: the greedy answer, then the sampled ones; `kind` tells.
    public let answers: [JSONObject]
    /// How many answers could not be scored, and the first reason; nil when there are none.
    public let notice: String?
}

/// Evaluates one model.
public struct Evaluator {
    /// The rows.
    public let samples: [Sample]
    private let options: EvaluationOptions
    private let seed: UInt64
    private let prompts: PromptBuilder
    private let sampler: RolloutSampler
    private let interruption: Interruption
    private let setAside: Int

    /// An evaluator over the first `options.rowLimit` rows.
    ///
    /// - Parameters:
    ///   - samples: Rows with golds.
    ///   - options: Settings.
    ///   - seed: Selects the random numbers of the sampled answers.
    ///   - prompts: Turns rows into prompts.
    ///   - sampler: Answers and scores.
    ///   - interruption: Checked during generation.
    ///   - setAside: Rows of the file that cannot be used; the report counts them.
    public init(
        _ samples: [Sample], options: EvaluationOptions, seed: UInt64, prompts: PromptBuilder,
        sampler: RolloutSampler, interruption: Interruption, setAside: Int = 0
    ) {
        self.samples = options.rowLimit > 0 ? Array(samples.prefix(options.rowLimit)) : samples
        (self.options, self.seed, self.prompts) = (options, seed, prompts)
        (self.sampler, self.interruption, self.setAside) = (sampler, interruption, setAside)
    }

    /// Answers every row, greedily and `answersPerPrompt` times by sampling.
    ///
    /// Several processes answer the batches of rows in turn, so that each answer has the bits that it has in one process.
    ///
    /// - Parameters:
    ///   - batches: Ends after so many batches of rows.
    ///   - world: The processes that share the rows.
    ///   - progress: Called after each batch of this process with the number of rows up to its end.
    /// - Returns: Scores, by task and over all rows, and the answers; in another process than 0 those of no rows.
    /// - Throws: `Interruption.Stopped`, or what reading or answering a row throws.
    public func evaluate(
        batches: Int = .max, world: any World = SingleProcess(), progress: (Int) -> Void = { _ in }
    ) throws -> Evaluation {
        let starts = Array(stride(from: 0, to: samples.count, by: options.batchSize).prefix(batches))
        let own = try world.together("evaluation", interruption) {
            try starts.enumerated().filter { world.makes(batch: $0.offset) }.map { _, start in
                let batch = try answered(start..<min(samples.count, start + options.batchSize))
                progress(min(samples.count, start + options.batchSize))
                return batch
            }
        }
        return evaluation(try world.gathered(batches: own, of: starts.count))
    }

    /// The scores of some rows, and their answers.
    private func answered(_ rows: Range<Int>) throws -> EvaluatedRows {
        let (questions, answers) = try self.answers(to: Array(samples[rows]), numbers: rows.map(UInt64.init))
        let greedy = try sampler.score(questions, answers[0])
        let sampled = try sampler.score(questions, answers[1])
        let lines = zip(greedy, sampled).flatMap { greedy, sampled in
            Self.lines(greedy, "greedy").map { $0.merging(greedy.pictures) { $1 } }
                + Self.lines(sampled, "sampled")
        }
        return EvaluatedRows(
            greedy: greedy.map(\.outcome), sampled: sampled.map(\.outcome), answers: lines)
    }

    private func evaluation(_ batches: [EvaluatedRows]) -> Evaluation {
        let (greedy, sampled) = (batches.flatMap(\.greedy), batches.flatMap(\.sampled))
        var report = Self.report(sampled: sampled, greedy: greedy)
        report.setAside = setAside
        return Evaluation(
            report: report, answers: batches.flatMap(\.answers), notice: (greedy + sampled).failures?.notice)
    }

    /// The questions of some rows with their greedy and their sampled answers.
    private func answers(
        to rows: [Sample], numbers: [UInt64]
    ) throws -> ([Question], [[[Generation]]]) {
        let questions = try prompts.questions(rows)
        return (
            questions,
            try sampler.answers(
                questions, numbers: numbers,
                kinds: [
                    (1, sampling(isGreedy: true)), (options.answersPerPrompt, sampling(isGreedy: false)),
                ],
                interruption: interruption)
        )
    }

    /// Answers a batch of rows without scoring the answers, for a plan.
    ///
    /// - Parameter rows: The rows.
    /// - Returns: The tokens of each answer, greedy and sampled, and the numbers of the prepared pictures.
    /// - Throws: As `evaluate`.
    public func answerLengths(to rows: [Sample]) throws -> (tokens: [Int], pixelValues: Int) {
        let (questions, answers) = try self.answers(to: rows, numbers: rows.indices.map(UInt64.init))
        let pixels = questions.flatMap(\.prompt.visuals).reduce(0) { $0 + $1.pixels.values.count }
        return (answers.joined().joined().map(\.ids.count), pixels)
    }

    private static func lines(_ rollout: Rollout, _ kind: String) -> [JSONObject] {
        rollout.records.map { $0.merging(["kind": .string(kind)]) { $1 } }
    }

    private func sampling(isGreedy: Bool) -> SamplingOptions {
        var sampling = isGreedy ? SamplingOptions.greedy : SamplingOptions()
        if !isGreedy { sampling.temperature = options.temperature }
        sampling.maxNewTokens = options.maxNewTokens
        sampling.seed = seed
        return sampling
    }

    private static func report(sampled: [RolloutOutcome], greedy: [RolloutOutcome]) -> EvaluationReport {
        func counted(_ rollouts: [RolloutOutcome]) -> [RewardResult] {
            rollouts.flatMap(\.rewards).filter { !$0.isExcluded }
        }
        func failures(_ results: [RewardResult]) -> Double {
            average(results.map { $0.status == .ok ? 0 : 1 })
        }
        func rowMean(_ rollouts: [RolloutOutcome]) -> Double {
            average(rollouts.filter { !counted([$0]).isEmpty }.map { average(counted([$0]).map(\.accuracy)) })
        }
        var report = EvaluationReport(mean: rowMean(sampled), greedyMean: rowMean(greedy))
        let greedyByTask = Dictionary(grouping: greedy, by: \.task)
        for (task, group) in Dictionary(grouping: sampled, by: \.task) {
            let (results, greedyGroup) = (counted(group), greedyByTask[task] ?? [])
            let sorted = results.map(\.accuracy).sorted()
            var score = TaskScore()
            (score.rows, score.mean, score.greedyMean) = (group.count, rowMean(group), rowMean(greedyGroup))
            score.excluded = (group + greedyGroup).flatMap(\.rewards).filter(\.isExcluded).count
            score.parseFailures = failures(results)
            score.greedyParseFailures = failures(counted(greedyGroup))
            score.format = average(results.map(\.format))
            score.deviation = deviation(sorted, .population)
            (score.percentile10, score.percentile90) = (percentile(sorted, 0.1), percentile(sorted, 0.9))
            report.tasks[task] = score
        }
        return report
    }

    private static func percentile(_ sorted: [Double], _ share: Double) -> Double {
        sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }
}

/// What became of a batch of rows.
private struct EvaluatedRows: Codable {
    let greedy, sampled: [RolloutOutcome]
    /// Every answer, as in `Evaluation`.
    let answers: [JSONObject]
}
