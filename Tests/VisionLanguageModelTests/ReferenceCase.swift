// The cases of the goldens: a checkpoint, a conversation with images, and what the reference says about it.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import Checkpoint
@testable import ImageInput
@testable import ModelFamilies
@testable import TensorMath
@testable import Tokenizer
@testable import VisionLanguageModel

/// One case, named as its golden file is: `CHECKPOINT.CASE`.
struct ReferenceCase: CustomTestStringConvertible, Sendable {
    /// The part of the golden's JSON that tests of Qwen2.5-VL read.
    struct Details: Decodable {
        let messages: [ChatMessage]
        let images: [String]
        let videos: [String]?
        let rope_delta: Int32
        let template_kwargs: [String: Bool]

        var addsVisionID: Bool { template_kwargs["add_vision_id"] ?? false }
    }

    let checkpoint: String
    let name: String

    var testDescription: String { "\(checkpoint).\(name)" }
    var path: String { Fixtures.reference("checkpoints/\(checkpoint)").path }

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
    /// The true token ids; without the full set `TrueVocabularyModel` makes the checkpoint.
    static let trueVocabulary = ["text_only", "two_images_ids"].map {
        ReferenceCase(checkpoint: "qwen25vl-tiny-realvocab", name: $0)
    }
    /// Every case that has images alone.
    static let withImages = tiny.dropFirst(2) + [newNames, trueVocabulary[1]]
    /// Every case with videos.
    static let withVideos =
        ["video_v1", "video_v2", "image_and_videos"].map {
            ReferenceCase(checkpoint: "qwen25vl-tiny", name: $0)
        }
        + [ReferenceCase(checkpoint: "qwen25vl-tiny-untied-newnames", name: "video_v2")]
    /// Every case of Qwen2.5-VL.
    static let complete = tiny + [newNames] + withVideos + trueVocabulary

    func golden() throws -> Golden { try Golden(testDescription) }

    func details() throws -> Details { try golden().details(Details.self) }

    func configuration() throws -> ModelConfiguration {
        try ModelConfiguration(
            config: Fixtures.bytes("checkpoints/\(checkpoint)/config.json"), file: "config.json"
        ).computable()
    }

    /// Sizes of the vision tower.
    func visionSizes() throws -> Qwen25VLVisionConfiguration {
        guard let sizes = try configuration().vision as? Qwen25VLVisionConfiguration else {
            throw NotQwen25VL()
        }
        return sizes
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

    /// Images and videos in the order of the messages.
    func visuals() throws -> [VisionInput] {
        let details = try details()
        var (images, videos) = (try images()[...], (details.videos ?? [])[...])
        return try details.messages.flatMap(\.content).compactMap { part in
            switch part {
            case .image: images.popFirst().map { VisionInput($0) }
            case .video: try videos.popFirst().map { try Self.video($0) }
            case .text: nil
            }
        }
    }

    /// A video of the goldens through our own processor, with the limits that were used there.
    static func video(_ name: String) throws -> VisionInput {
        struct Details: Decodable {
            struct Video: Decodable {
                let fps: Double
                let frames_hw: [Int]
            }
            let videos: [String: Video]
        }
        let golden = try Golden("videos")
        let details = try #require(try golden.details(Details.self).videos[name])
        let bytes = try golden.bytes("\(name).frames_u8")
        let (height, width) = (details.frames_hw[0], details.frames_hw[1])
        let frames = stride(from: 0, to: bytes.count, by: 3 * width * height).map {
            RGBImage(width: width, height: height, pixels: Array(bytes[$0..<$0 + 3 * width * height]))
        }
        var processor = try LoadedModel(path: oneImage.path).processor
        try processor.limitVideoPixels(least: 4 * 784, most: 8 * 784)
        return try processor.video(VideoFrames(frames: frames, framesPerSecond: details.fps, name: name))
    }

    /// The reference's token ids with our images.
    func prompt(_ rule: VideoPositionRule = .classical) throws -> Prompt {
        var configuration = try configuration()
        configuration.videoPositions = rule
        return try Prompt(
            ids: golden().integers("input_ids"), visuals: visuals(), configuration: configuration)
    }

    /// The checkpoint's model, which needs no tokenizer.
    func model() throws -> LanguageModel { try withCheckpoint { try loadModel($0) } }

    /// The model with its tokenizer.
    func loaded() throws -> LoadedModel { try withCheckpoint { try LoadedModel(path: $0) } }

    /// The path of the checkpoint, which may be gone afterwards.
    private func withCheckpoint<R>(_ body: (String) throws -> R) throws -> R {
        guard Fixtures.fullSet == nil, checkpoint == Self.trueVocabulary[0].checkpoint else {
            return try body(path)
        }
        let folder = TemporaryFolder()
        return try withExtendedLifetime(folder) {
            let path = folder.path("model.h5")
            try TrueVocabularyModel.write(to: path)
            return try body(path)
        }
    }
}

/// The model of a checkpoint folder.
func loadModel(_ path: String) throws -> LanguageModel { try LanguageModel(openCheckpoint(path)) }

/// The case is of another family.
struct NotQwen25VL: Error {}

/// A batch of prompts alone.
func packed(_ prompts: [Prompt]) -> PackedBatch {
    var batch = PackedBatch()
    for prompt in prompts { batch.append(prompt, answers: []) }
    return batch
}

/// Prompts that all have the same answer.
func packed(_ prompts: [Prompt], answers: [Int32]) -> PackedBatch {
    var batch = PackedBatch()
    for prompt in prompts { batch.append(prompt, answers: [answers]) }
    return batch
}

/// The logits after a prompt.
func lastLogits(_ model: LanguageModel, _ prompt: Prompt) -> [Float] {
    model.logits(model.hidden(packed([prompt])).rows(prompt.ids.count - 1..<prompt.ids.count)).elements
}

/// Compares a prompt's logits with the golden's: all of them, or the largest of each row with the normaliser, the last row,
/// which may be thinned, and a sketch of all.
func expectLogits(_ found: Tensor, _ golden: Golden, _ what: String) throws {
    let vocabulary = found.columnCount
    let names = golden.arrayNames
    guard names.contains("topk_ids") else {
        expectClose(
            found.elements, try golden.floats("logits"), absolute: 3e-4, "\(what) logits",
            rowLength: vocabulary)
        return
    }
    if names.contains("logits") {
        try golden.expectArray(
            found.elements, shape: found.shape, "logits", relativeL2: 1e-5, floor: 0)
    }
    let (ids, values) = (try golden.integers("topk_ids"), found.elements)
    let count = ids.count / found.rowCount
    let top = ids.indices.map { values[$0 / count * vocabulary + Int(ids[$0])] }
    expectClose(
        top, try golden.floats("topk_logits"), absolute: 3e-4, "\(what) topk_logits", rowLength: count)
    let sums = (0..<found.rowCount).map { LogitStatistics(found.rows($0..<$0 + 1).elements).logSum }
    expectClose(sums, try golden.floats("logsumexp"), absolute: 3e-4, "\(what) logsumexp")
    let last = found.rows(found.rowCount - 1..<found.rowCount).elements
    let kept = golden.places(of: "logits_last", count: vocabulary).map { last[$0] }
    expectClose(kept, try golden.floats("logits_last"), absolute: 3e-4, "\(what) logits_last")
}

/// Compares the log-probabilities of a prompt's own tokens with the golden's.
func expectLogProbabilities(_ model: LanguageModel, _ prompt: Prompt, _ golden: Golden, _ what: String) throws
{
    let hidden = model.hidden(packed([prompt]))
    let tokens = tokenLogProbabilities(
        hidden: hidden.rows(0..<prompt.ids.count - 1), head: model.head,
        targets: Array(prompt.ids.dropFirst()))
    expectClose(
        tokens.values.elements, try golden.floats("next_token_logprobs"), absolute: 1e-4,
        "\(what) next_token_logprobs")
}
