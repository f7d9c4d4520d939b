// The supervised warm start: cross-entropy on the answers of the rows, masked to the answer.
internal import Collectives
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// `loss = -mean log p(answer token)` over all answer tokens of the batch.
struct SupervisedMethod: TrainingMethod {
    let configuration: RunConfiguration
    let model: Qwen25VL
    let samples: [Sample]
    let maker: QuestionMaker
    let updater: Updater
    let interruption: Interruption
    /// The processes that share a step's rows.
    let world: any World

    func step(_ step: Int) throws -> StepRecord {
        var watch = Stopwatch()
        let order = BatchOrder(sampleCount: samples.count, seed: configuration.seed)
        let count = configuration.sft.batchSize
        let share = count * world.rank / world.size..<count * (world.rank + 1) / world.size
        let rows = try order.indices(step: step, batchSize: count)[share].map { index in
            let question = try maker.question(samples[index])
            return (prompt: question.prompt, answer: try maker.supervisedAnswer(question))
        }
        try interruption.check()
        var record = StepRecord()
        record.timings["timing/data"] = watch.lap()
        var tokens = [Double(rows.reduce(0) { $0 + $1.answer.count })]
        try world.sum(&tokens)
        var (loss, gradients): (Double, Gradients?) = (0, nil)
        for batch in Self.batches(rows, limit: configuration.microBatchTokens) {
            let weights = [Float](repeating: -1 / Float(max(1, tokens[0])), count: batch.targets.count)
            let part = model.parameters.gradients {
                model.logProbabilities(batch).values.weightedSum(weights)
            }
            loss += Double(part.loss)
            gradients.add(part.gradients)
        }
        record.timings["timing/gradients"] = watch.lap()
        if let gradients { record.metrics = try updater.update(gradients, step: step) }
        record.timings["timing/update"] = watch.lap()
        record.metrics["loss"] = loss
        record.metrics["num_tokens"] = Double(rows.reduce(0) { $0 + $1.prompt.ids.count + $1.answer.count })
        record.headline = "loss \(fixed(loss, 4))"
        return record
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

extension Gradients? {
    /// Adds a micro-batch's gradients; the first are taken as they are.
    mutating func add(_ more: Gradients) {
        if self == nil { self = more } else { self?.add(more) }
    }
}
