// What the golden tests of training share: the tiny model, its prompts, and comparisons of whole gradients.
import Basics
import Checkpoint
import Foundation
import TensorMath
import TestKit
import Testing
import VisionLanguageModel

/// The families that the reference trained.
enum TrainedFamily: String, CaseIterable, CustomTestStringConvertible {
    case qwen25VL = "qwen25vl-tiny"
    case internVL = "internvl-tiny-hf"

    var testDescription: String { rawValue }
    /// The checkpoint of GRPO's frozen reference model.
    var referenceModel: String { self == .qwen25VL ? "qwen25vl-tiny-ref" : "internvl-tiny-ref" }
    /// The golden whose prompt has one image.
    var oneImage: String { self == .qwen25VL ? "one_image" : "one_image_hf" }
    /// Prefix of the names of the vision tower's weights.
    var visionPrefix: String { self == .qwen25VL ? "visual." : "vision_tower." }
    /// The name of the embedding table.
    var embedding: String {
        self == .qwen25VL ? "model.embed_tokens.weight" : "language_model.model.embed_tokens.weight"
    }
}

/// A tiny model of the goldens with its prompts.
struct TrainingCase {
    let family: TrainedFamily
    let loaded: LoadedModel

    var model: LanguageModel { loaded.model }

    init(_ family: TrainedFamily = .qwen25VL) throws {
        self.family = family
        loaded = try LoadedModel(path: Fixtures.url("checkpoints/\(family.rawValue)").path)
    }

    /// The model of a checkpoint that may lack a tokenizer.
    static func model(_ checkpoint: String) throws -> LanguageModel {
        try LanguageModel(openCheckpoint(Fixtures.url("checkpoints/\(checkpoint)").path))
    }

    /// The prompt of the family's golden `CASE`.
    func prompt(_ name: String) throws -> Prompt {
        struct Details: Decodable {
            let images: [String]
        }
        let golden = try Golden("\(family.rawValue).\(name)")
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
///
/// Without rotary angles a key's bias adds the same to all scores of a query, so its gradient is zero up to
/// rounding.
func zeroFloor(_ gradients: Gradients, of name: String) -> Double {
    let isZero = name.hasPrefix("vision_tower.") && name.hasSuffix("attention.k_proj.bias")
    return (isZero ? 1e-4 : 1e-7) * gradients.norm()
}

/// Compares the norm of every weight's gradient with the reference's.
func expectNorms(_ gradients: Gradients, _ expected: [String: Double], relative: Double) {
    #expect(Set(gradients.names) == Set(expected.keys))
    for (name, tensor) in zip(gradients.names, gradients.tensors) {
        let norm = gradients.norm { $0 == name }
        #expect(tensor != nil)
        expectClose(
            norm, expected[name] ?? .nan, absolute: relative * zeroFloor(gradients, of: name),
            relative: relative,
            "norm of the gradient of \(name)")
    }
}

/// Compares two gradients weight by weight.
func expectClose(_ found: Gradients, _ expected: Gradients, relativeL2: Double) throws {
    #expect(found.names == expected.names)
    for (name, pair) in zip(found.names, zip(found.tensors, expected.tensors)) {
        let (a, b) = (try #require(pair.0), try #require(pair.1))
        expectClose(
            a.elements, b.elements, relativeL2: relativeL2, floor: zeroFloor(expected, of: name), name)
    }
}
