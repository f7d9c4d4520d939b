// GRPO: the step reads like the method.
//
// Deliberately not implemented: a value model, an importance correction between an inference engine and a
// trainer (here both run the same model), and length penalties (a reward can be one).
internal import Collectives
internal import Rewards
public import Rollouts
internal import TensorMath
internal import TrainingData
public import VisionLanguageModel

/// Settings of GRPO; the defaults are the paper's preset where it gives one.
public struct GRPOOptions: Codable, Sendable, Equatable {
    /// Questions per step (paper: batch 64, without saying whether of questions or answers; ours: questions).
    public var promptsPerStep = 64
    /// Answers per question, at least 2 (paper: 8).
    public var groupSize = 8
    /// Temperature of the rollouts and of the trained distribution (paper: 1.0).
    public var temperature = 1.0
    /// The most tokens of an answer.
    public var maxNewTokens = 256
    /// The most tokens whose keys and values are in memory at once during rollouts; 0 answers all questions of
    /// a step at once.
    ///
    /// Answers beyond the limit wait or are computed again; one answer with its prompt must fit. The limit changes no
    /// answer beyond rounding.
    public var cacheTokens = 0
    /// Optimizer updates per rollout; each uses an equal share of the questions' groups in turn.
    public var updatesPerRollout = 1
    /// Whether answers that reached `maxNewTokens` are left out of the loss.
    var masksTruncated = false
    /// Advantages.
    var advantages = AdvantageOptions()
    /// The loss.
    public var loss = LossOptions()

    /// The defaults.
    public init() {}
}

/// Group-relative policy optimization (Shao et al., DeepSeekMath, 2024) under the mixed reward.
public struct GRPOMethod: TrainingMethod {
    private let setup: TrainingSetup
    private let options: GRPOOptions
    private let sampler: RolloutSampler
    /// The frozen start; nil when β is 0.
    private let reference: LanguageModel?

    /// The method over a run's parts.
    ///
    /// - Parameters:
    ///   - setup: The parts that all methods use.
    ///   - options: Settings.
    ///   - sampler: Answers questions with the model that is trained, and scores the answers.
    ///   - reference: The frozen start; nil when β is 0.
    public init(
        _ setup: TrainingSetup, options: GRPOOptions, sampler: RolloutSampler, reference: LanguageModel?
    ) {
        (self.setup, self.options) = (setup, options)
        (self.sampler, self.reference) = (sampler, reference)
    }

    /// Makes one step: answers questions, scores the answers, and updates the weights.
    public func step(_ step: Int) throws -> StepRecord {
        var time = PhaseTimer()
        let questions = try time("data") { try self.questions(of: step) }
        let answers = try time("rollout") { try self.answers(to: questions, step: step) }
        let rollouts = try time("reward") { try sampler.score(questions, answers) }
        let advantages = groupAdvantages(rollouts.map(\.totals), options.advantages)
        let packed = try pack(zip(rollouts, advantages).map(group))
        let updates = try time("reference") { try packed.map { try $0.map(withLogProbabilities) } }
        var record = StepRecord()
        try time("update") { for batches in updates { try update(batches, step, &record) } }
        record.timings = time.seconds
        return describe(rollouts, advantages, record)
    }

    // MARK: - The parts of a step

    private func questions(of step: Int) throws -> [Question] {
        try setup.prompts.questions(
            setup.rows(step: step, count: options.promptsPerStep),
            progress: Double(step) / Double(setup.steps))
    }

    private func answers(to questions: [Question], step: Int) throws -> [[Generation]] {
        var sampling = SamplingOptions()
        sampling.temperature = options.temperature
        sampling.maxNewTokens = options.maxNewTokens
        sampling.seed = setup.seed
        sampling.excludesBannedFromProbabilities = true
        let places = setup.world.share(of: options.promptsPerStep)
        do {
            return try sampler.answers(
                questions, numbers: places.map { UInt64(step * options.promptsPerStep + $0) },
                count: options.groupSize, options: sampling,
                cacheTokens: options.cacheTokens > 0 ? options.cacheTokens : nil,
                interruption: setup.interruption)
        } catch let error as NonFiniteLogits {
            throw setup.optimizerStep.problem(.logits(token: error.token), step: step, rows: error.row)
        }
    }

    /// The answers that count, with their advantages.
    private func group(_ rollout: Rollout, _ advantages: [Double]) -> PolicyGroup {
        let counted = rollout.answers.indices.filter { index in
            !rollout.rewards[index].isExcluded
                && !(options.masksTruncated && rollout.answers[index].finishReason == .length)
        }
        return PolicyGroup(
            label: rollout.question.sample.label, prompt: rollout.question.prompt,
            answers: counted.map { rollout.answers[$0].ids },
            sampled: counted.map { rollout.answers[$0].logProbabilities },
            advantages: counted.map { advantages[$0] })
    }

    /// The micro-batches of each update: all groups in one update, or an equal share of them in each, in
    /// order.
    private func pack(_ groups: [PolicyGroup]) throws -> [[PolicyBatch]] {
        let count = options.updatesPerRollout
        return try (0..<count).map { update in
            let share = Array(groups[groups.count * update / count..<groups.count * (update + 1) / count])
            let weights = try tokenWeights(
                lengths: share.flatMap { $0.answers.map(\.count) }, aggregation: options.loss.aggregation,
                maxNewTokens: options.maxNewTokens, world: setup.world)
            return PolicyBatch.pack(share, weights: weights, rowLimit: setup.microBatchTokens)
        }
    }

    /// The micro-batch with the reference's log-probabilities and, before several updates, the policy's own.
    private func withLogProbabilities(_ batch: PolicyBatch) throws -> PolicyBatch {
        var batch = batch
        try setup.interruption.check()
        if let reference { batch.setReference(logProbabilities(reference, batch).values.elements) }
        if options.updatesPerRollout > 1 {
            batch.setOld(logProbabilities(setup.model, batch).values.elements)
        }
        return batch
    }

    private func logProbabilities(_ model: LanguageModel, _ batch: PolicyBatch) -> TokenLogProbabilities {
        model.logProbabilities(
            batch.batch, temperature: Float(options.temperature), banned: sampler.bannedTokenIDs)
    }

    /// Makes one update from its micro-batches; its metrics replace those of an earlier one.
    private func update(_ batches: [PolicyBatch], _ step: Int, _ record: inout StepRecord) throws {
        var (statistics, entropy, bad) = (LossStatistics(), 0.0, String?.none)
        var gap = 0.0
        var gradients = Gradients.none(setup.model.parameters)
        for batch in batches {
            try setup.model.requireMemory(
                forBackwardOver: batch.batch.rowCount, advice: "lower microBatchTokens")
            let (_, part) = setup.model.parameters.gradients {
                let tokens = logProbabilities(setup.model, batch)
                let (loss, sums) = policyLoss(tokens.values, batch.terms, options.loss)
                entropy += tokens.entropies.elements.reduce(0) { $0 + Double($1) }
                statistics.add(sums)
                bad = bad ?? batch.firstNonFinite(tokens.values.elements)
                gap = max(gap, batch.samplingGap(tokens.values.elements))
                return loss
            }
            gradients.add(part)
        }
        // Later updates of the step have other weights than the sampler had.
        record.metrics["sampling_gap/max"] = record.metrics["sampling_gap/max"] ?? gap
        let rows = bad ?? Self.rows(of: batches)
        record.metrics.merge(describe(statistics, entropy: entropy, hasReference: reference != nil)) { $1 }
        record.metrics.merge(
            try setup.optimizerStep.update(gradients, loss: statistics.loss, step: step, rows: rows)
        ) { $1 }
        if let notice = setup.optimizerStep.notice(rows: rows) { record.notices.append(notice) }
    }

    /// The labels of the first groups, and how many more there are.
    private static func rows(of batches: [PolicyBatch]) -> String {
        var labels: [String] = []
        for label in batches.flatMap(\.labels) where labels.last != label { labels.append(label) }
        return labels.prefix(3).joined(separator: ", ")
            + (labels.count > 3 ? " and \(labels.count - 3) more" : "")
    }
}
