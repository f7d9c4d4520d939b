// GRPO: the step reads like the method.
//
// Left out, and said so: the value model, the sampled-token importance correction between an inference engine
// and a trainer (here both are the same code), and length penalties (a reward may be one).
internal import Collectives
internal import Foundation
internal import Rewards
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// Group-relative policy optimisation (Shao et al., DeepSeekMath, 2024) under the mixed reward.
struct GRPOMethod: TrainingMethod {
    let configuration: RunConfiguration
    let model: LanguageModel
    /// The frozen start, nil when beta is 0.
    let reference: LanguageModel?
    let samples: [Sample]
    let maker: QuestionMaker
    let rolloutMaker: RolloutMaker
    let updater: Updater
    let interruption: Interruption
    /// The processes that share a step's questions.
    let world: any World

    private var options: GRPOOptions { configuration.grpo }

    func step(_ step: Int) throws -> StepRecord {
        var time = PhaseTimer()
        let questions = try time("data") { try self.questions(of: step) }
        let answers = try time("rollout") { try self.answers(to: questions, step: step) }
        let rollouts = time("reward") { rolloutMaker.score(questions, answers) }
        let advantages = groupAdvantages(rollouts.map(\.totals), options.advantages)
        let groups = try time("reference") { try withLogProbabilities(zip(rollouts, advantages).map(group)) }
        let metrics = try time("update") { try update(groups, step: step) }
        return describe(rollouts, advantages, StepRecord(metrics: metrics, timings: time.seconds))
    }

    // MARK: - The parts of a step

    /// This process's share of a step's questions, by their place in the step.
    private var places: Range<Int> {
        let count = options.promptsPerStep
        return count * world.rank / world.size..<count * (world.rank + 1) / world.size
    }

    private func questions(of step: Int) throws -> [Question] {
        let order = BatchOrder(sampleCount: samples.count, seed: configuration.seed)
        let progress = Double(step) / Double(configuration.steps)
        return try order.indices(step: step, batchSize: options.promptsPerStep)[places].map {
            try maker.question(samples[$0], progress: progress)
        }
    }

    private func answers(to questions: [Question], step: Int) throws -> [[Generation]] {
        var sampling = SamplingOptions()
        sampling.temperature = options.temperature
        sampling.maxNewTokens = options.maxNewTokens
        sampling.seed = configuration.seed
        sampling.excludesBannedFromProbabilities = true
        let numbers = places.map { UInt64(step * options.promptsPerStep + $0) }
        let answers = try rolloutMaker.rollouts(
            questions, numbers: numbers, count: options.groupSize, options: sampling,
            shouldStop: { interruption.isAsked })
        try interruption.check()
        return answers
    }

    /// One question's answers with everything the loss needs but the policy's own log-probabilities.
    struct Group {
        let prompt: Prompt
        let answers: [[Int32]]
        let advantages: [Double]
        /// Per answer and token; nil without a reference.
        var reference: [[Float]]?
        /// Per answer and token; nil on the first update after a rollout.
        var old: [[Float]]?
    }

    private func group(_ rollout: Rollout, _ advantages: [Double]) -> Group {
        let counted = rollout.answers.indices.filter { index in
            !rollout.rewards[index].isExcluded
                && !(options.masksTruncated && rollout.answers[index].finishReason == .length)
        }
        return Group(
            prompt: rollout.question.prompt, answers: counted.map { rollout.answers[$0].ids },
            advantages: counted.map { advantages[$0] })
    }

    /// Adds what the reference thinks of the answers, and, before several updates, what the policy did.
    private func withLogProbabilities(_ groups: [Group]) throws -> [Group] {
        guard reference != nil || options.updatesPerRollout > 1 else { return groups }
        var done: [Group] = []
        for var part in microBatches(groups) {
            try interruption.check()
            let batch = Self.pack(part)
            if let reference {
                Self.spread(logProbabilities(reference, batch), batch, \.reference, over: &part)
            }
            if options.updatesPerRollout > 1 {
                Self.spread(logProbabilities(model, batch), batch, \.old, over: &part)
            }
            done += part
        }
        return done
    }

    private static func pack(_ groups: [Group]) -> PackedBatch {
        var batch = PackedBatch()
        for group in groups { batch.append(group.prompt, answers: group.answers) }
        return batch
    }

    private static func spread(
        _ tokens: TokenLogProbabilities, _ batch: PackedBatch, _ place: WritableKeyPath<Group, [[Float]]?>,
        over groups: inout [Group]
    ) {
        let values = tokens.values.elements
        var ranges = batch.answerRanges[...]
        for index in groups.indices {
            groups[index][keyPath: place] = groups[index].answers.map { _ in
                Array(values[ranges.removeFirst()])
            }
        }
    }

    private func logProbabilities(_ model: LanguageModel, _ batch: PackedBatch) -> TokenLogProbabilities {
        model.logProbabilities(
            batch, temperature: Float(options.temperature), banned: rolloutMaker.engine.bannedTokenIDs)
    }

    /// Changes the weights, once or once for each share of the groups; returns the metrics of the last update.
    private func update(_ groups: [Group], step: Int) throws -> [String: Double] {
        var metrics: [String: Double] = [:]
        for share in shares(of: groups) {
            let (gradients, statistics) = try gradients(of: share)
            metrics.merge(statistics) { $1 }
            metrics.merge(try updater.update(gradients, step: step)) { $1 }
        }
        return metrics
    }

    /// The groups of each update: all of them, or equal shares in order.
    private func shares(of groups: [Group]) -> [[Group]] {
        let count = options.updatesPerRollout
        return (0..<count).map { Array(groups[groups.count * $0 / count..<groups.count * ($0 + 1) / count]) }
    }

    /// The gradient of one update, micro-batch by micro-batch.
    private func gradients(of groups: [Group]) throws -> (Gradients, [String: Double]) {
        let weights = try tokenWeights(
            lengths: groups.flatMap { $0.answers.map(\.count) }, aggregation: options.loss.aggregation,
            maxNewTokens: options.maxNewTokens, world: world)
        var (statistics, entropy, sum) = (LossStatistics(), 0.0, Gradients.none(model.parameters))
        var answer = 0
        for part in microBatches(groups) {
            let batch = Self.pack(part)
            var terms: [TokenTerm] = []
            for group in part {
                for index in group.answers.indices {
                    terms += Self.terms(of: group, answer: index, weight: weights[answer])
                    answer += 1
                }
            }
            let (_, gradients) = model.parameters.gradients {
                let tokens = logProbabilities(model, batch)
                entropy += tokens.entropies.elements.reduce(0) { $0 + Double($1) }
                let (loss, part) = policyLoss(tokens.values, terms, options.loss)
                statistics.add(part)
                return loss
            }
            sum.add(gradients)
        }
        let tokens = max(1, statistics.tokens)
        var metrics = [
            "loss": statistics.loss, "entropy": entropy / tokens,
            "clip_ratio/low_mean": statistics.clippedLow / tokens,
            "clip_ratio/high_mean": statistics.clippedHigh / tokens,
            "clip_ratio/region_mean": (statistics.clippedLow + statistics.clippedHigh) / tokens,
        ]
        if reference != nil { metrics["kl"] = statistics.kl / tokens }
        return (sum, metrics)
    }

    private static func terms(of group: Group, answer: Int, weight: Double) -> [TokenTerm] {
        group.answers[answer].indices.map { token in
            TokenTerm(
                old: group.old.map { Double($0[answer][token]) },
                reference: group.reference.map { Double($0[answer][token]) },
                advantage: group.advantages[answer], weight: weight)
        }
    }

    /// Cuts groups into micro-batches of at most `microBatchTokens` rows; empty groups are left out.
    private func microBatches(_ groups: [Group]) -> [[Group]] {
        var (batches, rows): ([[Group]], Int) = ([], 0)
        for group in groups where !group.answers.isEmpty {
            let size = group.prompt.ids.count + group.answers.reduce(0) { $0 + $1.count }
            if batches.isEmpty || rows + size > configuration.microBatchTokens {
                batches.append([])
                rows = 0
            }
            batches[batches.count - 1].append(group)
            rows += size
        }
        return batches
    }
}
