public import Collectives
// From gradients to new weights: clipping, the learning rate of the step, AdamW; never a non-finite step.
internal import ModelFamilies
public import TensorMath
public import VisionLanguageModel

/// Gradients that were not finite several times in a row.
struct NonFiniteGradients: Error, CustomStringConvertible, Equatable {
    /// The step, counted from 1.
    let step: Int
    /// How many in a row.
    let count: Int

    /// One sentence for the user.
    var description: String {
        "step \(step): the gradient is not finite, \(count) times in a row; "
            + "the run stops before it harms the weights"
    }
}

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
    private var nonFiniteInARow = 0
    private static let nonFiniteLimit = 5

    /// Prepares the optimizer of a model.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - options: AdamW.
    ///   - schedule: The learning rate of each step.
    ///   - maxGradientNorm: Gradients are scaled down to this norm; 0 leaves them unchanged.
    ///   - world: The processes that share a step.
    public init(
        _ model: LanguageModel, options: AdamWOptions, schedule: Schedule, maxGradientNorm: Double,
        world: any World = SingleProcess()
    ) {
        store = model.parameters
        visionPrefixes = model.configuration.vision?.prefixes ?? []
        optimizer = AdamW(model.parameters, options: options)
        (self.schedule, self.maxGradientNorm, self.world) = (schedule, maxGradientNorm, world)
    }

    /// Makes one update from this process's share of the gradients.
    ///
    /// A non-finite gradient is skipped: the weights stay, `skipped_updates` is 1, and the norms that are
    /// not finite have no metric.
    ///
    /// - Parameters:
    ///   - share: The gradients of this process's rows.
    ///   - step: The step, from 0.
    /// - Returns: The metrics of the update.
    /// - Throws: `NonFiniteGradients` after five non-finite gradients in a row.
    func update(_ share: Gradients, step: Int) throws -> [String: Double] {
        let gradients = world.size == 1 ? share : try share.summed(store) { try world.sum($0) }
        let norm = gradients.norm()
        func isVision(_ name: String) -> Bool { visionPrefixes.contains { name.hasPrefix($0) } }
        let rate = schedule.rate(at: step)
        var metrics = [
            "grad_norm": norm, "grad_norm/vision": gradients.norm(where: isVision),
            "grad_norm/language": gradients.norm { !isVision($0) }, "learning_rate": rate,
            "skipped_updates": 0,
        ]
        guard norm.isFinite else {
            nonFiniteInARow += 1
            if nonFiniteInARow >= Self.nonFiniteLimit {
                throw NonFiniteGradients(step: step + 1, count: nonFiniteInARow)
            }
            metrics = metrics.filter(\.value.isFinite)
            metrics["skipped_updates"] = 1
            return metrics
        }
        nonFiniteInARow = 0
        let scale = maxGradientNorm > 0 ? Gradients.clipFactor(norm: norm, limit: maxGradientNorm) : 1
        optimizer.step(gradients, learningRate: rate, scale: scale)
        return metrics
    }
}
