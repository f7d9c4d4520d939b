// The passes of GRPO over given rows.
internal import Basics
internal import Collectives
internal import Rollouts
internal import TensorMath
public import TrainingData
internal import VisionLanguageModel

extension GRPOMethod: PlannedMethod {
    /// Makes the passes of a step over given rows; see `PlannedMethod`.
    public func passes(
        over samples: [Sample], _ answers: PlannedAnswers, _ observer: some StepObserver
    ) throws -> StepSize {
        guard setup.model.head.computeType == .bfloat16 else {
            return try plainPasses(over: samples, answers, observer)
        }
        return try withRowwiseProducts { try plainPasses(over: samples, answers, observer) }
    }

    /// Answers the questions of rows only; see `PlannedMethod`.
    public func sampled(over samples: [Sample], _ answers: PlannedAnswers) throws -> SampledAnswers {
        let questions = try setup.prompts.questions(samples)
        func sampled() throws -> SampledAnswers {
            var start: ContinuousClock.Instant?
            let groups = try self.answers(to: questions, answers) { start = start ?? .now }
            return SampledAnswers(
                lengths: groups.flatMap { $0.map(\.ids.count) },
                decodingSeconds: start.map { (.now - $0) / .seconds(1) } ?? 0)
        }
        guard setup.model.head.computeType == .bfloat16 else { return try sampled() }
        return try withRowwiseProducts(sampled)
    }

    private func plainPasses(
        over samples: [Sample], _ answers: PlannedAnswers, _ observer: some StepObserver
    ) throws -> StepSize {
        let questions = try observer.observe(.data) { try setup.prompts.questions(samples) }
        let sampled = try observer.observe(.rollout) { try self.answers(to: questions, answers) }
        if answers.areScored { _ = try observer.observe(.reward) { try sampler.score(questions, sampled) } }
        let groups = zip(questions, sampled).map { question, answers in
            PolicyGroup(
                label: question.sample.label, prompt: question.prompt, answers: answers.map(\.ids),
                sampled: answers.map(\.logProbabilities))
        }
        // The rows are those of this process, which has the first units.
        let units = try StepUnits(StepUnits(options.units, setup.world).own.count, SingleProcess())
        let placed = units.placed(
            units.own.map { Array(groups[units.share(of: groups.count, unit: $0)]) },
            updates: options.updatesPerRollout)
        var updates = try pack(placed.map(\.item), at: placed.map(\.place))
        try observer.observe(.reference) { try addLogProbabilities(to: &updates) }
        set(sampled.flatMap { $0.map { _ in 0 } }, in: &updates)
        var size = StepSize(questions, sampled)
        for batches in updates {
            size.microBatches += batches.count
            size.largestMicroBatch = max(
                size.largestMicroBatch, batches.map(\.batch.rowCount).max() ?? 0)
            let totals = try observer.observe(.gradients) {
                try self.totals(over: batches) { forward in observer.observe(.forward, forward) }
            }
            _ = try observer.observe(.optimizer) {
                let metrics = try setup.optimizerStep.update(
                    totals.gradients, loss: totals.sums.statistics.loss, step: 0, rows: samples.labels)
                _ = try syncReference()
                return metrics
            }
        }
        return size
    }

    private func answers(
        to questions: [Question], _ answers: PlannedAnswers, onToken: () -> Void = {}
    ) throws -> [[Generation]] {
        var sampling = SamplingOptions()
        sampling.temperature = options.temperature
        sampling.maxNewTokens = answers.tokens
        sampling.seed = setup.seed
        sampling.excludesBannedFromProbabilities = true
        return try sampler.answers(
            questions, numbers: questions.indices.map(UInt64.init), count: answers.count, options: sampling,
            cacheTokens: options.cacheTokens > 0 ? options.cacheTokens : nil,
            interruption: setup.interruption, onToken: onToken)
    }
}

extension StepSize {
    init(_ questions: [Question], _ answers: [[Generation]]) {
        self.init()
        rows = questions.count
        promptTokens = questions.reduce(0) { $0 + $1.prompt.ids.count }
        answerTokens = answers.flatMap { $0.map(\.ids.count) }
        truncated = answers.joined().count { $0.finishReason == .length }
        add(questions.flatMap(\.prompt.visuals))
    }

    mutating func add(_ visuals: [VisionInput]) {
        pixelValues += visuals.reduce(0) { $0 + $1.pixels.values.count }
        pictureTokens += visuals.reduce(0) { $0 + $1.tokenCount }
    }
}
