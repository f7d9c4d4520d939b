// bfloat16 and recomputed activations through whole models: what changes, what does not, and what it saves.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import TensorMath
@testable import VisionLanguageModel

@Suite("Mixed precision and gradient checkpointing")
struct PrecisionTests {
    /// One image and text, each with an answer.
    private func batch(_ training: TrainingCase) throws -> PackedBatch {
        var batch = PackedBatch()
        batch.append(try training.prompt(training.family.oneImage), answers: [[5, 6, 7, 758], [9, 758]])
        batch.append(try training.prompt("text_only"), answers: [[10, 11, 12, 758]])
        return batch
    }

    private func run(_ model: LanguageModel, _ batch: PackedBatch) -> (loss: Float, gradients: Gradients) {
        let weights = [Float](repeating: -0.1, count: batch.targets.count)
        return model.parameters.gradients { model.logProbabilities(batch).values.weightedSum(weights) }
    }

    private func distance(_ a: Gradients, _ b: Gradients) throws -> Double {
        var (apart, whole) = (0.0, 0.0)
        for (x, y) in zip(a.tensors, b.tensors) {
            let pairs = zip(try #require(x).elements, try #require(y).elements)
            for (x, y) in pairs {
                apart += Double(x - y) * Double(x - y)
                whole += Double(y) * Double(y)
            }
        }
        return (apart / whole).squareRoot()
    }

    @Test(
        "Log-probabilities in bfloat16 are within 0.1 of float32's, gradients within 3 % of their norm",
        arguments: TrainedFamily.allCases)
    func nearFloat32(_ family: TrainedFamily) throws {
        let training = try TrainingCase(family)
        let batch = try batch(training)
        let exact = training.model.logProbabilities(batch).values.elements
        let (_, gradients) = run(training.model, batch)
        training.model.parameters.setComputeType(.bfloat16)
        let rounded = training.model.logProbabilities(batch).values.elements
        expectClose(rounded, exact, absolute: 0.1, "log-probabilities")
        #expect(rounded != exact)
        let apart = try distance(run(training.model, batch).gradients, gradients)
        #expect(apart < 0.03 && apart > 0)
        training.model.parameters.setComputeType(.float32)
        #expect(training.model.logProbabilities(batch).values.elements == exact)
    }

    @Test(
        "A bfloat16 checkpoint used in bfloat16 has the bits of its float32 masters in mixed precision",
        arguments: TrainedFamily.allCases)
    func usedInBfloat16(_ family: TrainedFamily) throws {
        let training = try TrainingCase(family)
        training.model.parameters.setComputeType(.bfloat16)
        let batch = try batch(training)
        let used = try LoadedModel(
            path: Fixtures.url("checkpoints/\(family.rawValue)").path, compute: .bfloat16)
        for parameter in used.model.parameters.all {
            #expect(parameter.value.dtype == (parameter.role == .matrix ? .bfloat16 : .float32))
        }
        #expect(
            used.model.logProbabilities(batch).values.elements
                == training.model.logProbabilities(batch).values.elements)
        let request = GenerationRequest(prompt: try training.prompt(family.oneImage), number: 0)
        var options = SamplingOptions.greedy
        options.maxNewTokens = 8
        let answers = try [used, training.loaded].map { try $0.engine.generate([request], options: options) }
        #expect(answers[0] == answers[1])
    }

    @Test(
        "Recomputed layers give the loss and gradients of kept ones",
        arguments: TrainedFamily.allCases, [DType.float32, .bfloat16])
    func checkpointing(_ family: TrainedFamily, _ dtype: DType) throws {
        let training = try TrainingCase(family)
        training.model.parameters.setComputeType(dtype)
        let batch = try batch(training)
        let kept = run(training.model, batch)
        training.model.checkpointsGradients = true
        let recomputed = run(training.model, batch)
        #expect(recomputed.loss == kept.loss)
        try expectClose(recomputed.gradients, kept.gradients, relativeL2: 2e-5)
    }
}
