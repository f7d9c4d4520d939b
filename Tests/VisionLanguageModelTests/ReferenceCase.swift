// The cases of the goldens: a checkpoint, a conversation with images, and what the reference says about it.
import Checkpoint
import Foundation
import ImageInput
import TestKit
import Testing
import Tokenizer
import VisionLanguageModel

/// One case, named as its golden file is: `CHECKPOINT.CASE`.
struct ReferenceCase: CustomTestStringConvertible, Sendable {
    /// The part of the golden's JSON that tests read.
    struct Details: Decodable {
        let messages: [ChatMessage]
        let images: [String]
        let rope_delta: Int32
        let template_kwargs: [String: Bool]

        var addsVisionID: Bool { template_kwargs["add_vision_id"] ?? false }
    }

    let checkpoint: String
    let name: String

    var testDescription: String { "\(checkpoint).\(name)" }
    var path: String { Fixtures.url("checkpoints/\(checkpoint)").path }

    static let oneImage = ReferenceCase(checkpoint: "qwen25vl-tiny", name: "one_image")
    static let twoImages = ReferenceCase(checkpoint: "qwen25vl-tiny", name: "two_images_ids")
    static let textOnly = ReferenceCase(checkpoint: "qwen25vl-tiny", name: "text_only")
    /// Hub names, tied embedding, bfloat16, tiny tokenizer.
    static let tiny = [
        "text_only", "text_default_system", "one_image", "two_images_ids", "wide_image", "tall_image",
        "exif_tiny", "multi_turn",
    ].map { ReferenceCase(checkpoint: "qwen25vl-tiny", name: $0) }
    /// New names, a head of its own, float32, nested configuration, no tokenizer.
    static let newNames = ReferenceCase(checkpoint: "qwen25vl-tiny-untied-newnames", name: "two_images_ids")
    /// Configuration with the true token ids; no weights.
    static let trueVocabulary = ["text_only", "two_images_ids"].map {
        ReferenceCase(checkpoint: "qwen25vl-tiny-realvocab", name: $0)
    }
    /// Every case that has images.
    static let withImages = tiny.dropFirst(2) + [newNames, trueVocabulary[1]]

    func golden() throws -> Golden { try Golden(testDescription) }

    func details() throws -> Details { try golden().details(Details.self) }

    func configuration() throws -> Qwen25VLConfiguration {
        try Qwen25VLConfiguration(
            json: Data(Fixtures.bytes("checkpoints/\(checkpoint)/config.json")), file: "config.json")
    }

    /// The case's images through our own decoder and processor.
    func images() throws -> [ImagePatches] {
        let processor = try QwenImageProcessor(
            preprocessorConfig: Fixtures.bytes("checkpoints/\(checkpoint)/preprocessor_config.json"))
        return try details().images.map { name in
            let file = name == "exif6" ? "exif6.jpg" : "\(name).png"
            return try processor(decodeImage(Fixtures.bytes("images/\(file)"), name: file), name: file)
        }
    }

    /// The reference's token ids with our images.
    func prompt() throws -> Prompt {
        try Prompt(
            ids: golden().integers("input_ids"), images: images(), configuration: configuration())
    }

    /// The checkpoint's model, which needs no tokenizer.
    func model() throws -> Qwen25VL { try loadModel(path) }
}

/// The model of a checkpoint folder.
func loadModel(_ path: String) throws -> Qwen25VL {
    let checkpoint = try openCheckpoint(path)
    let json = try #require(try checkpoint.sideFile("config.json"))
    let configuration = try Qwen25VLConfiguration(json: Data(json), file: "\(path)/config.json")
    let weights = try CheckpointWeights(checkpoint)
    return try Qwen25VL(configuration, source: weights, hasHead: weights.hasSeparateHead(configuration))
}

/// A batch of prompts alone.
func packed(_ prompts: [Prompt]) -> PackedBatch {
    var batch = PackedBatch()
    for prompt in prompts { batch.append(prompt, answers: []) }
    return batch
}
