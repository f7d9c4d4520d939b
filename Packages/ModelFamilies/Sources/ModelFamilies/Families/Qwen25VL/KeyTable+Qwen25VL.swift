// The tensors of Qwen2.5-VL, derived from its config.json in the flat form of the hub and the nested one since 4.52.
internal import StrictJSON

extension KeyTable {
    /// The table of a Qwen2.5-VL model.
    ///
    /// The text sizes stand at the top of the configuration or under `text_config`. Throws
    /// `ConfigurationError.badValue` naming the key.
    static func qwen25VL(_ json: OrderedJSON, location: String) throws -> KeyTable {
        let root = SizeReader(json: json, prefix: "", location: location)
        let text = json["text_config"] == nil ? root : try root.object("text_config")
        // transformers takes an absent key as true.
        let isTied = try (json["tie_word_embeddings"] == nil ? text : root)
            .flag("tie_word_embeddings", default: true)
        return KeyTable(
            family: "qwen2_5_vl",
            expected: try qwenVision(root.object("vision_config"))
                + decoder(text, kind: .qwen2, prefix: "", isTied: isTied),
            naming: [(.nested, qwenNested)])
    }

    private static let qwenNested = [
        NamingRule("model.visual", from: "visual"), NamingRule("model.language_model", from: "model"),
    ]

    /// A name of Qwen2.5-VL in the hub's style, whatever its own style; others stay.
    ///
    /// For files without a configuration, which have no table.
    public static func original(_ name: String) -> String {
        for (nested, hub) in [("model.visual.", "visual."), ("model.language_model.", "model.")]
        where name.hasPrefix(nested) {
            return hub + name.dropFirst(nested.count)
        }
        return name
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
}
