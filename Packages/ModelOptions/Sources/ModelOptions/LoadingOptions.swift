// How a model is loaded, as options of the tools that run one.
public import ArgumentParser
public import Basics
internal import Checkpoint
internal import Foundation
internal import ImageInput
public import ModelFamilies
internal import Settings
internal import TensorMath
internal import Tokenizer
public import ToolKit
public import VisionLanguageModel

/// An option that does not fit the model; the description tells the user what to change.
public struct ModelOptionError: Error, CustomStringConvertible, Equatable {
    /// One sentence for the user.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// The type in which matrix products are computed.
public enum ComputeType: String, ExpressibleByArgument, CaseIterable, Sendable {
    /// The type of products.
    case float32, bfloat16

    /// The element type.
    public var dtype: DType { self == .float32 ? .float32 : .bfloat16 }
}

extension WeightCodes: @retroactive ExpressibleByArgument {}
extension VideoPositionRule: @retroactive ExpressibleByArgument {}

/// How a model is loaded and processes images and videos.
public struct LoadingOptions: ParsableArguments, Sendable {
    /// The base of a LoRA adapter.
    @Option(
        help: ArgumentHelp(
            "The base of a model that is a LoRA adapter. (default: the one that the adapter names)",
            valueName: "model"), transform: Accepted<String>.nonEmpty("a path").argument)
    public var base: String?

    /// Minimum pixels of an image after resizing.
    @Option(
        help: "Minimum pixels of an image after resizing. (default: the checkpoint's)",
        transform: ImageSettings.pixels.argument)
    public var minPixels: Int?

    /// Maximum pixels of an image after resizing.
    @Option(
        help: "Maximum pixels of an image after resizing. (default: the checkpoint's)",
        transform: ImageSettings.pixels.argument)
    public var maxPixels: Int?

    /// Minimum pixels of a video frame after resizing.
    @Option(
        help: "Minimum pixels of a video frame after resizing. (default: the checkpoint's)",
        transform: ImageSettings.pixels.argument)
    public var videoMinPixels: Int?

    /// Maximum pixels of a video frame after resizing.
    @Option(
        help: "Maximum pixels of a video frame after resizing. (default: the checkpoint's)",
        transform: ImageSettings.pixels.argument)
    public var videoMaxPixels: Int?

    /// Frames per second to sample from a video.
    @Option(
        help: """
            Frames per second to sample from a video (Qwen2.5-VL), or the frame rate of a folder of images. \
            (default: 2)
            """, transform: ImageSettings.framesPerSecond.argument)
    public var fps: Double?

    /// Maximum frames of a video.
    @Option(
        help: "Maximum frames of a video. (default: 768 for Qwen2.5-VL, 8 for InternVL)",
        transform: ImageSettings.frames.argument)
    public var maxFrames: Int?

    /// The release whose positions video tokens get.
    @Option(
        help: "Positions of video tokens, which differ between releases.")
    public var videoPositions: VideoPositionRule = .classical

    /// Whether transparent images are composited over white.
    @Flag(
        help: "Composite transparent images over white, as qwen_vl_utils does; otherwise alpha is dropped.")
    public var onWhite = false

    /// Whether the prompt numbers images and videos.
    @Flag(
        name: .customLong("add-vision-id"),
        help: "Number images and videos in the prompt: \"Picture 1: \", \"Video 1: \".")
    public var addVisionID = false

    /// Whether an unknown chat template is an error.
    @Flag(
        help:
            "Refuse a model whose stored chat template is none of those compiled in; otherwise warn about it."
    )
    public var requireKnownTemplate = false

    /// The type of matrix products.
    @Option(
        help: """
            Type of matrix products: float32, in which an answer does not depend on others beside it, or bfloat16: \
            faster, with half the memory.
            """)
    public var dtype: ComputeType = .float32

    /// Bits that the decoder's matrices are rounded to while loading.
    @Option(
        help: """
            Round the decoder's matrices to 8 or 4 bits while loading, the embedding and the head to 8: int8 or \
            int4. Stored codes need no option. (default: as stored)
            """)
    public var quantize: WeightCodes?

    /// Number of threads.
    @Option(
        help: "Number of threads. (default: all physical cores)",
        transform: Accepted.whole(1...1024, "threads").argument)
    public var threads: Int?

    /// Whether unchecked hashes stay unchecked.
    @Flag(
        help: """
            Do not check the hashes of a model that was not checked before; weights are then read only when they \
            are used.
            """)
    public var noVerify = false

    /// No option given.
    public init() {}

    /// Opens a model as the options say.
    ///
    /// - Parameters:
    ///   - model: The path of a checkpoint, or of a LoRA adapter, whose changes are added to its base.
    ///   - console: Gets warnings about the model and what was verified.
    /// - Returns: The model.
    /// - Throws: `ModelOptionError` when the model has no such option, and what loading throws.
    public func load(_ model: String, console: Console) throws -> LoadedModel {
        if let threads { Threads.set(threads) }
        if let warning = blasWarning() { console.warn("\(warning)") }
        let (checkpoint, base) = try openModel(model, base: base)
        if let base { console.note("\(model): a LoRA adapter, added to \(base)") }
        try verify(checkpoint, model, console)
        guard quantize == nil || !checkpoint.storesCodes else {
            throw ModelOptionError(
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
            throw ModelOptionError(
                "--add-vision-id: the chat template of this model (\(template.rawValue)) does not number images"
            )
        }
        loaded.processor.addsVisionID = addVisionID
        return loaded
    }

    /// Checks the hashes once for each state of the files; says on stderr what was done.
    ///
    /// A model larger than the free memory is not checked: it would be read from the disk twice.
    private func verify(_ checkpoint: any CheckpointReader, _ model: String, _ console: Console) throws {
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
