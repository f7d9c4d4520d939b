// From a checkpoint of any format to a model that runs, and back to a file.
public import Checkpoint
internal import Foundation
internal import ImageInput
public import TensorMath
internal import Tokenizer

/// A model with everything that its checkpoint says about it.
public struct LoadedModel {
    /// The weights and how to run them.
    public let model: Qwen25VL
    /// How conversations are laid out.
    public var processor: Qwen25VLProcessor
    /// How the checkpoint's makers advise to sample.
    public let generation: GenerationDefaults
    /// Where it came from.
    public let checkpoint: any CheckpointReader

    /// Opens a checkpoint and widens its weights to float32.
    ///
    /// - Parameter path: An HDF5 checkpoint, a safetensors file or a directory.
    /// - Throws: `CheckpointError`, `ModelError`, `TokenizerError` or `ImageError`, naming file and key.
    public init(path: String) throws {
        let checkpoint = try openCheckpoint(path)
        func side(_ name: String) throws -> [UInt8] {
            guard let bytes = try checkpoint.sideFile(name) else {
                throw ModelError.missingSideFile(checkpoint: path, file: name)
            }
            return bytes
        }
        let configuration = try Qwen25VLConfiguration(
            json: Data(try side("config.json")), file: "\(path): config.json")
        let weights = try CheckpointWeights(checkpoint)
        model = try Qwen25VL(
            configuration, source: weights, hasHead: try weights.hasSeparateHead(configuration))
        let tokenizer = try Tokenizer(files: checkpoint.sideFile)
        guard tokenizer.vocabularyCount <= configuration.text.vocabularySize else {
            throw ModelError.badConfiguration(
                file: "\(path): config.json",
                problem: "vocab_size is \(configuration.text.vocabularySize), but the tokenizer has "
                    + "\(tokenizer.vocabularyCount) tokens")
        }
        processor = Qwen25VLProcessor(
            tokenizer: tokenizer,
            images: try QwenImageProcessor(preprocessorConfig: try side("preprocessor_config.json")),
            configuration: configuration)
        generation = try GenerationDefaults(
            json: try checkpoint.sideFile("generation_config.json"), file: "\(path): generation_config.json",
            tokenizer: processor.tokenizer)
        self.checkpoint = checkpoint
    }

    /// An engine over the model's present weights.
    public var engine: GenerationEngine {
        GenerationEngine(model: model, endTokenIDs: generation.endTokenIDs)
    }
}

/// What generation_config.json advises.
public struct GenerationDefaults: Sendable, Equatable {
    /// Tokens that end an answer.
    public let endTokenIDs: Set<Int32>
    /// Repetition penalty, 1 when the file gives none.
    public let repetitionPenalty: Double
    /// How the makers advise to draw answers; settings that the file lacks keep their defaults.
    public let sampling: SamplingOptions

    private struct File: Decodable {
        enum IDs: Decodable {
            case one(Int32), many([Int32])
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let id = try? container.decode(Int32.self) {
                    self = .one(id)
                } else {
                    self = .many(try container.decode([Int32].self))
                }
            }
        }
        let eos_token_id: IDs?
        let repetition_penalty, temperature, top_p: Double?
        let top_k: Int?
        let do_sample: Bool?

        /// The settings the file gives; `do_sample: false` is greedy whatever the temperature says.
        var sampling: SamplingOptions {
            var options = SamplingOptions()
            options.temperature = do_sample == false ? 0 : temperature ?? options.temperature
            options.topK = top_k ?? options.topK
            options.topP = top_p ?? options.topP
            options.repetitionPenalty = repetition_penalty ?? options.repetitionPenalty
            return options
        }
    }

    /// Reads the file; without it an answer ends with `<|im_end|>` or `<|endoftext|>`.
    init(json: [UInt8]?, file: String, tokenizer: Tokenizer) throws {
        let turns = ["<|im_end|>", "<|endoftext|>"].compactMap { tokenizer.id(ofToken: $0) }
        guard let json else {
            (endTokenIDs, repetitionPenalty, sampling) = (Set(turns), 1, SamplingOptions())
            return
        }
        do {
            let known = try JSONDecoder().decode(File.self, from: Data(json))
            switch known.eos_token_id {
            case .one(let id): endTokenIDs = [id]
            case .many(let ids): endTokenIDs = Set(ids)
            case nil: endTokenIDs = Set(turns)
            }
            sampling = known.sampling
            repetitionPenalty = sampling.repetitionPenalty
            try sampling.validate()
        } catch {
            throw ModelError.badConfiguration(file: file, problem: "not the settings expected: \(error)")
        }
    }
}

/// Weights of a checkpoint under the model's names, widened to float32.
public struct CheckpointWeights: ParameterSource {
    private let checkpoint: StyledCheckpoint

    /// Shows the checkpoint under the canonical names, whatever public style it has, and checks that all are there.
    ///
    /// - Throws: `CheckpointError` naming the key and both shapes.
    public init(_ checkpoint: any CheckpointReader) throws {
        self.checkpoint = try StyledCheckpoint(checkpoint)
    }

    /// Whether the head is a table of its own: when there is one and it differs from the embedding.
    ///
    /// transformers keeps a head that differs even when the configuration says it is tied.
    ///
    /// - Throws: `ModelError.missingWeight` when the configuration asks for a head that is not there.
    public func hasSeparateHead(_ configuration: Qwen25VLConfiguration) throws -> Bool {
        let (head, table) = ("lm_head.weight", "model.embed_tokens.weight")
        guard checkpoint.info(head) != nil, checkpoint.info(table) != nil else {
            if configuration.tiesWordEmbeddings { return false }
            let shape = [configuration.text.vocabularySize, configuration.text.hiddenSize]
            throw ModelError.missingWeight(key: head, file: checkpoint.location, shape: shape)
        }
        guard configuration.tiesWordEmbeddings else { return true }
        return try checkpoint.withBytes(of: head) { head in
            try checkpoint.withBytes(of: table) { table in !head.elementsEqual(table) }
        }
    }

    /// The weight, widened.
    ///
    /// - Throws: `ModelError` when it is missing or misshapen.
    public func tensor(named name: String, shape: [Int]) throws -> Tensor {
        guard let info = checkpoint.info(name) else {
            throw ModelError.missingWeight(key: name, file: checkpoint.location, shape: shape)
        }
        guard info.shape == shape else {
            throw ModelError.misshapenWeight(
                key: name, file: checkpoint.location, expected: shape, found: info.shape)
        }
        return try checkpoint.withBytes(of: name) { Tensor(widening: $0, dtype: info.dtype, shape: shape) }
    }
}
