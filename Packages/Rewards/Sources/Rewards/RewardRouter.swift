// The entry point: selects the reward by the task of the row, adds the format reward, and turns every failure
// into a status.
internal import Settings
public import Tokenizer
public import TrainingData

/// Scores answers of all tasks.
public struct RewardRouter: Sendable {
    private let options: RewardOptions
    private let rewards: [Sample.Task: any Reward]
    private let format: FormatReward
    private let scorers: [ExternalScorer]

    /// A router with the built-in rewards, the external scorers of the options, and `custom` rewards by task
    /// name.
    ///
    /// Later rewards replace earlier ones. Without `embedding` there is no reward for `open`. Throws
    /// `SettingError` for an option out of range, ``RewardError`` for a missing external scorer.
    public init(
        options: RewardOptions = RewardOptions(), embedding: (any EmbeddingTable)?,
        custom: [String: any Reward] = [:]
    ) throws {
        try options.check(at: "rewards")
        var rewards: [Sample.Task: any Reward] = [
            .yorn: MatchingReward(.yesNo), .mcq: MatchingReward(.choice), .chart: ChartReward(options.chart),
            .math: MathReward(), .grounding: BoxReward(options.iou),
        ]
        if let embedding { rewards[.open] = BMASReward(table: embedding, options: options.bmas) }
        scorers = try options.external.sorted { $0.key < $1.key }.map {
            try ExternalScorer(name: $0.key, $0.value)
        }
        for scorer in scorers { rewards[Sample.Task(rawValue: scorer.name)] = scorer }
        for (task, reward) in custom { rewards[Sample.Task(rawValue: task)] = reward }
        let known = Set(rewards.keys.map(\.rawValue) + [Sample.Task.open.rawValue]).sorted()
        if let name = options.tasks.keys.sorted().first(where: { !known.contains($0) }) {
            throw SettingError.bad(
                path: "rewards.tasks", expected: "the names of tasks: \(known.joined(separator: ", "))",
                found: name, line: nil)
        }
        (self.options, self.rewards, format) = (options, rewards, FormatReward(options.format))
    }

    /// The tasks that have a reward, in alphabetical order.
    var tasks: [String] { rewards.keys.map(\.rawValue).sorted() }

    /// Scores the text of a model: `total = accuracy + formatWeight * format`, with the factors of the task.
    ///
    /// A `truncated` text without a closed `<answer>` has no answer. An error becomes the status `.error`
    /// with the reason as detail. Such rows, and rows with a bad gold, have a total of 0 and `isExcluded`.
    public func score(
        _ answer: String, truncated: Bool, for sample: Sample, context: RewardContext
    ) -> RewardResult {
        let format = format.value(of: answer)
        var (value, status, detail) = taskScore(extractAnswer(answer), truncated, sample, context)
        if !value.isFinite { (value, status, detail) = (0, .error, "the reward is not finite") }
        return RewardResult(
            accuracy: value, format: format,
            weights: options.weights(of: sample.task.rawValue, at: context.progress), status: status,
            detail: detail)
    }

    /// Throws ``RewardError/scorerFails(task:command:count:reason:)`` when an external scorer has failed too
    /// often in a row: scores that follow would say nothing about the model.
    public func checkScorers() throws {
        for scorer in scorers { if let failure = scorer.failure { throw failure } }
    }

    private func taskScore(
        _ answer: ExtractedAnswer, _ truncated: Bool, _ sample: Sample, _ context: RewardContext
    ) -> (value: Double, status: ParseStatus, detail: String?) {
        guard let reward = rewards[sample.task] else { return (0, .error, "\(missing(sample))") }
        if truncated && !answer.isTagged {
            if let problem = reward.goldProblem(sample) { return (0, .badGold, problem) }
            return (0, .noAnswer, "cut off")
        }
        do {
            return try reward.score(answer, for: sample, context: context)
        } catch {
            return (0, .error, "\(error)")
        }
    }

    private func missing(_ sample: Sample) -> RewardError {
        if sample.task == .open { return .noEmbedding(location: sample.location) }
        return .unknownTask(location: sample.location, task: sample.task.rawValue, known: tasks)
    }

    /// Checks before a run that the task of every sample has a reward.
    ///
    /// Throws ``RewardError/unknownTask(location:task:known:)`` or ``RewardError/noEmbedding(location:)``
    /// with the file and line of the first sample without one.
    public func validate(_ samples: [Sample]) throws {
        for sample in samples where rewards[sample.task] == nil { throw missing(sample) }
    }

    /// Samples with usable golds, in order, and the others as rejects.
    ///
    /// With an unreadable gold every answer would be wrong, or right, so such rows are removed before a run.
    public func checkGolds(_ samples: [Sample]) -> (samples: [Sample], rejects: [Reject]) {
        var (kept, rejects): ([Sample], [Reject]) = ([], [])
        for sample in samples {
            if let problem = rewards[sample.task]?.goldProblem(sample) {
                let reason = "\(sample.location): \(problem)"
                rejects.append(Reject(file: sample.file, line: sample.line, reason: reason))
            } else {
                kept.append(sample)
            }
        }
        return (kept, rejects)
    }
}
