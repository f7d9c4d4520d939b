// Options that several commands share: which model, and how answers are drawn.
public import ArgumentParser
import Basics
import ImageInput
public import ModelFamilies
import TensorMath
import Tokenizer
internal import VisionLanguageModel

/// What products run in.
enum ComputeType: String, ExpressibleByArgument, CaseIterable {
    case float32, bfloat16

    var dtype: DType { self == .float32 ? .float32 : .bfloat16 }
}

extension VideoPositionRule: @retroactive ExpressibleByArgument {}

/// The model and how it sees images and videos.
struct ModelOptions: ParsableArguments {
    @Argument(help: "An HDF5 checkpoint, or a directory of safetensors.")
    var model: String

    @Option(help: "Fewest pixels of an image after resizing. (default: the checkpoint's)")
    var minPixels: Int?

    @Option(help: "Most pixels of an image after resizing. (default: the checkpoint's)")
    var maxPixels: Int?

    @Option(help: "Fewest pixels of a video's frame after resizing. (default: the checkpoint's)")
    var videoMinPixels: Int?

    @Option(help: "Most pixels of a video's frame after resizing. (default: the checkpoint's)")
    var videoMaxPixels: Int?

    @Option(
        help: """
            Frames a second of a film that Qwen2.5-VL sees, or pictures of a folder that pass in a second. \
            (default: 2)
            """)
    var fps: Double?

    @Option(help: "Most frames of a film. (default: 768 for Qwen2.5-VL, 8 for InternVL)")
    var maxFrames: Int?

    @Option(
        help: """
            Which release's positions videos get: classical, wholeSeconds or afterFrame. \
            (default: classical)
            """)
    var videoPositions: VideoPositionRule = .classical

    @Flag(
        help: "Lay transparent pictures over white, as qwen_vl_utils does, instead of dropping their alpha.")
    var onWhite = false

    @Flag(
        name: .customLong("add-vision-id"),
        help: "Announce images and videos by number: \"Picture 1: \", \"Video 1: \".")
    var addVisionID = false

    @Option(help: "What products run in: float32, or bfloat16 for half the memory. (default: float32)")
    var dtype: ComputeType = .float32

    @Option(help: "Threads to compute with. (default: all physical cores)")
    var threads: Int?

    private static let mostPixels = 1 << 26

    /// Checks the ranges.
    func validate() throws {
        for (name, value) in [
            ("--min-pixels", minPixels), ("--max-pixels", maxPixels),
            ("--video-min-pixels", videoMinPixels), ("--video-max-pixels", videoMaxPixels),
        ] {
            guard let value, !(1...Self.mostPixels).contains(value) else { continue }
            throw ValidationError("\(name) is a number from 1 to \(Self.mostPixels), found \(value)")
        }
        guard (1...1024).contains(threads ?? 1) else {
            throw ValidationError("--threads is a number from 1 to 1024, found \(threads ?? 1)")
        }
    }

    /// Opens the model; says on stderr what the user should know about it.
    func load() throws -> LoadedModel {
        if let threads { Threads.set(threads) }
        if let warning = blasWarning() { Console.note("warning: \(warning)") }
        var loaded = try LoadedModel(path: model, compute: dtype.dtype)
        for template in try storedTemplates(in: loaded.checkpoint) {
            guard let difference = template.difference(from: loaded.processor.template) else { continue }
            Console.note("warning: \(model): \(difference)")
        }
        try loaded.processor.limitPixels(least: minPixels, most: maxPixels)
        try loaded.processor.limitVideoPixels(least: videoMinPixels, most: videoMaxPixels)
        try loaded.processor.sampleVideos(framesPerSecond: fps, mostFrames: maxFrames)
        loaded.processor.videoPositions = videoPositions
        loaded.processor.alpha = onWhite ? .onWhite : .dropped
        let template = loaded.processor.template
        guard !addVisionID || template.numbersVision else {
            throw InferError.badCommand(
                "--add-vision-id: the chat template of this model (\(template.rawValue)) has no such form")
        }
        loaded.processor.addsVisionID = addVisionID
        return loaded
    }
}

/// How answers are drawn; what is not given comes from the command's own defaults.
struct SamplingArguments: ParsableArguments {
    @Flag(help: "Always take the likeliest token: temperature 0.")
    var greedy = false

    @Option(help: "Divides the logits; 0 is greedy. (default: 1; chat: as the checkpoint advises)")
    var temperature: Double?

    @Option(help: "Draw from the k likeliest tokens only; 0 from all. (default: 0; chat: likewise)")
    var topK: Int?

    @Option(help: "Draw from the likeliest tokens that together reach this. (default: 1; chat: likewise)")
    var topP: Double?

    @Option(help: "Makes tokens already seen less likely; 1 is off. (default: 1; chat: likewise)")
    var repetitionPenalty: Double?

    @Option(help: "Most tokens of an answer, its end token included. (default: 512)")
    var maxTokens: Int?

    @Option(help: "Chooses the random numbers. (default: 0)")
    var seed: UInt64?

    /// Checks the ranges.
    func validate() throws {
        guard !greedy || temperature == nil else {
            throw ValidationError("--greedy is temperature 0; give it or --temperature, not both")
        }
        do { try options(over: SamplingOptions()).validate() } catch { throw ValidationError("\(error)") }
    }

    /// The settings given, laid over others.
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
