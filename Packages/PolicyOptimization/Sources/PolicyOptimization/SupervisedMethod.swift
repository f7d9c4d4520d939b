// The supervised warm start: cross-entropy on the rows' own answers; prompts are not scored.
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

/// `loss = -mean log p(answer token)` over all answer tokens of the batch.
public struct SupervisedMethod: TrainingMethod {
    private let setup: TrainingSetup
    private let options: SupervisedOptions

    /// The method over a run's parts.
    public init(_ setup: TrainingSetup, options: SupervisedOptions) {
        (self.setup, self.options) = (setup, options)
    }

    /// Makes one step: reads rows, computes gradients, updates the weights.
    public func step(_ step: Int) throws -> StepRecord {
        var time = PhaseTimer()
        let rows = try time("data") { try self.rows(of: step) }
        let (loss, gradients) = try time("gradients") { try self.gradients(of: rows) }
        var metrics = try time("update") { try setup.optimizerStep.update(gradients, step: step) }
        metrics["loss"] = loss
        metrics["step_tokens"] = Double(rows.reduce(0) { $0 + $1.prompt.ids.count + $1.answer.count })
        var record = StepRecord(metrics: metrics, timings: time.seconds)
        record.headline = "loss \(fixed(loss, 4))"
        return record
    }

    private typealias Row = (prompt: Prompt, answer: [Int32])

    /// This process's share of a step's rows.
    private func rows(of step: Int) throws -> [Row] {
        try setup.interruption.check()
        let questions = try setup.prompts.questions(setup.rows(step: step, count: options.batchSize))
        return try questions.map { (prompt: $0.prompt, answer: try setup.prompts.supervisedAnswer($0)) }
    }

    /// Loss and gradients, micro-batch by micro-batch; the mean is over the answer tokens of all processes.
    private func gradients(of rows: [Row]) throws -> (loss: Double, Gradients) {
        let parameters = setup.model.parameters
        var tokens = [Double(rows.reduce(0) { $0 + $1.answer.count })]
        try setup.world.sum(&tokens)
        var (loss, sum) = (0.0, Gradients.none(parameters))
        for batch in Self.batches(rows, limit: setup.microBatchTokens) {
            try setup.interruption.check()
            try setup.model.requireMemory(forBackwardOver: batch.rowCount, advice: "lower microBatchTokens")
            let weights = [Float](repeating: -1 / Float(max(1, tokens[0])), count: batch.targets.count)
            let part = parameters.gradients {
                setup.model.logProbabilities(batch).values.weightedSum(weights)
            }
            loss += Double(part.loss)
            sum.add(part.gradients)
        }
        return (loss, sum)
    }

    /// Packs rows into batches of at most `limit` tokens; a longer row has a batch of its own.
    private static func batches(_ rows: [Row], limit: Int) -> [PackedBatch] {
        var batches = [PackedBatch()]
        for row in rows {
            let known = batches[batches.count - 1].rowCount
            if known > 0 && known + row.prompt.ids.count + row.answer.count > limit {
                batches.append(PackedBatch())
            }
            batches[batches.count - 1].append(row.prompt, answers: [row.answer])
        }
        return batches.filter { $0.rowCount > 0 }
    }
}
