// The known model families. To add a family, add a folder next to this file and an entry in `known`.
public import Checkpoint

extension ModelFamily {
    /// Every family, in the order in which messages list them.
    public static let known: [ModelFamily] = [.qwen25VL, .internVL, .internVLChat, .text]
}

extension ModelConfiguration {
    /// Reads `config.json` of any known family.
    ///
    /// The result names the model's weights. Call `computable(_:)` before computing with it.
    ///
    /// - Parameters:
    ///   - config: The file's bytes.
    ///   - file: Its name in errors.
    ///   - families: The families to choose from.
    /// - Throws: `ConfigurationError` that names file and key.
    public init(config: [UInt8], file: String, families: [ModelFamily] = ModelFamily.known) throws {
        let reader = try ConfigurationReader(config, file: file)
        guard let type = try reader.text("model_type") else {
            throw reader.bad("model_type", "a model family", nil)
        }
        guard let family = families.first(where: { $0.modelTypes.contains(type) }) else {
            throw ConfigurationError.unknownFamily(
                family: type, file: file, known: families.flatMap(\.modelTypes))
        }
        try Self.refuseQuantized(reader)
        self = try family.read(reader)
    }

    /// Throws for weights that are stored in a quantized form: their tensors have other names and meanings.
    private static func refuseQuantized(_ config: ConfigurationReader) throws {
        guard let quantization = try config.object(ifPresent: "quantization_config") else { return }
        let method = try quantization.text("quant_method") ?? "unknown"
        throw ConfigurationError.badValue(
            file: config.file, key: "quantization_config.quant_method",
            expected:
                "absent, because quantized weights are not read; take the original checkpoint in bfloat16, or "
                + "dequantize this one and save it",
            found: "'\(method)'")
    }

    /// Reads the `config.json` of a checkpoint; throws `ConfigurationError`.
    public init(of checkpoint: any CheckpointReader, families: [ModelFamily] = ModelFamily.known) throws {
        guard let config = try checkpoint.sideFile("config.json") else {
            try checkpoint.requireNoAdapter()
            throw ConfigurationError.missingFile(checkpoint: checkpoint.location, file: "config.json")
        }
        try self.init(config: config, file: "\(checkpoint.location): config.json", families: families)
    }
}

extension CheckpointReader {
    /// Throws `ConfigurationError.adapter` for a LoRA adapter, which is not a model.
    public func requireNoAdapter() throws {
        guard sideFileNames.contains("config.json") || !sideFileNames.contains("adapter_config.json") else {
            throw ConfigurationError.adapter(checkpoint: location)
        }
    }
}
