// The styles in which public checkpoints name their weights.

/// How a checkpoint names and cuts its tensors.
public enum WeightStyle: String, Sendable, CaseIterable {
    /// The hub's files in Hugging Face form, which is canonical.
    ///
    /// `visual.*` and `model.*` for Qwen2.5-VL, `vision_tower.*` and `language_model.model.*` for InternVL,
    /// `model.*` for text models.
    case hf
    /// `model.visual.*`, `model.vision_tower.*`, `model.language_model.*`: the names in the memory of transformers
    /// since 4.52.
    case nested
    /// InternVL as OpenGVLab publishes it: `vision_model.*` with fused `qkv`, `mlp1.*`, `language_model.*`.
    case original
    /// The same with InternLM2's own language model: `wqkv`, `w1`, `w2`, `w3`.
    case internlm2
}
