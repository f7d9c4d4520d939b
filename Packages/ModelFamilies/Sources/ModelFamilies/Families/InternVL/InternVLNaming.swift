// The names of InternVL's weights in the styles in which it is published.

/// Rules that derive the names of other styles from the canonical ones.
enum InternVLNaming {
    static let nestedNames = [
        NamingRule("model.vision_tower", from: "vision_tower"),
        NamingRule("model.multi_modal_projector", from: "multi_modal_projector"),
        NamingRule("model.language_model", from: "language_model.model"),
        NamingRule("lm_head", from: "language_model.lm_head"),
    ]

    static let openGVLab: [NamingRule] = {
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
    static func internLM2(groupCount: Int) -> [NamingRule] {
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
}
