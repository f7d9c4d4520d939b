// adapter_config.json of PEFT: every key that changes what an adapter computes is honored or refused.
// Keys: https://huggingface.co/docs/peft/package_reference/lora
internal import StrictJSON

/// How a LoRA adapter is scaled.
struct AdapterConfiguration: Sendable {
    /// What a module's pattern says; `module` is a regular expression for the end of its name.
    private struct Pattern<Value: Sendable>: Sendable {
        let module: String
        let value: Value
    }

    /// Whether `fan_in_fan_out` is set, which PEFT ignores for linear layers.
    let isTransposed: Bool
    /// `r`, `lora_alpha` and `use_rslora`, for modules without a pattern of their own.
    let rank: Int
    let alpha: Double
    let isRankStabilized: Bool
    private let ranks: [Pattern<Int>]
    private let alphas: [Pattern<Double>]
    private let file: String

    /// Keys that say where the adapter comes from or how it was trained, and keys that its tensors say, too.
    private static let harmless: Set<String> = [
        "auto_mapping", "base_model_name_or_path", "revision", "inference_mode", "task_type", "peft_version",
        "lora_dropout", "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern",
        "megatron_core",
        "bias", "lora_bias", "modules_to_save", "loftq_config", "eva_config", "corda_config",
        "lora_ga_config",
        "qalora_group_size", "ensure_weight_tying", "runtime_config",
    ]
    private static let honored: Set<String> = [
        "peft_type", "r", "lora_alpha", "use_rslora", "rank_pattern", "alpha_pattern", "fan_in_fan_out",
        "init_lora_weights",
    ]
    /// What other keys mean, for the message.
    private static let names = [
        "use_dora": "DoRA", "use_qalora": "QALoRA", "use_bdlora": "block-diagonal LoRA",
        "layer_replication": "replicated layers", "trainable_token_indices": "trained tokens",
        "alora_invocation_tokens": "activated LoRA, which changes only some of the tokens",
        "target_parameters": "parameters without a module", "arrow_config": "Arrow routing",
        "megatron_config": "Megatron's parallel layers",
    ]
    /// Ways to start training that leave the base as it is; others change it.
    private static let plainStarts = ["gaussian", "eva", "orthogonal"]

    /// Reads a file; throws `ConfigurationError` that names the key.
    init(_ bytes: [UInt8], file: String) throws {
        let config = try ConfigurationReader(bytes, file: file)
        guard case .object(let members) = config.json else {
            throw ConfigurationError.badValue(
                file: file, key: "", expected: "an object", found: config.json.compact)
        }
        guard try config.text("peft_type")?.uppercased() == "LORA" else {
            throw config.bad("peft_type", "'LORA'; other adapters are not merged", config.value("peft_type"))
        }
        for member in members where !Self.harmless.union(Self.honored).contains(member.key) {
            guard Self.isOff(member.value) else {
                let meaning = Self.names[member.key] ?? "which is not known here"
                throw config.bad(
                    member.key, "absent or off (\(meaning)); merge the adapter with PEFT's merge_and_unload",
                    member.value)
            }
        }
        try Self.checkStart(config)
        rank = try config.count("r", default: 8)
        alpha = try config.positive("lora_alpha") ?? 8
        isRankStabilized = try config.flag("use_rslora", default: false)
        isTransposed = try config.flag("fan_in_fan_out", default: false)
        ranks = try Self.patterns("rank_pattern", config) { $0.integer.flatMap { $0 > 0 ? $0 : nil } }
        alphas = try Self.patterns("alpha_pattern", config) { value in
            guard case .number(let text) = value else { return nil }
            return Double(text).flatMap { $0.isFinite ? $0 : nil }
        }
        self.file = file
    }

    /// Whether a key might as well be absent.
    static func isOff(_ value: OrderedJSON) -> Bool {
        switch value {
        case .null, .bool(false): true
        case .array(let items): items.isEmpty
        case .object(let members): members.isEmpty
        default: false
        }
    }

    private static func checkStart(_ config: ConfigurationReader) throws {
        let key = "init_lora_weights"
        switch config.value(key) {
        case nil, .bool?: return
        case .string(let name)? where plainStarts.contains(name.lowercased()): return
        default:
            throw config.bad(
                key,
                "true, false, 'gaussian', 'eva' or 'orthogonal': other starts change the base; save the adapter "
                    + "with path_initial_model_for_weight_conversion", config.value(key))
        }
    }

    private static func patterns<Value>(
        _ key: String, _ config: ConfigurationReader, _ read: (OrderedJSON) -> Value?
    ) throws -> [Pattern<Value>] {
        guard let object = try config.object(ifPresent: key), case .object(let members) = object.json else {
            return []
        }
        return try members.map { member in
            guard let value = read(member.value) else {
                throw object.bad(member.key, "a positive number", member.value)
            }
            do { _ = try Regex("(.*\\.)?(\(member.key))") } catch {
                throw config.bad(key, "names or regular expressions of modules", .string(member.key))
            }
            return Pattern(module: member.key, value: value)
        }
    }

    /// The value of the first pattern that matches the end of a module's name.
    private static func value<Value>(_ module: String, _ patterns: [Pattern<Value>]) throws -> Value? {
        try patterns.first { try Regex("(.*\\.)?(\($0.module))").wholeMatch(in: module) != nil }?.value
    }

    /// What the product of a module's two matrices is multiplied by.
    ///
    /// - Parameters:
    ///   - module: The module's name in the adapter.
    ///   - stored: The rank of its matrices.
    /// - Returns: The factor.
    /// - Throws: `ConfigurationError` when the file says another rank.
    func scale(of module: String, rank stored: Int) throws -> Float {
        let expected = try Self.value(module, ranks) ?? rank
        guard expected == stored else {
            throw ConfigurationError.badValue(
                file: file, key: "r or rank_pattern",
                expected: "\(stored) for \(module), as its matrices have it",
                found: "\(expected)")
        }
        let alpha = try Self.value(module, alphas) ?? alpha
        return Float(alpha / (isRankStabilized ? Double(stored).squareRoot() : Double(stored)))
    }
}
