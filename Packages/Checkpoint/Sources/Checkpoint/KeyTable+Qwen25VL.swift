// The tensors of Qwen2.5-VL, derived from its config.json in the flat form of the hub and the nested one since 4.52.
internal import StrictJSON

extension KeyTable {
    /// The table of a Qwen2.5-VL model.
    ///
    /// The text sizes stand at the top of the configuration or under `text_config`. Throws
    /// `CheckpointError.badConfiguration` naming the key.
    public static func qwen25VL(config: [UInt8], location: String) throws -> KeyTable {
        let root = try parse(config, location)
        let text = SizeReader(json: root["text_config"] ?? root, prefix: "", location: location)
        guard let visionJSON = root["vision_config"] else {
            throw CheckpointError.badConfiguration(
                file: location, key: "vision_config", expected: "an object", found: "nothing")
        }
        let vision = SizeReader(json: visionJSON, prefix: "vision_config.", location: location)
        var tensors = try qwenVision(vision)
        tensors += try qwenText(text, isTied: isTied(root, text.json, location))
        return KeyTable(family: "qwen2_5_vl", expected: tensors)
    }

    /// Whether the head shares the embedding; transformers takes an absent key as true.
    private static func isTied(_ root: OrderedJSON, _ text: OrderedJSON, _ location: String) throws -> Bool {
        switch root["tie_word_embeddings"] ?? text["tie_word_embeddings"] {
        case nil: return true
        case .bool(let value)?: return value
        case let other?:
            throw CheckpointError.badConfiguration(
                file: location, key: "tie_word_embeddings", expected: "true or false", found: other.compact)
        }
    }

    private static func qwenVision(_ sizes: SizeReader) throws -> [Expected] {
        let depth = try sizes.count("depth", atMost: 10_000)
        let hidden = try sizes.count("hidden_size")
        let intermediate = try sizes.count("intermediate_size")
        let channels = try sizes.count("in_channels", or: "in_chans", default: 3)
        let frames = try sizes.count("temporal_patch_size", default: 2)
        let patch = try sizes.count("patch_size", default: 14)
        let merge = try sizes.count("spatial_merge_size", default: 2)
        let merged = hidden * merge * merge
        var list = [tensor("visual.patch_embed.proj.weight", hidden, channels, frames, patch, patch)]
        for block in 0..<depth {
            let name = "visual.blocks.\(block)"
            list += [tensor("\(name).norm1.weight", hidden), tensor("\(name).norm2.weight", hidden)]
            list += linear("\(name).attn.qkv", from: hidden, to: 3 * hidden)
            list += linear("\(name).attn.proj", from: hidden, to: hidden)
            list += linear("\(name).mlp.gate_proj", from: hidden, to: intermediate)
            list += linear("\(name).mlp.up_proj", from: hidden, to: intermediate)
            list += linear("\(name).mlp.down_proj", from: intermediate, to: hidden)
        }
        list.append(tensor("visual.merger.ln_q.weight", hidden))
        list += linear("visual.merger.mlp.0", from: merged, to: merged)
        list += linear("visual.merger.mlp.2", from: merged, to: try sizes.count("out_hidden_size"))
        return list
    }

    private static func qwenText(_ sizes: SizeReader, isTied: Bool) throws -> [Expected] {
        let hidden = try sizes.count("hidden_size")
        let intermediate = try sizes.count("intermediate_size")
        let heads = try sizes.count("num_attention_heads")
        let groups = try sizes.count("num_key_value_heads", default: heads)
        let headSize = try sizes.count("head_dim", default: max(1, hidden / heads))
        let vocabulary = try sizes.count("vocab_size")
        var list = [tensor("model.embed_tokens.weight", vocabulary, hidden)]
        for layer in 0..<(try sizes.count("num_hidden_layers", atMost: 10_000)) {
            let name = "model.layers.\(layer)"
            list.append(tensor("\(name).input_layernorm.weight", hidden))
            list += linear("\(name).self_attn.q_proj", from: hidden, to: heads * headSize)
            list += linear("\(name).self_attn.k_proj", from: hidden, to: groups * headSize)
            list += linear("\(name).self_attn.v_proj", from: hidden, to: groups * headSize)
            list.append(tensor("\(name).self_attn.o_proj.weight", hidden, heads * headSize))
            list.append(tensor("\(name).post_attention_layernorm.weight", hidden))
            list.append(tensor("\(name).mlp.gate_proj.weight", intermediate, hidden))
            list.append(tensor("\(name).mlp.up_proj.weight", intermediate, hidden))
            list.append(tensor("\(name).mlp.down_proj.weight", hidden, intermediate))
        }
        list.append(tensor("model.norm.weight", hidden))
        list.append(Expected(name: "lm_head.weight", shape: [vocabulary, hidden], isRequired: !isTied))
        return list
    }

    private static func tensor(_ name: String, _ shape: Int...) -> Expected {
        Expected(name: name, shape: shape, isRequired: true)
    }

    private static func linear(_ name: String, from: Int, to: Int) -> [Expected] {
        [tensor("\(name).weight", to, from), tensor("\(name).bias", to)]
    }
}

/// Reads sizes out of a configuration and names the key when one is absent or senseless.
private struct SizeReader {
    let json: OrderedJSON
    let prefix: String
    let location: String

    /// A whole number from 1 up, under `key` or else `other`; throws `CheckpointError.badConfiguration`.
    func count(
        _ key: String, or other: String? = nil, default fallback: Int? = nil, atMost limit: Int = 1 << 24
    ) throws -> Int {
        guard let value = json[key] ?? other.flatMap({ json[$0] }) ?? nil, value != .null else {
            if let fallback { return fallback }
            throw CheckpointError.badConfiguration(
                file: location, key: prefix + key, expected: "a whole number from 1 to \(limit)",
                found: "nothing")
        }
        guard let number = value.integer, number >= 1, number <= limit else {
            throw CheckpointError.badConfiguration(
                file: location, key: prefix + key, expected: "a whole number from 1 to \(limit)",
                found: value.compact)
        }
        return number
    }
}
