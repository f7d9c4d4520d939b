// Gradients that are not finite: skipped, counted, and the end of the run after five in a row.
import TestKit
import Testing

@testable import PolicyOptimization
@testable import TensorMath
@testable import VisionLanguageModel

@Suite("Optimizer steps")
struct OptimizerStepTests {
    private let training: TrainingCase
    private let optimizerStep: OptimizerStep

    init() throws {
        training = try TrainingCase()
        optimizerStep = OptimizerStep(
            training.model, options: AdamWOptions(), schedule: Schedule(peak: 1e-2, totalSteps: 20),
            maxGradientNorm: 1)
    }

    /// A gradient of the last norm, which is the language model's, with `value` in every element.
    private func gradients(_ value: Float) -> Gradients {
        let all = training.model.parameters.all
        return Gradients(
            names: all.map(\.name),
            tensors: all.map {
                $0.name == "model.norm.weight" ? Tensor(repeating: value, shape: $0.value.shape) : nil
            })
    }

    private var weight: [Float] {
        get throws { try #require(training.model.parameters["model.norm.weight"]).value.elements }
    }

    @Test(
        "A gradient that is not finite changes no weight, and its norm has no metric",
        arguments: [Float.nan, .infinity])
    func skip(_ value: Float) throws {
        let before = try weight
        let metrics = try optimizerStep.update(gradients(value), step: 0, rows: "a.jsonl:3 (task open)")
        #expect(metrics["skipped_updates"] == 1 && optimizerStep.optimizer.stepCount == 0)
        #expect(metrics["grad_norm"] == nil && metrics["grad_norm/language"] == nil)
        #expect(metrics["grad_norm/vision"] == 0 && metrics.values.allSatisfy(\.isFinite))
        #expect(try weight == before)
        let good = try optimizerStep.update(gradients(1), step: 1, rows: "a.jsonl:3 (task open)")
        #expect(good["skipped_updates"] == 0 && (good["grad_norm"] ?? 0) > 0)
        #expect(try weight != before)
    }

    @Test(
        "A gradient whose squares are beyond float32 is skipped, because its second moments would be infinite"
    )
    func moments() throws {
        let free = OptimizerStep(
            training.model, options: AdamWOptions(), schedule: Schedule(peak: 1e-2, totalSteps: 20),
            maxGradientNorm: 0)
        let before = try weight
        #expect(try free.update(gradients(1e20), step: 0, rows: "a.jsonl:3")["skipped_updates"] == 1)
        #expect(try weight == before && free.optimizer.stepCount == 0)
        #expect(try free.update(gradients(1e17), step: 1, rows: "a.jsonl:3")["skipped_updates"] == 0)
        // Clipped, the same gradient is an ordinary one.
        #expect(
            try optimizerStep.update(gradients(1e20), step: 0, rows: "a.jsonl:3")["skipped_updates"] == 0)
    }

    @Test("Five in a row stop the run; a finite gradient starts the count again")
    func stop() throws {
        for step in 0..<4 {
            _ = try optimizerStep.update(gradients(.nan), step: step, rows: "a.jsonl:3 (task open)")
        }
        _ = try optimizerStep.update(gradients(1), step: 4, rows: "a.jsonl:3 (task open)")
        for step in 5..<9 {
            _ = try optimizerStep.update(gradients(.nan), step: step, rows: "a.jsonl:3 (task open)")
        }
        let error = #expect(throws: NonFiniteTraining.self) {
            try optimizerStep.update(gradients(.nan), step: 9, rows: "a.jsonl:3 (task open)")
        }
        #expect(error?.step == 10 && error?.value == .gradient(inARow: 5))
        let message = try #require(error).description
        for part in ["step 10", "a.jsonl:3 (task open)", "learningRate.peak below 0.01", "float32"] {
            #expect(message.contains(part), "\(message)")
        }
    }

    @Test("A loss that is not finite skips the update too, and the notice names the row")
    func loss() throws {
        let before = try weight
        let metrics = try optimizerStep.update(gradients(1), loss: .infinity, step: 0, rows: "")
        #expect(try metrics["skipped_updates"] == 1 && weight == before)
        #expect(optimizerStep.notice(rows: "a.jsonl:3")?.contains("a.jsonl:3") == true)
        _ = try optimizerStep.update(gradients(1), loss: 1, step: 1, rows: "")
        #expect(optimizerStep.notice(rows: "a.jsonl:3") == nil)
    }

    @Test("An update that makes a weight infinite stops the run and names the weight")
    func weights() throws {
        let wild = OptimizerStep(
            training.model, options: AdamWOptions(), schedule: Schedule(peak: 1e39, totalSteps: 2),
            maxGradientNorm: 1)
        let error = #expect(throws: NonFiniteTraining.self) {
            try wild.update(gradients(1), step: 0, rows: "a.jsonl:3")
        }
        #expect(error?.value == .weight(name: "model.norm.weight") && error?.step == 1)
    }
}
