// r1-infer inspect --plan: the memory that answering takes, before anything is loaded.
import ArgumentParser
import Basics
import Checkpoint
import Foundation
import ImageInput
import ModelFamilies
import ModelOptions
import Settings
import Tokenizer
import ToolKit
import VisionLanguageModel

/// What is planned.
struct PlanArguments: ParsableArguments {
    @Flag(help: "Also print the memory for --sequences of --tokens with --image, without loading the model.")
    var plan = false

    @Option(
        help: "Sequences at the same time. (default: 1)",
        transform: Accepted.whole(1...1 << 20, "sequences").argument)
    var sequences: Int?

    @Option(
        help: "Tokens of a sequence, prompt and answer. (default: 2048)",
        transform: SamplingOptions.tokens.argument)
    var tokens: Int?

    @Option(
        name: .customLong("image"), parsing: .singleValue,
        help: ArgumentHelp("A picture whose features are kept; may be repeated.", valueName: "path"),
        transform: paths.argument)
    var images: [String] = []

    @Option(help: "Type of matrix products, keys and values. (default: float32)")
    var dtype: ComputeType?

    @Option(help: "Bits of the weights: int8 or int4. (default: those of --dtype, or as stored)")
    var quantize: WeightCodes?

    /// Checks that the numbers belong to a plan.
    func validate() throws {
        let isEmpty = sequences == nil && tokens == nil && images.isEmpty && dtype == nil && quantize == nil
        guard plan || isEmpty else {
            throw ValidationError("--sequences, --tokens, --image, --dtype and --quantize belong to --plan")
        }
    }
}

/// The plan in a report; its keys are those of the JSON output, sizes are in bytes.
struct PlannedMemory: Encodable {
    let dtype: String
    let sequences, tokens, pictures, pictureTokens: Int
    let weights, cache, features, total, available: Int

    /// Plans for a checkpoint whose weights take `weights` bytes.
    ///
    /// - Throws: What reading its configuration and the pictures throws.
    init(_ checkpoint: any CheckpointReader, weights: Int, _ arguments: PlanArguments) throws {
        let tokenizer = arguments.images.isEmpty ? nil : try Tokenizer(files: checkpoint.sideFile)
        let configuration = try ModelConfiguration(of: checkpoint).computable {
            tokenizer?.id(ofToken: $0)
        }
        var pictureTokens = 0
        if let tokenizer {
            let processor = try Processor(checkpoint, tokenizer: tokenizer, configuration: configuration)
            for path in arguments.images {
                let bytes = try loadImageBytes(
                    path, relativeTo: FileManager.default.currentDirectoryPath)
                pictureTokens += try processor.image(bytes, name: path).tokenCount
            }
        }
        let compute = arguments.dtype ?? .float32
        (sequences, tokens) = (arguments.sequences ?? 1, arguments.tokens ?? 2048)
        let plan = try MemoryPlan(
            configuration, weights: weights, compute: compute.dtype, sequences: sequences, tokens: tokens,
            pictureTokens: pictureTokens)
        (dtype, pictures, self.pictureTokens) = (compute.rawValue, arguments.images.count, pictureTokens)
        (self.weights, cache, features, total) = (plan.weights, plan.cache, plan.features, plan.total)
        available = AvailableMemory.current().byteCount
    }

    /// The lines for people.
    var lines: [String] {
        [
            "\(sequences) sequences of \(tokens) tokens in \(dtype), \(pictures) pictures of "
                + "\(pictureTokens) tokens",
            "weights \(byteText(weights)), keys and values \(byteText(cache)), features \(byteText(features))",
            "together \(byteText(total)), and activations; \(byteText(available)) are free",
        ]
    }
}
