// Loads a runnable model from a checkpoint of any format.
public import Basics
public import Checkpoint
internal import Foundation
public import ModelFamilies
internal import TensorMath
internal import Tokenizer

/// A model with everything that its checkpoint defines.
public struct LoadedModel {
    /// The weights and how to run them.
    public let model: LanguageModel
    /// Converts conversations to prompts.
    public var processor: Processor
    /// The sampling defaults of the checkpoint.
    public let generation: GenerationDefaults
    /// The checkpoint that it was loaded from.
    public let checkpoint: any CheckpointReader
    /// The families that it was chosen from.
    let families: [ModelFamily]
    /// The changes of low rank that are trained instead of the weights; nil when there are none.
    let adapters: AdapterOptions?

    /// Opens a checkpoint; its hashes are not verified (see `CheckpointReader.requireSound()`).
    ///
    /// - Parameters:
    ///   - path: An HDF5 checkpoint, a safetensors file or a directory.
    ///   - compute: As below.
    ///   - quantization: As below.
    ///   - families: The families to choose from.
    /// - Throws: As below.
    public init(
        path: String, compute: DType = .float32, quantization: Quantization = .none,
        families: [ModelFamily] = ModelFamily.known
    ) throws {
        try self.init(openCheckpoint(path), compute: compute, quantization: quantization, families: families)
    }

    /// Loads an open checkpoint.
    ///
    /// - Parameters:
    ///   - checkpoint: The stored model.
    ///   - compute: float32 widens all weights, for inference and training. bfloat16 is for inference only:
    ///     half the memory, none for bfloat16 weights that are mmapped, and products in bfloat16.
    ///   - quantization: How to hold the decoder's matrices; in few bits for inference only. Stored codes are used as
    ///     they are, or widened with `none`.
    ///   - families: The families to choose from.
    ///   - adapters: The changes of low rank that are trained instead of the weights; nil for none.
    ///   - frozen: The weights that training leaves as they are: with `compute: float32` they stay as they are stored in
    ///     float32 or bfloat16, and mapped files are read in place; nil for none.
    /// - Throws: `CheckpointError`, `ConfigurationError`, `ModelError`, `TokenizerError` or `ImageError`,
    ///   naming file and key.
    public init(
        _ checkpoint: any CheckpointReader, compute: DType = .float32, quantization: Quantization = .none,
        families: [ModelFamily] = ModelFamily.known, adapters: AdapterStart? = nil,
        frozen: FrozenWeights? = nil
    ) throws {
        let path = checkpoint.location
        try checkpoint.requireNoAdapter()
        let tokenizer = try Tokenizer(files: checkpoint.sideFile)
        model = try LanguageModel(
            checkpoint, compute: compute, quantization: quantization, families: families,
            adapters: adapters, frozen: frozen, tokenID: tokenizer.id(ofToken:))
        self.adapters = adapters?.options
        guard tokenizer.vocabularyCount <= model.configuration.text.vocabularySize else {
            throw ModelError.badConfiguration(
                file: "\(path): config.json",
                problem: "vocab_size is \(model.configuration.text.vocabularySize), but the tokenizer has "
                    + "\(tokenizer.vocabularyCount) tokens")
        }
        processor = try Processor(checkpoint, tokenizer: tokenizer, configuration: model.configuration)
        generation = try GenerationDefaults(
            json: try checkpoint.sideFile("generation_config.json"), file: "\(path): generation_config.json",
            template: processor.template, tokenizer: processor.tokenizer)
        (self.checkpoint, self.families) = (checkpoint, families)
    }

    /// A new engine over the model's current weights, with the default limits.
    public var engine: GenerationEngine { engine(EngineOptions()) }

    /// A new engine over the model's current weights.
    public func engine(_ options: EngineOptions) -> GenerationEngine {
        GenerationEngine(
            model: model, endTokenIDs: generation.endTokens.ids, tokenizer: processor.tokenizer,
            options: options)
    }

    /// The path that was opened.
    public var location: String { checkpoint.location }

    /// What a user should know before the model answers or is trained: each is one sentence, without a name in front.
    ///
    /// What was left out while reading, such as buffers; a stored chat template that is none of those compiled in; and
    /// end tokens that lack the template's own.
    /// Throws what reading the side files throws.
    public var notices: [String] {
        get throws {
            try checkpoint.readingNotes + templateDifferences
                + [generation.endTokens.difference].compactMap { $0 }
        }
    }

    /// Throws `ModelError.badConfiguration` unless every stored chat template is the compiled-in one that is used.
    public func requireKnownTemplate() throws {
        guard let difference = try templateDifferences.first else { return }
        throw ModelError.badConfiguration(
            file: checkpoint.location,
            problem:
                "\(difference), which is an error where a known template is required; conversations in another "
                + "layout than the model's own give worse answers")
    }

    private var templateDifferences: [String] {
        get throws {
            try StoredTemplate.all(in: checkpoint).compactMap { $0.difference(from: processor.template) }
        }
    }
}
