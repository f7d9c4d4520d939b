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
    /// Shares of a step's rows whose gradients are computed one by one and added as a binary tree, a power of two, at
    /// most `batchSize`.
    ///
    /// The update is the same, bit for bit, for any number of processes up to this one. Gradients take
    /// 1 + log2(units / processes) times the memory.
    public var units = 1

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
        let shares = try setup.together("data") { try time("data") { try self.shares(of: step) } }
        let rows = shares.flatMap(\.rows)
        let tokens = try targetCount(of: rows)
        let totals = try time("gradients") { try self.totals(over: shares, targetCount: tokens) }
        if setup.world.size > 1 { time.add(totals.hiddenSeconds, to: "communication_hidden") }
        var sums = totals.sums
        var counts = [sums.loss, Double(rows.reduce(0) { $0 + $1.prompt.ids.count + $1.answer.count })]
        try setup.world.sum(&counts)
        sums.loss = counts[0]
        let names = try setup.world.first(sums.bad?.label) ?? rows.map(\.question.sample).labels
        var (metrics, notice) = try time("update") {
            try setup.update(totals.gradients, loss: sums.loss, step: step, rows: names) {
                dump(rows, sums, $0, step: step, problem: $1, badWeight: $2)
            }
        }
        metrics["loss"] = sums.loss
        metrics["step_tokens"] = counts[1]
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

    /// The rows of a unit of a step.
    struct Share {
        let unit: Int
        let rows: [Row]
    }

    /// The rows of this process's units.
    private func shares(of step: Int) throws -> [Share] {
        let units = try StepUnits(options.units, setup.world, setting: "sft.units")
        return try units.own.map { unit in
            let places = units.share(of: options.batchSize, unit: unit)
            let first = step * options.batchSize
            let samples = setup.rows(at: first + places.lowerBound..<first + places.upperBound)
            return Share(unit: unit, rows: try rows(of: samples))
        }
    }

    /// The taught tokens of all processes.
    func targetCount(of rows: [Row]) throws -> Double {
        var tokens = [Double(rows.reduce(0) { $0 + $1.targetCount })]
        try setup.world.sum(&tokens)
        return tokens[0]
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
    struct StepSums: MicroBatchSums {
        var loss = 0.0
        /// The first row with a log-probability that is not finite.
        var bad: Sample?
        /// The micro-batches with the log-probabilities of what they teach.
        var batches: [(batch: PackedBatch, values: [Float])] = []

        /// Adds the sums of the micro-batches that come after these.
        mutating func add(_ other: StepSums) {
            loss += other.loss
            bad = bad ?? other.bad
            batches += other.batches
        }
    }

    /// Loss and gradients of a step's micro-batches.
    ///
    /// - Parameters:
    ///   - shares: The rows of each unit.
    ///   - targetCount: The taught tokens of all processes, over which the loss is the mean.
    ///   - observed: Runs the forward pass of each micro-batch.
    /// - Returns: The totals.
    /// - Throws: As `TrainingSetup.totals`.
    func totals(
        over shares: [Share], targetCount: Double, observed: (() -> Tensor) -> Tensor = { $0() }
    ) throws -> UpdateTotals<StepSums> {
        let units = shares.map {
            UnitBatches(unit: $0.unit, batches: Self.batches($0.rows, limit: setup.microBatchTokens))
        }
        let weight = -1 / Float(max(1, targetCount))
        return try setup.totals(over: units, rows: \.batch.rowCount) { part, sums in
            observed {
                let scored = setup.model.logProbabilities(part.batch).values
                let loss = scored.weightedSum([Float](repeating: weight, count: part.batch.targets.count))
                let values = scored.elements
                sums.loss += Double(loss.scalar)
                sums.batches.append((part.batch, values))
                sums.bad =
                    sums.bad
                    ?? part.batch.answerOfFirstNonFinite(values).map { part.rows[$0].question.sample }
                return loss
            }
        }
    }

    /// Rows that one pass computes.
    struct Batch {
        var batch = PackedBatch()
        var rows: [Row] = []
    }

    /// Packs rows into batches of at most `limit` tokens; a longer row has a batch of its own.
    static func batches(_ rows: [Row], limit: Int) -> [Batch] {
        var batches = [Batch()]
        for row in rows {
            let known = batches[batches.count - 1].batch.rowCount
            if known > 0 && known + row.prompt.ids.count + row.answer.count > limit {
                batches.append(Batch())
            }
            batches[batches.count - 1].rows.append(row)
            batches[batches.count - 1].batch.append(row.prompt, answers: [row.answer], scoring: row.turns)
        }
        return batches.filter { $0.batch.rowCount > 0 }
    }
}
