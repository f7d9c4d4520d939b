// Evaluation on the test rows: sampled (avg@k, what GRPO raises) and greedy, per task, failures counted.
internal import Rewards
internal import TrainingData
internal import VisionLanguageModel

/// Scores of one task, or of all.
public struct TaskScore: Codable, Sendable, Equatable {
    /// Rows.
    public var rows = 0
    /// Mean task reward of the sampled answers.
    public var mean = 0.0
    /// Mean task reward of the greedy answers.
    public var greedyMean = 0.0
    /// Share of sampled answers that could not be read.
    public var parseFailures = 0.0
    /// Share of greedy answers that could not be read.
    public var greedyParseFailures = 0.0
    /// Share of sampled answers in the asked format.
    public var format = 0.0
    /// Standard deviation, 10th and 90th percentile of the sampled task rewards: shows saturation.
    public var deviation = 0.0, percentile10 = 0.0, percentile90 = 0.0
}

/// Scores on the test rows.
public struct EvaluationReport: Codable, Sendable, Equatable {
    /// Mean task reward over all rows, sampled.
    public var mean = 0.0
    /// Mean task reward over all rows, greedy.
    public var greedyMean = 0.0
    /// Scores by task.
    public var tasks: [String: TaskScore] = [:]
}

/// Runs evaluations of one model.
struct Evaluator {
    let options: EvaluationOptions
    let seed: UInt64
    let samples: [Sample]
    let maker: QuestionMaker
    let rolloutMaker: RolloutMaker
    let interruption: Interruption

    /// Answers every row, greedily and `answersPerPrompt` times by sampling.
    ///
    /// - Parameter progress: Called after each batch with the rows done.
    /// - Returns: Scores, by task and over all rows.
    /// - Throws: `Interruption.Stopped`, or what reading a picture throws.
    func evaluate(progress: (Int) -> Void = { _ in }) throws -> EvaluationReport {
        var (sampled, greedy): ([Rollout], [Rollout]) = ([], [])
        for start in stride(from: 0, to: samples.count, by: options.batchSize) {
            let rows = start..<min(samples.count, start + options.batchSize)
            let questions = try samples[rows].map { try maker.question($0) }
            greedy += try answer(questions, rows, isGreedy: true)
            sampled += try answer(questions, rows, isGreedy: false)
            progress(rows.upperBound)
        }
        return Self.report(sampled: sampled, greedy: greedy)
    }

    private func answer(_ questions: [Question], _ rows: Range<Int>, isGreedy: Bool) throws -> [Rollout] {
        var sampling = isGreedy ? SamplingOptions.greedy : SamplingOptions()
        if !isGreedy { sampling.temperature = options.temperature }
        sampling.maxNewTokens = options.maxNewTokens
        sampling.seed = seed
        let answers = try rolloutMaker.rollouts(
            questions, numbers: rows.map { UInt64($0) }, count: isGreedy ? 1 : options.answersPerPrompt,
            options: sampling, shouldStop: { interruption.isAsked })
        try interruption.check()
        return rolloutMaker.score(questions, answers)
    }

    static func report(sampled: [Rollout], greedy: [Rollout]) -> EvaluationReport {
        func counted(_ rollouts: [Rollout]) -> [RewardResult] {
            rollouts.flatMap(\.rewards).filter { !$0.isExcluded }
        }
        func failures(_ results: [RewardResult]) -> Double {
            average(results.map { $0.status == .ok ? 0 : 1 })
        }
        func rowMean(_ rollouts: [Rollout]) -> Double {
            average(rollouts.filter { !counted([$0]).isEmpty }.map { average(counted([$0]).map(\.accuracy)) })
        }
        var report = EvaluationReport(mean: rowMean(sampled), greedyMean: rowMean(greedy))
        let greedyByTask = Dictionary(grouping: greedy) { $0.question.sample.task.rawValue }
        for (task, group) in Dictionary(grouping: sampled, by: { $0.question.sample.task.rawValue }) {
            let (results, greedyGroup) = (counted(group), greedyByTask[task] ?? [])
            let sorted = results.map(\.accuracy).sorted()
            report.tasks[task] = TaskScore(
                rows: group.count, mean: rowMean(group), greedyMean: rowMean(greedyGroup),
                parseFailures: failures(results), greedyParseFailures: failures(counted(greedyGroup)),
                format: average(results.map(\.format)), deviation: GRPO.deviation(sorted, .population),
                percentile10: percentile(sorted, 0.1), percentile90: percentile(sorted, 0.9))
        }
        return report
    }

    private static func percentile(_ sorted: [Double], _ share: Double) -> Double {
        sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }
}
