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
        let (loss, gradients, bad) = try time("gradients") { try self.gradients(of: rows) }
        let names = bad?.label ?? rows.map(\.sample).labels
        var metrics = try time("update") {
            try setup.optimizerStep.update(gradients, loss: loss, step: step, rows: names)
        }
        metrics["loss"] = loss
        metrics["step_tokens"] = Double(rows.reduce(0) { $0 + $1.prompt.ids.count + $1.answer.count })
        var record = StepRecord(metrics: metrics, timings: time.seconds)
        record.headline = "loss \(fixed(loss, 4))"
        if let notice = setup.optimizerStep.notice(rows: names) { record.notices.append(notice) }
        return record
    }

    struct Row {
        let sample: Sample
        let prompt: Prompt
        /// Rows of the prompt that are taught.
        let turns: [Range<Int>]
        let answer: [Int32]

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
                sample: question.sample, prompt: question.prompt,
                turns: setup.prompts.supervisedTurns(question),
                answer: try setup.prompts.supervisedAnswer(question))
        }
    }

    /// Loss and gradients, micro-batch by micro-batch, and the first row with a loss that is not finite; the mean
    /// is over the taught tokens of all processes.
    func gradients(
        of rows: [Row], observed: (() -> Tensor) -> Tensor = { $0() }
    ) throws -> (loss: Double, Gradients, bad: Sample?) {
        let parameters = setup.model.parameters
        var tokens = [Double(rows.reduce(0) { $0 + $1.targetCount })]
        try setup.world.sum(&tokens)
        var (loss, sum, bad, rest) = (0.0, Gradients.none(parameters), Sample?.none, rows[...])
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
            loss += Double(part.loss)
            sum.add(part.gradients)
            let members = rest.prefix(batch.answerRanges.count)
            rest = rest.dropFirst(members.count)
            bad =
                bad ?? batch.answerOfFirstNonFinite(values).map { members[members.startIndex + $0].sample }
        }
        return (loss, sum, bad)
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
