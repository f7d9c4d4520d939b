// Supervised training against the reference: the loss, every gradient, and four AdamW steps of two recipes.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import TensorMath
@testable import VisionLanguageModel

/// One recipe of the golden: how it trains, and its losses before each step and after the last.
struct Recipe: Decodable {
    let lr: Double
    let wd: Double
    let clip: Double?
    let groups: Bool?
    let betas: [Double]?
    let losses: [Double]
    let grad_norms_before_clip: [Double]

    var options: AdamWOptions {
        var options = AdamWOptions()
        options.weightDecay = wd
        options.decayMatricesOnly = groups ?? false
        if let betas { (options.beta1, options.beta2) = (betas[0], betas[1]) }
        return options
    }
}

/// The supervised golden of a family: one image and an answer.
struct SupervisedGolden {
    struct Details: Decodable {
        let loss_f64: Double
        let grad_norm: Double
        let param_grad_norms: [String: Double]
        let adamw_plain: Recipe
        let adamw_clip_groups: Recipe
    }

    let training: TrainingCase
    let golden: Golden
    let details: Details
    let batch: PackedBatch

    init(_ family: TrainedFamily) throws {
        training = try TrainingCase(family)
        golden = try Golden("\(family.rawValue).sft_one_image")
        details = try golden.details(Details.self)
        let (ids, labels) = (try golden.integers("input_ids"), try golden.integers("labels"))
        let start = try #require(labels.firstIndex { $0 != -100 })
        #expect(Array(labels[start...]) == Array(ids[start...]))
        var batch = PackedBatch()
        batch.append(
            try training.prompt(ids: Array(ids[..<start]), images: ["photo_a"]),
            answers: [Array(ids[start...])])
        self.batch = batch
    }

    var store: ParameterStore { training.model.parameters }

    func lossAndGradients() -> (loss: Float, gradients: Gradients) {
        let weights = [Float](repeating: -1 / Float(batch.targets.count), count: batch.targets.count)
        return store.gradients { training.model.logProbabilities(batch).values.weightedSum(weights) }
    }

    /// Weights after the first step, which moves each by about the learning rate against its gradient.
    ///
    /// Where the clipped gradient is below 3e-6, rounding decides how far.
    func expectWeights(_ prefix: String, _ gradients: Gradients, scale: Float) throws {
        let stored = golden.arrayNames.filter { $0.hasPrefix(prefix) }
        #expect(stored.count >= 9)
        for array in stored {
            let name = String(array.dropFirst(prefix.count))
            let slopes = try #require(gradients[name]).elements
            let places = golden.places(of: array, count: slopes.count)
            let firm = zip(places, try golden.floats(array)).filter { abs(slopes[$0.0] * scale) >= 3e-6 }
            // Rows of an embedding table that no token used do not move.
            let used = places.filter { slopes[$0] != 0 }.count
            #expect(2 * firm.count > used, "\(array): \(firm.count) of \(used)")
            let found = try #require(store[name]).value.elements
            expectClose(firm.map { found[$0.0] }, firm.map(\.1), absolute: 1e-6, array)
        }
    }
}

@Suite("Supervised training against the reference")
struct SupervisedGoldenTests {
    @Test("The loss is within 1e-5", arguments: TrainedFamily.allCases)
    func loss(_ family: TrainedFamily) throws {
        let reference = try SupervisedGolden(family)
        expectClose(
            Double(reference.lossAndGradients().loss), reference.details.loss_f64, absolute: 1e-5, "loss")
    }

    @Test(
        "Every gradient is within 1e-4 relative L2 of the reference's, and its norm within 1e-4",
        arguments: TrainedFamily.allCases)
    func gradients(_ family: TrainedFamily) throws {
        let reference = try SupervisedGolden(family)
        let (golden, details) = (reference.golden, reference.details)
        let gradients = reference.lossAndGradients().gradients
        let stored = golden.arrayNames.filter { $0.hasPrefix("grad.") }
        #expect(Set(stored) == Set(details.param_grad_norms.keys.map { "grad.\($0)" }))
        for array in stored {
            let name = String(array.dropFirst("grad.".count))
            let found = try #require(gradients[name])
            try golden.expectArray(
                found.elements, shape: found.shape, array, relativeL2: 1e-4,
                floor: zeroFloor(gradients, of: name))
        }
        expectNorms(gradients, details.param_grad_norms, relative: 1e-4)
        expectClose(gradients.norm(), details.grad_norm, relative: 1e-5, "norm of the whole gradient")
    }

    @Test("Frozen weights get no gradient and change no other one", arguments: TrainedFamily.allCases)
    func frozen(_ family: TrainedFamily) throws {
        let reference = try SupervisedGolden(family)
        let all = reference.lossAndGradients().gradients
        reference.store.freeze(prefixes: [family.visionPrefix, family.embedding])
        let some = reference.lossAndGradients().gradients
        for (name, pair) in zip(all.names, zip(all.tensors, some.tensors)) {
            let isFrozen = name.hasPrefix(family.visionPrefix) || name == family.embedding
            #expect((pair.1 == nil) == isFrozen, "\(name)")
            if let kept = pair.1 { #expect(kept.elements == (try #require(pair.0)).elements, "\(name)") }
        }
    }

    @Test(
        "Four AdamW steps follow the reference", arguments: TrainedFamily.allCases, ["plain", "clip_groups"])
    func steps(_ family: TrainedFamily, _ name: String) throws {
        let reference = try SupervisedGolden(family)
        let details = reference.details
        let recipe = name == "plain" ? details.adamw_plain : details.adamw_clip_groups
        let optimizer = AdamW(reference.store, options: recipe.options)
        for (step, norm) in recipe.grad_norms_before_clip.enumerated() {
            let (loss, gradients) = reference.lossAndGradients()
            expectClose(
                Double(loss), recipe.losses[step], relative: 1e-3, "\(name) loss before step \(step + 1)")
            expectClose(gradients.norm(), norm, relative: 1e-3, "\(name) gradient norm of step \(step + 1)")
            let scale = recipe.clip.map { Gradients.clipFactor(norm: gradients.norm(), limit: $0) } ?? 1
            optimizer.step(gradients, learningRate: recipe.lr, scale: scale)
            if step == 0 {
                try reference.expectWeights("adamw_\(name).step1.", gradients, scale: Float(scale))
            }
        }
        expectClose(
            Double(reference.lossAndGradients().loss), try #require(recipe.losses.last), relative: 1e-3,
            "\(name) last loss")
    }
}
