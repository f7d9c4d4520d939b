// Options that several commands share: the model and sampling.
public import ArgumentParser
import Basics
import Checkpoint
import Foundation
import ImageInput
public import ModelFamilies
import Settings
import TensorMath
import Tokenizer
import ToolKit
internal import VisionLanguageModel

/// The type in which matrix products are computed.
enum ComputeType: String, ExpressibleByArgument, CaseIterable {
    case float32, bfloat16

    var dtype: DType { self == .float32 ? .float32 : .bfloat16 }
}

extension WeightCodes: @retroactive ExpressibleByArgument {}
extension VideoPositionRule: @retroactive ExpressibleByArgument {}

/// The model and how it processes images and videos.
struct ModelOptions: ParsableArguments {
    @Argument(help: "An HDF5 checkpoint, or a directory of safetensors.", transform: paths.argument)
    var model: String

    @OptionGroup var loading: LoadingOptions

    /// Opens the model; prints warnings about it on stderr.
    func load() throws -> LoadedModel { try loading.load(model) }
}

/// How a model is loaded and processes images and videos.
struct LoadingOptions: ParsableArguments {
    @Option(
        help: "Minimum pixels of an image after resizing. (default: the checkpoint's)",
        transform: ImageSettings.pixels.argument)
    var minPixels: Int?

    @Option(
        help: "Maximum pixels of an image after resizing. (default: the checkpoint's)",
        transform: ImageSettings.pixels.argument)
    var maxPixels: Int?

    @Option(
        help: "Minimum pixels of a video frame after resizing. (default: the checkpoint's)",
        transform: ImageSettings.pixels.argument)
    var videoMinPixels: Int?

    @Option(
        help: "Maximum pixels of a video frame after resizing. (default: the checkpoint's)",
        transform: ImageSettings.pixels.argument)
    var videoMaxPixels: Int?

    @Option(
        help: """
            Frames per second to sample from a video (Qwen2.5-VL), or the frame rate of a folder of images. \
            (default: 2)
            """, transform: ImageSettings.framesPerSecond.argument)
    var fps: Double?

    @Option(
        help: "Maximum frames of a video. (default: 768 for Qwen2.5-VL, 8 for InternVL)",
        transform: ImageSettings.frames.argument)
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

    @Option(
        help: """
            Type of matrix products: float32, in which an answer does not depend on others beside it, or bfloat16: \
            faster, with half the memory. (default: float32)
            """)
    var dtype: ComputeType = .float32

    @Option(
        help: """
            Round the decoder's matrices to 8 or 4 bits while loading, the embedding and the head to 8: int8 or \
            int4. Stored codes need no option. (default: as stored)
            """)
    var quantize: WeightCodes?

    @Option(
        help: "Number of threads. (default: all physical cores)",
        transform: Accepted.whole(1...1024, "threads").argument)
    var threads: Int?

    @Flag(
        help: """
            Do not check the hashes of a model that was not checked before; weights are then read only when they \
            are used.
            """)
    var noVerify = false

    /// Opens the model; prints warnings about it on stderr.
    func load(_ model: String) throws -> LoadedModel {
        if let threads { Threads.set(threads) }
        if let warning = blasWarning() { console.warn("\(warning)") }
        let checkpoint = try openCheckpoint(model)
        try verify(checkpoint, model)
        guard quantize == nil || !checkpoint.storesCodes else {
            throw InferError.badCommand(
                "--quantize: the matrices of \(model) are stored in few bits already; leave the option out")
        }
        var loaded = try LoadedModel(
            checkpoint, compute: dtype.dtype, quantization: quantize.map { .codes($0) } ?? .stored)
        if let text = loaded.quantizationText { console.note("\(model): \(text)") }
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

    /// Checks the hashes once for each state of the files; says on stderr what was done.
    ///
    /// A model larger than the free memory is not checked: it would be read from the disk twice.
    private func verify(_ checkpoint: any CheckpointReader, _ model: String) throws {
        guard !noVerify else { return console.note("\(model): not verified (--no-verify)") }
        let start = ContinuousClock.now
        let outcome = try VerifiedFiles(environment: ProcessInfo.processInfo.environment).check(
            checkpoint, limit: AvailableMemory.current().byteCount)
        switch outcome {
        case .noHashes: break
        case .verified:
            let seconds = String(format: "%.1f", (ContinuousClock.now - start) / .seconds(1))
            console.note("\(model): verified every SHA-256 in \(seconds) s")
        case .remembered(let date):
            console.note("\(model): unchanged since it was verified at \(date.formatted(.iso8601))")
        case .tooLarge(let byteCount):
            console.note(
                "\(model): not verified, its \(byteText(byteCount)) exceed the free memory; "
                    + "r1-convert verify checks it")
        }
    }
}

/// How answers are sampled; options that are not given get the command's defaults.
struct SamplingArguments: ParsableArguments {
    @Flag(help: "Always take the most likely token: temperature 0.")
    var greedy = false

    @Option(
        help: "Divides the logits; 0 is greedy. (default: 1; chat: checkpoint's)",
        transform: SamplingOptions.temperatures.argument)
    var temperature: Double?

    @Option(
        help: "Sample from the k most likely tokens; 0 is off. (default: 0; chat: checkpoint's)",
        transform: SamplingOptions.topKs.argument)
    var topK: Int?

    @Option(
        help: "Sample from the tokens that reach this probability. (default: 1; chat: checkpoint's)",
        transform: SamplingOptions.topPs.argument)
    var topP: Double?

    @Option(
        help: "Sample from tokens with this share of the likeliest one's probability. (default: 0: off)",
        transform: SamplingOptions.minPs.argument)
    var minP: Double?

    @Option(
        help: "Makes repeated tokens less likely; 1 is off. (default: 1; chat: checkpoint's)",
        transform: SamplingOptions.penalties.argument)
    var repetitionPenalty: Double?

    @Option(
        help: "Makes tokens that the answer has less likely. (default: 0: off)",
        transform: SamplingOptions.reductions.argument)
    var presencePenalty: Double?

    @Option(
        help: "Makes tokens less likely each time that the answer has them. (default: 0: off)",
        transform: SamplingOptions.reductions.argument)
    var frequencyPenalty: Double?

    @Option(
        name: .customLong("stop"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("The answer ends before this text; may be repeated.", valueName: "text"),
        transform: Accepted.nonEmpty("a text").argument)
    var stops: [String] = []

    @Option(
        help: "Maximum tokens of an answer, including its end token. (default: 512)",
        transform: SamplingOptions.tokens.argument)
    var maxTokens: Int?

    @Option(
        help: "Seed of the random numbers. (default: 0)",
        transform: SamplingOptions.seeds.argument)
    var seed: UInt64?

    /// Checks that the options do not contradict one another.
    func validate() throws {
        guard !greedy || temperature == nil else {
            throw ValidationError("--greedy means temperature 0; give either --greedy or --temperature")
        }
    }

    /// The given options over other settings.
    func options(over base: SamplingOptions) -> SamplingOptions {
        var options = base
        options.temperature = greedy ? 0 : temperature ?? base.temperature
        options.topK = topK ?? base.topK
        options.topP = topP ?? base.topP
        options.minP = minP ?? base.minP
        options.presencePenalty = presencePenalty ?? base.presencePenalty
        options.frequencyPenalty = frequencyPenalty ?? base.frequencyPenalty
        options.stop = stops.isEmpty ? base.stop : stops
        options.repetitionPenalty = repetitionPenalty ?? base.repetitionPenalty
        options.maxNewTokens = maxTokens ?? base.maxNewTokens
        options.seed = seed ?? base.seed
        return options
    }
}
