// The supervised warm start: cross-entropy on the answers of the rows, masked to the answer.
internal import Collectives
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// `loss = -mean log p(answer token)` over all answer tokens of the batch.
struct SupervisedMethod: TrainingMethod {
    let configuration: RunConfiguration
    let model: LanguageModel
    let samples: [Sample]
    let maker: QuestionMaker
    let updater: Updater
    let interruption: Interruption
    /// The processes that share a step's rows.
    let world: any World

    func step(_ step: Int) throws -> StepRecord {
        var time = PhaseTimer()
        let rows = try time("data") { try self.rows(of: step) }
        let (loss, gradients) = try time("gradients") { try self.gradients(of: rows) }
        var metrics = try time("update") { try updater.update(gradients, step: step) }
        metrics["loss"] = loss
        metrics["num_tokens"] = Double(rows.reduce(0) { $0 + $1.prompt.ids.count + $1.answer.count })
        var record = StepRecord(metrics: metrics, timings: time.seconds)
        record.headline = "loss \(fixed(loss, 4))"
        return record
    }

    private typealias Row = (prompt: Prompt, answer: [Int32])

    /// This process's share of a step's rows.
    private func rows(of step: Int) throws -> [Row] {
        try interruption.check()
        let count = configuration.sft.batchSize
        let share = count * world.rank / world.size..<count * (world.rank + 1) / world.size
        let order = BatchOrder(sampleCount: samples.count, seed: configuration.seed)
        return try order.indices(step: step, batchSize: count)[share].map { index in
            let question = try maker.question(samples[index])
            return (prompt: question.prompt, answer: try maker.supervisedAnswer(question))
        }
    }

    /// Loss and gradients, micro-batch by micro-batch; the mean is over the answer tokens of all processes.
    private func gradients(of rows: [Row]) throws -> (loss: Double, Gradients) {
        var tokens = [Double(rows.reduce(0) { $0 + $1.answer.count })]
        try world.sum(&tokens)
        var (loss, sum) = (0.0, Gradients.none(model.parameters))
        for batch in Self.batches(rows, limit: configuration.microBatchTokens) {
            try interruption.check()
            let weights = [Float](repeating: -1 / Float(max(1, tokens[0])), count: batch.targets.count)
            let part = model.parameters.gradients {
                model.logProbabilities(batch).values.weightedSum(weights)
            }
            loss += Double(part.loss)
            sum.add(part.gradients)
        }
        return (loss, sum)
    }

    /// Packs rows until a batch holds `limit` tokens; a longer row stands alone.
    static func batches(_ rows: [(prompt: Prompt, answer: [Int32])], limit: Int) -> [PackedBatch] {
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
