// The language model's keys in config.json: at the top of a text model's file, or in the part that names it.

/// The architectures of language models, by their `model_type`; each is the one decoder with other values.
enum TextKind: String {
    case qwen2, qwen3, llama, internlm2
    /// The decoder of Qwen2.5-VL, whose type is written in several ways and never asked for.
    case qwen25VL
}

/// The keys as they are written; absent ones have the defaults of the class that reads them in transformers.
struct TextKeys: Decodable {
    let model_type: String?
    let hidden_size, intermediate_size, num_hidden_layers, num_attention_heads, vocab_size: Int
    let num_key_value_heads, head_dim, max_position_embeddings: Int?
    let rms_norm_eps, rope_theta: Double?
    let rope_scaling, rope_parameters: Rope?
    let attention_bias, mlp_bias, bias, tie_word_embeddings, use_sliding_window: Bool?
    let hidden_act: String?

    struct Rope: Decodable {
        let type, rope_type: String?
        let mrope_section: [Int]?
        let rope_theta, factor: Double?
    }

    /// The sizes of the architecture that `model_type` names.
    func configuration() throws -> TextConfiguration {
        guard let kind = model_type.flatMap(TextKind.init), kind != .qwen25VL else {
            throw ConfigurationProblem(
                "unknown language model \"\(model_type ?? "")\" in model_type; known: internlm2, llama, qwen2, qwen3"
            )
        }
        return try configuration(kind)
    }

    /// The sizes, read as those of one architecture.
    func configuration(_ kind: TextKind) throws -> TextConfiguration {
        let keyHeads = num_key_value_heads ?? num_attention_heads
        try ConfigurationProblem.unlessSizes([
            hidden_size, intermediate_size, num_hidden_layers, num_attention_heads, keyHeads, vocab_size,
            head_dim ?? 1,
        ])
        try ConfigurationProblem.unless(
            head_dim != nil || kind == .qwen3 || hidden_size % num_attention_heads == 0,
            "hidden_size \(hidden_size) is no multiple of num_attention_heads \(num_attention_heads)")
        let headSize = head_dim ?? (kind == .qwen3 ? 128 : hidden_size / num_attention_heads)
        try ConfigurationProblem.unless(
            num_attention_heads % keyHeads == 0,
            "num_attention_heads \(num_attention_heads) is no multiple of num_key_value_heads \(keyHeads)")
        try ConfigurationProblem.unless(headSize % 2 == 0, "head size \(headSize) is odd")
        try ConfigurationProblem.unless(
            hidden_act ?? "silu" == "silu", "hidden_act is \"\(hidden_act ?? "")\", expected \"silu\"")
        try ConfigurationProblem.unless(
            use_sliding_window != true, "use_sliding_window is true; attention here always sees everything")
        let rotary = try rotary(kind, headSize: headSize)
        return TextConfiguration(
            hiddenSize: hidden_size, intermediateSize: intermediate_size, layerCount: num_hidden_layers,
            headCount: num_attention_heads, keyHeadCount: keyHeads, headSize: headSize,
            vocabularySize: vocab_size, normEpsilon: rms_norm_eps ?? 1e-6,
            rotary: rotary, biases: biases(kind), normalizesHeads: kind == .qwen3,
            maxPositions: maxPositions(rotary))
    }

    /// The most positions; a base that grows with the sequence allows `factor` times as many.
    private func maxPositions(_ rotary: RotaryConfiguration) -> Int? {
        guard let count = max_position_embeddings, count > 0, count < 1 << 40 else { return nil }
        guard case .dynamic(let factor, _) = rotary.kind else { return count }
        return Int(min(factor, 1e6) * Double(count))
    }

    private func biases(_ kind: TextKind) -> TextConfiguration.Biases {
        switch kind {
        case .qwen2, .qwen25VL: .init(input: true)
        case .qwen3: .init(input: attention_bias ?? false, output: attention_bias ?? false)
        case .llama:
            .init(input: attention_bias ?? false, output: attention_bias ?? false, mlp: mlp_bias ?? false)
        case .internlm2: .init(input: bias ?? true, output: bias ?? true)
        }
    }

    private func rotary(_ kind: TextKind, headSize: Int) throws -> RotaryConfiguration {
        let theta =
            rope_theta ?? rope_parameters?.rope_theta ?? rope_scaling?.rope_theta
            ?? (kind == .qwen25VL ? 1e6 : 1e4)
        let rules = rope_scaling ?? rope_parameters
        let type = rules?.rope_type ?? rules?.type ?? "default"
        guard kind == .qwen25VL else {
            switch type {
            case "default": return RotaryConfiguration(theta: theta, kind: .plain)
            case "dynamic":
                guard let factor = rules?.factor, factor >= 1, let length = max_position_embeddings,
                    length > 0
                else {
                    throw ConfigurationProblem(
                        "rope_scaling \"dynamic\" needs a factor of 1 or more and max_position_embeddings")
                }
                return RotaryConfiguration(
                    theta: theta, kind: .dynamic(factor: factor, trainedLength: length))
            default:
                throw ConfigurationProblem("rope_scaling \"\(type)\" is not known; known: default, dynamic")
            }
        }
        try ConfigurationProblem.unless(
            ["default", "mrope"].contains(type),
            "rope_scaling \"\(type)\" is not known; known: mrope, default")
        guard let section = rope_scaling?.mrope_section ?? rope_parameters?.mrope_section else {
            throw ConfigurationProblem("key mrope_section is missing in rope_scaling and rope_parameters")
        }
        try ConfigurationProblem.unless(
            section.count == 3 && section.allSatisfy { $0 >= 0 } && section.reduce(0, +) == headSize / 2,
            "mrope_section \(section) does not sum to half the head size \(headSize)")
        return RotaryConfiguration(theta: theta, kind: .sections(section))
    }
}

/// config.json of a text model.
struct TextFile: Decodable {
    private let keys: TextKeys

    init(from decoder: any Decoder) throws { keys = try TextKeys(from: decoder) }

    func configuration() throws -> ModelConfiguration {
        ModelConfiguration(
            family: .text, text: try keys.configuration(), vision: nil,
            tiesWordEmbeddings: keys.tie_word_embeddings ?? false)
    }
}
