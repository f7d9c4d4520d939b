// The supervised warm start: cross-entropy on the rows' own answers, in a conversation on every turn of the assistant.
internal import Collectives
internal import Rollouts
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// Settings of the supervised warm start.
public struct SupervisedOptions: Codable, Sendable, Equatable {
    /// Rows per step.
    public var batchSize = 16

    /// The defaults.
    public init() {}
}

/// `loss = -mean log p(token)` over all tokens of answers and of the assistant's earlier turns in the batch.
public struct SupervisedMethod: TrainingMethod {
    let setup: TrainingSetup
    let options: SupervisedOptions

    /// The method over a run's parts.
    public init(_ setup: TrainingSetup, options: SupervisedOptions) {
        (self.setup, self.options) = (setup, options)
    }

    /// Nothing: a step depends on its number only.
    public var saved: MethodState {
        get { MethodState() }
        set {}
    }

    /// Makes one step: reads rows, computes gradients, updates the weights.
    public func step(_ step: Int) throws -> StepRecord {
        var time = PhaseTimer()
        let rows = try time("data") { try self.rows(of: step) }
        let sums = try time("gradients") { try self.sums(over: rows) }
        let names = sums.bad?.label ?? rows.map(\.question.sample).labels
        var (metrics, notice) = try time("update") {
            try setup.update(sums.gradients, loss: sums.loss, step: step, rows: names) {
                dump(rows, sums, step: step, problem: $0, badWeight: $1)
            }
        }
        metrics["loss"] = sums.loss
        metrics["step_tokens"] = Double(rows.reduce(0) { $0 + $1.prompt.ids.count + $1.answer.count })
        var record = StepRecord(metrics: metrics, timings: time.seconds)
        record.headline = "loss \(fixed(sums.loss, 4))"
        if let notice { record.notices.append(notice) }
        return record
    }

    struct Row {
        let question: Question
        /// Rows of the prompt that are taught.
        let turns: [Range<Int>]
        let answer: [Int32]

        var prompt: Prompt { question.prompt }
        var targetCount: Int { answer.count + turns.reduce(0) { $0 + $1.count } }
    }

    /// This process's share of a step's rows.
    private func rows(of step: Int) throws -> [Row] {
        try self.rows(of: setup.rows(step: step, count: options.batchSize))
    }

    /// Rows with their prompts and what is taught of them.
    func rows(of samples: [Sample]) throws -> [Row] {
        try setup.interruption.check()
        return try setup.prompts.questions(samples).map { question in
            Row(
                question: question, turns: setup.prompts.supervisedTurns(question),
                answer: try setup.prompts.supervisedAnswer(question))
        }
    }

    /// What a step sums over its micro-batches.
    struct StepSums {
        var loss = 0.0
        var gradients: Gradients
        /// The first row with a log-probability that is not finite.
        var bad: Sample?
        /// The micro-batches with the log-probabilities of what they teach.
        var batches: [(batch: PackedBatch, values: [Float])] = []
    }

    /// Loss and gradients, micro-batch by micro-batch; the mean is over the taught tokens of all processes.
    func sums(
        over rows: [Row], observed: (() -> Tensor) -> Tensor = { $0() }
    ) throws -> StepSums {
        let parameters = setup.model.parameters
        var tokens = [Double(rows.reduce(0) { $0 + $1.targetCount })]
        try setup.world.sum(&tokens)
        var (sums, rest) = (StepSums(gradients: .none(parameters)), rows[...])
        for (number, batch) in Self.batches(rows, limit: setup.microBatchTokens).enumerated() {
            try setup.interruption.check()
            try setup.model.requireMemory(forBackwardOver: batch.rowCount, advice: "lower microBatchTokens")
            let weights = [Float](repeating: -1 / Float(max(1, tokens[0])), count: batch.targets.count)
            var values: [Float] = []
            let part = setup.gradients(ofMicroBatch: number) {
                observed {
                    let scored = setup.model.logProbabilities(batch).values
                    values = scored.elements
                    return scored.weightedSum(weights)
                }
            }
            sums.loss += Double(part.loss)
            sums.gradients.add(part.gradients)
            sums.batches.append((batch, values))
            let members = rest.prefix(batch.answerRanges.count)
            rest = rest.dropFirst(members.count)
            sums.bad =
                sums.bad
                ?? batch.answerOfFirstNonFinite(values).map {
                    members[members.startIndex + $0].question.sample
                }
        }
        return sums
    }

    /// Packs rows into batches of at most `limit` tokens; a longer row has a batch of its own.
    static func batches(_ rows: [Row], limit: Int) -> [PackedBatch] {
        var batches = [PackedBatch()]
        for row in rows {
            let known = batches[batches.count - 1].rowCount
            if known > 0 && known + row.prompt.ids.count + row.answer.count > limit {
                batches.append(PackedBatch())
            }
            batches[batches.count - 1].append(
                row.prompt, answers: [row.answer], scoring: row.turns)
        }
        return batches.filter { $0.rowCount > 0 }
    }
}
