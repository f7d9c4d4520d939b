// From gradients to new weights: clipping, the learning rate of the step, AdamW; never a non-finite step.
internal import Collectives
internal import TensorMath
internal import VisionLanguageModel

/// Applies gradients to a model.
final class Updater {
    /// The optimiser with its moments.
    let optimizer: AdamW
    private let store: ParameterStore
    /// Beginnings of the names of the vision tower's weights.
    private let visionPrefixes: [String]
    private let world: any World
    private let configuration: RunConfiguration
    private var nonFiniteInARow = 0
    private static let nonFiniteLimit = 5

    init(_ model: LanguageModel, _ configuration: RunConfiguration, world: any World) {
        store = model.parameters
        visionPrefixes = model.configuration.visionPrefixes
        self.world = world
        optimizer = AdamW(store, options: configuration.optimizer)
        self.configuration = configuration
    }

    /// Makes one update from this process's share of the gradients and returns its metrics.
    ///
    /// - Throws: `RunError.nonFiniteGradients` after several non-finite gradients in a row; a single one is
    ///   skipped and counted in `skipped_updates`.
    func update(_ share: Gradients, step: Int) throws -> [String: Double] {
        let gradients = world.size == 1 ? share : try share.summed(store) { try world.sum($0) }
        let norm = gradients.norm()
        func isVision(_ name: String) -> Bool { visionPrefixes.contains { name.hasPrefix($0) } }
        let rate = configuration.schedule.rate(at: step)
        var metrics = [
            "grad_norm": norm, "grad_norm/vision": gradients.norm(where: isVision),
            "grad_norm/language": gradients.norm { !isVision($0) }, "learning_rate": rate,
            "skipped_updates": 0,
        ]
        guard norm.isFinite else {
            nonFiniteInARow += 1
            if nonFiniteInARow >= Self.nonFiniteLimit {
                throw RunError.nonFiniteGradients(step: step + 1, inARow: nonFiniteInARow)
            }
            for key in metrics.keys where !(metrics[key] ?? 0).isFinite { metrics[key] = -1 }
            metrics["skipped_updates"] = 1
            return metrics
        }
        nonFiniteInARow = 0
        let limit = configuration.maxGradientNorm
        let scale = limit > 0 ? Gradients.clipFactor(norm: norm, limit: limit) : 1
        optimizer.step(gradients, learningRate: rate, scale: scale)
        return metrics
    }
}
