// Options that several commands share: the model and sampling.
public import ArgumentParser
import Basics
import ImageInput
public import ModelFamilies
import TensorMath
import Tokenizer
import ToolKit
internal import VisionLanguageModel

/// The type in which matrix products are computed.
enum ComputeType: String, ExpressibleByArgument, CaseIterable {
    case float32, bfloat16

    var dtype: DType { self == .float32 ? .float32 : .bfloat16 }
}

extension VideoPositionRule: @retroactive ExpressibleByArgument {}

/// The model and how it processes images and videos.
struct ModelOptions: ParsableArguments {
    @Argument(help: "An HDF5 checkpoint, or a directory of safetensors.")
    var model: String

    @Option(help: "Minimum pixels of an image after resizing. (default: the checkpoint's)")
    var minPixels: Int?

    @Option(help: "Maximum pixels of an image after resizing. (default: the checkpoint's)")
    var maxPixels: Int?

    @Option(help: "Minimum pixels of a video frame after resizing. (default: the checkpoint's)")
    var videoMinPixels: Int?

    @Option(help: "Maximum pixels of a video frame after resizing. (default: the checkpoint's)")
    var videoMaxPixels: Int?

    @Option(
        help: """
            Frames per second to sample from a video (Qwen2.5-VL), or the frame rate of a folder of images. \
            (default: 2)
            """)
    var fps: Double?

    @Option(help: "Maximum frames of a video. (default: 768 for Qwen2.5-VL, 8 for InternVL)")
    var maxFrames: Int?

    @Option(
        help: """
            Positions of video tokens, which differ between releases: classical, wholeSeconds or afterFrame. \
            (default: classical)
            """)
    var videoPositions: VideoPositionRule = .classical

    @Flag(
        help: "Composite transparent images over white, as qwen_vl_utils does; otherwise alpha is dropped.")
    var onWhite = false

    @Flag(
        name: .customLong("add-vision-id"),
        help: "Number images and videos in the prompt: \"Picture 1: \", \"Video 1: \".")
    var addVisionID = false

    @Flag(
        help:
            "Refuse a model whose stored chat template is none of those compiled in; otherwise warn about it."
    )
    var requireKnownTemplate = false

    @Option(help: "Type of matrix products: float32, or bfloat16 with half the memory. (default: float32)")
    var dtype: ComputeType = .float32

    @Option(help: "Number of threads. (default: all physical cores)")
    var threads: Int?

    private static let mostPixels = 1 << 26

    /// Checks the ranges.
    func validate() throws {
        for (name, value) in [
            ("--min-pixels", minPixels), ("--max-pixels", maxPixels),
            ("--video-min-pixels", videoMinPixels), ("--video-max-pixels", videoMaxPixels),
        ] {
            guard let value, !(1...Self.mostPixels).contains(value) else { continue }
            throw ValidationError("\(name) must be from 1 to \(Self.mostPixels), found \(value)")
        }
        guard (1...1024).contains(threads ?? 1) else {
            throw ValidationError("--threads must be from 1 to 1024, found \(threads ?? 1)")
        }
    }

    /// Opens the model; prints warnings about it on stderr.
    func load() throws -> LoadedModel {
        if let threads { Threads.set(threads) }
        if let warning = blasWarning() { console.warn("\(warning)") }
        var loaded = try LoadedModel(path: model, compute: dtype.dtype)
        if requireKnownTemplate { try loaded.requireKnownTemplate() }
        for notice in try loaded.notices { console.warn("\(model): \(notice)") }
        try loaded.processor.limitPixels(least: minPixels, most: maxPixels)
        try loaded.processor.limitVideoPixels(least: videoMinPixels, most: videoMaxPixels)
        try loaded.processor.sampleVideos(framesPerSecond: fps, mostFrames: maxFrames)
        loaded.processor.videoPositions = videoPositions
        loaded.processor.alpha = onWhite ? .onWhite : .dropped
        let template = loaded.processor.template
        guard !addVisionID || template.numbersVision else {
            throw InferError.badCommand(
                "--add-vision-id: the chat template of this model (\(template.rawValue)) does not number images"
            )
        }
        loaded.processor.addsVisionID = addVisionID
        return loaded
    }
}

/// How answers are sampled; options that are not given get the command's defaults.
struct SamplingArguments: ParsableArguments {
    @Flag(help: "Always take the most likely token: temperature 0.")
    var greedy = false

    @Option(help: "Divides the logits; 0 is greedy. (default: 1; chat: checkpoint's)")
    var temperature: Double?

    @Option(help: "Sample from the k most likely tokens; 0 is off. (default: 0; chat: checkpoint's)")
    var topK: Int?

    @Option(help: "Sample from the tokens that reach this probability. (default: 1; chat: checkpoint's)")
    var topP: Double?

    @Option(help: "Makes repeated tokens less likely; 1 is off. (default: 1; chat: checkpoint's)")
    var repetitionPenalty: Double?

    @Option(help: "Maximum tokens of an answer, including its end token. (default: 512)")
    var maxTokens: Int?

    @Option(help: "Seed of the random numbers. (default: 0)")
    var seed: UInt64?

    /// Checks the ranges.
    func validate() throws {
        guard !greedy || temperature == nil else {
            throw ValidationError("--greedy means temperature 0; give either --greedy or --temperature")
        }
        do { try options(over: SamplingOptions()).validate() } catch { throw ValidationError("\(error)") }
    }

    /// The given options over other settings.
    func options(over base: SamplingOptions) -> SamplingOptions {
        var options = base
        options.temperature = greedy ? 0 : temperature ?? base.temperature
        options.topK = topK ?? base.topK
        options.topP = topP ?? base.topP
        options.repetitionPenalty = repetitionPenalty ?? base.repetitionPenalty
        options.maxNewTokens = maxTokens ?? base.maxNewTokens
        options.seed = seed ?? base.seed
        return options
    }
}
