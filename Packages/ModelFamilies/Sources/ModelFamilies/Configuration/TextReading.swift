// The language model's keys of config.json: at the top of a text model's file, or in the part that names it.
internal import StrictJSON

/// The architectures of language models, by their `model_type`; each is the one decoder with other values.
enum TextArchitecture: String, CaseIterable, Sendable {
    case qwen2, qwen3, llama, internlm2
    /// The decoder of Qwen2.5-VL, whose type is written in several ways and never asked for.
    case qwen25VL
}

extension ConfigurationReader {
    /// The architecture that `model_type` names; without it the one that `architectures` names, as OpenGVLab's class
    /// looks at, else `fallback`.
    func architecture(default fallback: TextArchitecture? = nil) throws -> TextArchitecture {
        let classes: [String: TextArchitecture] = [
            "Qwen2ForCausalLM": .qwen2, "Qwen3ForCausalLM": .qwen3, "LlamaForCausalLM": .llama,
            "InternLM2ForCausalLM": .internlm2,
        ]
        var usual = fallback
        if case .array(let names)? = value("architectures"), let name = names.first?.text {
            usual = classes[name] ?? usual
        }
        let known = TextArchitecture.allCases.filter { $0 != .qwen25VL }
        let name = try choice("model_type", of: known.map(\.rawValue), default: usual?.rawValue)
        guard let architecture = TextArchitecture(rawValue: name) else {
            throw bad("model_type", "a language model's architecture", value("model_type"))
        }
        return architecture
    }

    /// The sizes, read as those of one architecture; absent keys have the defaults of the class that reads them in
    /// transformers.
    ///
    /// - Parameters:
    ///   - architecture: Decides about biases, head sizes, norms and rotation.
    ///   - obstacles: Gets what keeps this program from computing with the model.
    /// - Returns: The sizes.
    /// - Throws: `ConfigurationError` for keys that the weights depend on.
    func textConfiguration(
        _ architecture: TextArchitecture, _ obstacles: inout Obstacles
    ) throws -> TextConfiguration {
        let usual = architecture.defaults
        let hidden = try count("hidden_size", default: usual.hiddenSize)
        let heads = try count("num_attention_heads", default: usual.headCount)
        // Every class takes null as "as many as heads"; an absent key is the class's own number.
        let isNull = json["num_key_value_heads"] == .null
        let keyHeads = try count(
            "num_key_value_heads", default: isNull ? heads : usual.keyHeadCount ?? heads)
        try expect(
            heads % keyHeads == 0, "num_key_value_heads", "a divisor of \(heads)", found: "\(keyHeads)")
        let headSize = try count("head_dim", default: usual.headSize ?? max(1, hidden / heads))
        try expect(
            value("head_dim") != nil || usual.headSize != nil || hidden % heads == 0, "hidden_size",
            "a multiple of num_attention_heads \(heads)", found: "hidden_size \(hidden)")
        let layerCount = try count("num_hidden_layers", default: usual.layerCount, atMost: 10_000)
        try obstacles.record(or: ()) {
            try expect(headSize % 2 == 0, "head_dim", "an even number", found: "\(headSize)")
            _ = try choice("hidden_act", of: ["silu"], default: "silu")
            // Layers from this one on attend to a window only; often there are none.
            let windowFree = try integer("max_window_layers", default: usual.windowFreeLayers)
            try expect(
                try !flag("use_sliding_window", default: false) || windowFree >= layerCount,
                "use_sliding_window", "false: attention here sees the whole sequence")
        }
        let rotary = try obstacles.record(or: RotaryConfiguration(theta: usual.theta, kind: .plain)) {
            try self.rotary(architecture, headSize: headSize)
        }
        return TextConfiguration(
            hiddenSize: hidden,
            intermediateSize: try count("intermediate_size", default: usual.intermediateSize),
            layerCount: layerCount, headCount: heads, keyHeadCount: keyHeads, headSize: headSize,
            vocabularySize: try count("vocab_size", default: usual.vocabularySize),
            normEpsilon: try obstacles.record(or: usual.normEpsilon) {
                try positive("rms_norm_eps") ?? usual.normEpsilon
            },
            rotary: rotary, biases: try biases(architecture), normalizesHeads: architecture == .qwen3,
            maxPositions: try obstacles.record(or: nil) { try maxPositions(architecture, rotary) })
    }

    /// The most tokens of a sequence: a dynamic rotation reaches its factor beyond the trained length.
    private func maxPositions(
        _ architecture: TextArchitecture, _ rotary: RotaryConfiguration
    ) throws -> Int {
        let trained = try count(
            "max_position_embeddings", default: architecture.defaults.maxPositions,
            atMost: Int(Int32.max))
        guard case .dynamic(let factor, _) = rotary.kind else { return trained }
        return Int(min(Double(Int32.max), factor * Double(trained)))
    }

    private func biases(_ architecture: TextArchitecture) throws -> TextConfiguration.Biases {
        switch architecture {
        case .qwen2, .qwen25VL: return .init(input: true)
        case .qwen3, .llama:
            let attention = try flag("attention_bias", default: false)
            return .init(
                input: attention, output: attention,
                mlp: try architecture == .llama && flag("mlp_bias", default: false))
        case .internlm2:
            let bias = try flag("bias", default: true)
            return .init(input: bias, output: bias)
        }
    }

    /// How positions turn queries and keys; the rules are under `rope_scaling` or `rope_parameters`.
    private func rotary(_ architecture: TextArchitecture, headSize: Int) throws -> RotaryConfiguration {
        let scaling = try object(ifPresent: "rope_scaling")
        let parameters = try object(ifPresent: "rope_parameters")
        let theta =
            try positive("rope_theta") ?? parameters?.positive("rope_theta") ?? scaling?.positive(
                "rope_theta")
            ?? architecture.defaults.theta
        let rules = scaling ?? parameters
        let type = try rules?.text("rope_type") ?? rules?.text("type") ?? "default"
        let key = rules?.value("rope_type") == nil ? "type" : "rope_type"
        guard architecture == .qwen25VL else {
            switch type {
            case "default": return RotaryConfiguration(theta: theta, kind: .plain)
            case "dynamic":
                let length = try count(
                    "max_position_embeddings", default: architecture.defaults.maxPositions)
                guard let rules, let factor = try rules.positive("factor"), factor >= 1 else {
                    throw (rules ?? self).bad("factor", "a number from 1 up", rules?.value("factor"))
                }
                return RotaryConfiguration(
                    theta: theta, kind: .dynamic(factor: factor, trainedLength: length))
            default: throw (rules ?? self).bad(key, "'default' or 'dynamic'", .string(type))
            }
        }
        guard ["default", "mrope"].contains(type) else {
            throw (rules ?? self).bad(key, "'mrope' or 'default'", .string(type))
        }
        let holder = scaling?.value("mrope_section") == nil ? parameters ?? scaling : scaling
        guard let holder, let section = try holder.integers("mrope_section") else {
            throw bad("rope_scaling.mrope_section", "a list of three numbers", nil)
        }
        try holder.expect(
            section.count == 3 && section.reduce(0, +) == headSize / 2, "mrope_section",
            "three numbers whose sum is half the head size \(headSize)")
        return RotaryConfiguration(theta: theta, kind: .sections(section))
    }
}
