// From gradients to new weights: clipping, the learning rate of the step, AdamW; never a non-finite step.
public import Collectives
internal import ModelFamilies
internal import Rollouts
public import TensorMath
internal import TrainingData
public import VisionLanguageModel

/// Updates a model's weights from gradients.
public final class OptimizerStep {
    /// The optimizer with its moments.
    public let optimizer: AdamW
    private let store: ParameterStore
    /// Prefixes of the names of the vision tower's weights.
    private let visionPrefixes: [String]
    private let schedule: Schedule
    private let maxGradientNorm: Double
    private let world: any World
    /// So many skipped updates in a row end the run.
    private let skipLimit: Int
    /// Updates in a row that were left out because the loss or the gradient was not finite.
    public private(set) var skippedInARow = 0

    /// Prepares the optimizer of a model, whose weights are then split over the processes.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - options: AdamW.
    ///   - schedule: The learning rate of each step.
    ///   - maxGradientNorm: Gradients are scaled down to this norm; 0 leaves them unchanged.
    ///   - world: The processes that share a step.
    ///   - skipLimit: So many skipped updates in a row end the run.
    public init(
        _ model: LanguageModel, options: AdamWOptions, schedule: Schedule, maxGradientNorm: Double,
        world: any World = SingleProcess(), skipLimit: Int = NonFiniteOptions().skipLimit
    ) {
        store = model.parameters
        visionPrefixes = model.configuration.vision?.prefixes ?? []
        store.split(over: WorldGroup(world))
        optimizer = AdamW(store, options: options)
        (self.schedule, self.maxGradientNorm, self.world) = (schedule, maxGradientNorm, world)
        self.skipLimit = skipLimit
    }

    /// The learning rate of a step, counted from 0.
    func rate(at step: Int) -> Double { schedule.rate(at: step) }

    /// Continues the count of skipped updates of a saved run.
    public func restore(skippedInARow count: Int) { skippedInARow = count }

    /// Makes one update from the sums of the gradients; every process makes the same one.
    ///
    /// A loss or gradient that is not finite is skipped: the weights stay, `skipped_updates` is 1, and the norms that
    /// are not finite have no metric. So is a gradient whose squares, the second moments, are beyond float32: they
    /// would be infinite for good, and their weights would never change again.
    ///
    /// - Parameters:
    ///   - gradients: The sums over all processes; where they split the weights, this process's pieces.
    ///   - loss: The loss over the rows of all processes.
    ///   - step: The step, from 0.
    ///   - rows: Names the rows to blame when values are not finite.
    /// - Returns: The metrics of the update.
    /// - Throws: `NonFiniteTraining` after `skipLimit` skipped updates in a row, or when a weight is not finite
    ///   after the update.
    func update(
        _ gradients: Gradients, loss: Double = 0, step: Int, rows: @autoclosure () -> String
    ) throws -> [String: Double] {
        world.enter(phase: "update of the weights")
        let squares = try GradientSquares(gradients, of: store)
        let norm = squares.norm()
        func isVision(_ name: String) -> Bool { visionPrefixes.contains { name.hasPrefix($0) } }
        let rate = schedule.rate(at: step)
        var metrics = [
            "grad_norm": norm, "grad_norm/vision": squares.norm(where: isVision),
            "grad_norm/language": squares.norm { !isVision($0) }, "learning_rate": rate,
            "skipped_updates": 0,
        ]
        let scale = maxGradientNorm > 0 ? Gradients.clipFactor(norm: norm, limit: maxGradientNorm) : 1
        let hasMoments = norm * scale * norm * scale < Double(Float.greatestFiniteMagnitude)
        guard norm.isFinite, hasMoments, loss.isFinite else {
            skippedInARow += 1
            if skippedInARow >= skipLimit {
                throw problem(.gradient(inARow: skippedInARow), step: step, rows: rows())
            }
            metrics = metrics.filter(\.value.isFinite)
            metrics["skipped_updates"] = 1
            return metrics
        }
        skippedInARow = 0
        optimizer.step(gradients, learningRate: rate, scale: scale)
        try store.exchange { gradients.tensors[$0] != nil }
        if let name = try store.firstNonFinite() {
            throw problem(.weight(name: name), step: step, rows: rows())
        }
        return metrics
    }

    /// The error about values that are not finite in a step, counted from 0.
    func problem(_ value: NonFiniteTraining.Value, step: Int, rows: String) -> NonFiniteTraining {
        NonFiniteTraining(value: value, step: step + 1, rows: rows, rate: schedule.rate(at: step))
    }

    /// The line for the console about an update that was skipped; nil when the last one was not.
    func notice(rows: @autoclosure () -> String) -> String? {
        guard skippedInARow > 0 else { return nil }
        return "update skipped (\(skippedInARow) in a row, \(skipLimit) end the run): "
            + "the loss or the gradient is not finite at \(rows())"
    }
}

extension [Sample] {
    /// The first rows with their tasks, and how many more there are.
    var labels: String {
        let more = count - 3
        return prefix(3).map(\.label).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }
}
