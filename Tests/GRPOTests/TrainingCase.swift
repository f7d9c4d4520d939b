// What the golden tests of training share: the tiny model, its prompts, comparisons of whole gradients.
import Checkpoint
import Foundation
import TensorMath
import TestKit
import Testing
import VisionLanguageModel

/// The tiny model of the goldens with its prompts.
struct TrainingCase {
    let loaded: LoadedModel

    var model: LanguageModel { loaded.model }

    init() throws { loaded = try LoadedModel(path: Fixtures.url("checkpoints/qwen25vl-tiny").path) }

    /// The model of a checkpoint that may lack a tokenizer.
    static func model(_ checkpoint: String) throws -> LanguageModel {
        try LanguageModel(openCheckpoint(Fixtures.url("checkpoints/\(checkpoint)").path))
    }

    /// The prompt of golden `qwen25vl-tiny.CASE`.
    func prompt(_ name: String) throws -> Prompt {
        struct Details: Decodable {
            let images: [String]
        }
        let golden = try Golden("qwen25vl-tiny.\(name)")
        return try prompt(ids: golden.integers("input_ids"), images: golden.details(Details.self).images)
    }

    func prompt(ids: [Int32], images: [String]) throws -> Prompt {
        let visuals = try images.map {
            try loaded.processor.image(Fixtures.bytes("images/\($0).png"), name: $0)
        }
        return try Prompt(ids: ids, visuals: visuals, configuration: model.configuration)
    }
}

/// Log-probabilities of a batch's answers, answer by answer.
func answerLogProbabilities(_ model: LanguageModel, _ batch: PackedBatch) -> [[Float]] {
    let values = model.logProbabilities(batch).values.elements
    return batch.answerRanges.map { Array(values[$0]) }
}

/// The norm below which a weight's gradient counts as zero up to rounding: 1e-7 of the whole gradient's.
func zeroFloor(_ gradients: Gradients) -> Double { 1e-7 * gradients.norm() }

/// Compares the norm of every weight's gradient with the reference's.
func expectNorms(_ gradients: Gradients, _ expected: [String: Double], relative: Double) {
    #expect(Set(gradients.names) == Set(expected.keys))
    for (name, tensor) in zip(gradients.names, gradients.tensors) {
        let norm = gradients.norm { $0 == name }
        #expect(tensor != nil)
        expectClose(
            norm, expected[name] ?? .nan, absolute: relative * zeroFloor(gradients), relative: relative,
            "norm of the gradient of \(name)")
    }
}

/// Compares two gradients weight by weight.
func expectClose(_ found: Gradients, _ expected: Gradients, relativeL2: Double) throws {
    #expect(found.names == expected.names)
    for (name, pair) in zip(found.names, zip(found.tensors, expected.tensors)) {
        let (a, b) = (try #require(pair.0), try #require(pair.1))
        expectClose(a.elements, b.elements, relativeL2: relativeL2, floor: zeroFloor(expected), name)
    }
}
