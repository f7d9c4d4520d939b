// The passes of a supervised step over given rows.
internal import Collectives
internal import Rollouts
internal import TensorMath
public import TrainingData
internal import VisionLanguageModel

extension SupervisedMethod: PlannedMethod {
    /// Makes the passes of a supervised step over given rows; see `PlannedMethod`.
    public func passes(
        over samples: [Sample], _ answers: PlannedAnswers, _ observer: some StepObserver
    ) throws -> StepSize {
        let rows = try observer.observe(.data) { try self.rows(of: samples) }
        // The rows are those of this process, which has the first units.
        let units = try StepUnits(
            StepUnits(options.units, setup.world, setting: "sft.units").own.count, SingleProcess())
        let shares = units.own.map { unit in
            Share(unit: unit, rows: Array(rows[units.share(of: rows.count, unit: unit)]))
        }
        let tokens = try targetCount(of: rows)
        let totals = try observer.observe(.gradients) {
            try self.totals(over: shares, targetCount: tokens) { forward in
                observer.observe(.forward, forward)
            }
        }
        _ = try observer.observe(.optimizer) {
            try setup.optimizerStep.update(
                totals.gradients, loss: totals.sums.loss, step: 0, rows: samples.labels)
        }
        var size = StepSize()
        size.rows = rows.count
        size.promptTokens = rows.reduce(0) { $0 + $1.prompt.ids.count }
        size.answerTokens = rows.map(\.answer.count)
        size.add(rows.flatMap(\.prompt.visuals))
        let batches = shares.flatMap { Self.batches($0.rows, limit: setup.microBatchTokens) }
        (size.microBatches, size.largestMicroBatch) = (
            batches.count, batches.map(\.batch.rowCount).max() ?? 0
        )
        return size
    }

    /// Nothing: no answers are sampled; see `PlannedMethod`.
    public func sampled(over samples: [Sample], _ answers: PlannedAnswers) -> SampledAnswers {
        SampledAnswers()
    }
}
