// The tensors of InternVL in Hugging Face's form, OpenGVLab's own, and that with InternLM2 inside. Configurations of
// both kinds are read: `internvl` with text_config and `internvl_chat` with llm_config.
internal import StrictJSON

extension KeyTable {
    /// The table of an InternVL model.
    ///
    /// Throws `ConfigurationError.badValue` naming the key.
    static func internVL(_ json: OrderedJSON, family: String, location: String) throws -> KeyTable {
        let root = SizeReader(json: json, prefix: "", location: location)
        let text = try root.object("text_config", "llm_config")
        let vision = try root.object("vision_config")
        let kind = try kind(of: text)
        let isTied = try (text.json["tie_word_embeddings"] == nil ? root : text)
            .flag("tie_word_embeddings", default: false)
        let (_, groupCount, _) = try headSizes(text, kind)
        var naming = [(style: Style.nested, rules: internVLNested), (.original, openGVLab)]
        if kind == .llama || kind == .internlm2 {
            naming.append((.internlm2, openGVLab + internLM2(groupCount: groupCount)))
        }
        return KeyTable(
            family: family,
            expected: try internViT(vision, isOriginal: family == "internvl_chat")
                + projector(root, from: visionSize(vision, isOriginal: family == "internvl_chat"), to: text)
                + decoder(text, kind: kind, prefix: "language_model.", isTied: isTied),
            naming: naming)
    }

    private static let internVLNested = [
        NamingRule("model.vision_tower", from: "vision_tower"),
        NamingRule("model.multi_modal_projector", from: "multi_modal_projector"),
        NamingRule("model.language_model", from: "language_model.model"),
        NamingRule("lm_head", from: "language_model.lm_head"),
    ]

    private static let openGVLab: [NamingRule] = {
        let (ours, theirs) = ("vision_tower.encoder.layer.#", "vision_model.encoder.layers.#")
        let embeddings = "vision_model.embeddings"
        return [
            NamingRule("\(embeddings).class_embedding", from: "vision_tower.embeddings.cls_token"),
            NamingRule(
                "\(embeddings).position_embedding", from: "vision_tower.embeddings.position_embeddings"),
            NamingRule(
                "\(embeddings).patch_embedding", from: "vision_tower.embeddings.patch_embeddings.projection"),
            NamingRule("\(theirs).norm1", from: "\(ours).layernorm_before"),
            NamingRule("\(theirs).norm2", from: "\(ours).layernorm_after"),
            NamingRule(
                "\(theirs).attn.qkv", joining: ["q", "k", "v"].map { "\(ours).attention.\($0)_proj" }),
            NamingRule("\(theirs).attn.proj", from: "\(ours).attention.projection_layer"),
            NamingRule("\(theirs).attn", from: "\(ours).attention"),
            NamingRule("\(theirs).ls1", from: "\(ours).lambda_1"),
            NamingRule("\(theirs).ls2", from: "\(ours).lambda_2"),
            NamingRule("\(theirs).mlp", from: "\(ours).mlp"),
            NamingRule("mlp1.0", from: "multi_modal_projector.layer_norm"),
            NamingRule("mlp1.1", from: "multi_modal_projector.linear_1"),
            NamingRule("mlp1.3", from: "multi_modal_projector.linear_2"),
        ]
    }()

    /// InternLM2 stores for each head of keys its heads of queries, then its keys, then its values.
    private static func internLM2(groupCount: Int) -> [NamingRule] {
        let layer = "language_model.model.layers.#"
        return [
            NamingRule("language_model.model.tok_embeddings", from: "language_model.model.embed_tokens"),
            NamingRule("\(layer).attention_norm", from: "\(layer).input_layernorm"),
            NamingRule("\(layer).ffn_norm", from: "\(layer).post_attention_layernorm"),
            NamingRule(
                "\(layer).attention.wqkv", joining: ["q", "k", "v"].map { "\(layer).self_attn.\($0)_proj" },
                groupCount: groupCount),
            NamingRule("\(layer).attention.wo", from: "\(layer).self_attn.o_proj"),
            NamingRule("\(layer).feed_forward.w1", from: "\(layer).mlp.gate_proj"),
            NamingRule("\(layer).feed_forward.w3", from: "\(layer).mlp.up_proj"),
            NamingRule("\(layer).feed_forward.w2", from: "\(layer).mlp.down_proj"),
            NamingRule("language_model.output", from: "language_model.lm_head"),
        ]
    }

    /// The vision tower; absent keys have the values of the class that reads the configuration, which are those of
    /// InternViT-300M in transformers and of InternViT-6B in OpenGVLab's code.
    private static func internViT(_ sizes: SizeReader, isOriginal: Bool) throws -> [Expected] {
        let hidden = try visionSize(sizes, isOriginal: isOriginal)
        let intermediate = try sizes.count("intermediate_size", default: isOriginal ? 12_800 : 4096)
        let depth = try sizes.count("num_hidden_layers", default: isOriginal ? 48 : 24, atMost: 10_000)
        let channels = try sizes.count("num_channels", default: 3)
        let image = try sizes.pair("image_size", default: isOriginal ? 224 : 448)
        let patch = try sizes.pair("patch_size", default: 14)
        let hasBias = try sizes.flag(isOriginal ? "qkv_bias" : "attention_bias", default: false)
        let normalizesQueries = try sizes.flag(
            isOriginal ? "qk_normalization" : "use_qk_norm", default: isOriginal)
        let norm = try sizes.choice(
            "norm_type", of: ["layer_norm", "rms_norm"], default: isOriginal ? "rms_norm" : "layer_norm")
        _ = try sizes.flag("use_mask_token", default: false, required: false)
        _ = try sizes.flag("use_absolute_position_embeddings", default: true, required: true)
        _ = try sizes.flag("use_mean_pooling", default: true, required: true)

        let embeddings = "vision_tower.embeddings"
        let tokenCount = (image.0 / patch.0) * (image.1 / patch.1) + 1
        var list = [
            tensor("\(embeddings).cls_token", 1, 1, hidden),
            tensor("\(embeddings).position_embeddings", 1, tokenCount, hidden),
            tensor("\(embeddings).patch_embeddings.projection.weight", hidden, channels, patch.0, patch.1),
            tensor("\(embeddings).patch_embeddings.projection.bias", hidden),
        ]
        for layer in 0..<depth {
            let name = "vision_tower.encoder.layer.\(layer)"
            for place in ["before", "after"] {
                list.append(tensor("\(name).layernorm_\(place).weight", hidden))
                if norm == "layer_norm" { list.append(tensor("\(name).layernorm_\(place).bias", hidden)) }
            }
            for part in ["q", "k", "v"] {
                list += linear(
                    "\(name).attention.\(part)_proj", from: hidden, to: hidden, hasBias: hasBias)
            }
            list += linear("\(name).attention.projection_layer", from: hidden, to: hidden)
            if normalizesQueries {
                list += ["q", "k"].map { tensor("\(name).attention.\($0)_norm.weight", hidden) }
            }
            list += ["lambda_1", "lambda_2"].map { tensor("\(name).\($0)", hidden) }
            list += linear("\(name).mlp.fc1", from: hidden, to: intermediate)
            list += linear("\(name).mlp.fc2", from: intermediate, to: hidden)
        }
        return list
    }

    private static func visionSize(_ sizes: SizeReader, isOriginal: Bool) throws -> Int {
        try sizes.count("hidden_size", default: isOriginal ? 3200 : 1024)
    }

    /// What stands between tower and language model: it takes the patches of a square as one.
    private static func projector(
        _ root: SizeReader, from visionSize: Int, to text: SizeReader
    ) throws -> [Expected] {
        let side = try root.squareSide()
        let merged = visionSize * side * side
        let hidden = try text.count("hidden_size")
        let name = "multi_modal_projector"
        return [tensor("\(name).layer_norm.weight", merged), tensor("\(name).layer_norm.bias", merged)]
            + linear("\(name).linear_1", from: merged, to: hidden)
            + linear("\(name).linear_2", from: hidden, to: hidden)
    }
}

extension SizeReader {
    /// How many patches in a row become one token: 2 for the `downsample_ratio` 0.5.
    fileprivate func squareSide() throws -> Int {
        guard let value = json["downsample_ratio"], value != .null else { return 2 }
        guard let ratio = Double(value.compact), ratio > 0, ratio <= 1, (1 / ratio).rounded() * ratio == 1,
            ratio > 1.0 / 1024
        else { throw bad("downsample_ratio", "1 divided by a whole number, such as 0.5", value) }
        return Int((1 / ratio).rounded())
    }
}
