// Language models without a vision tower: Qwen2, Qwen2.5 and Qwen3.

extension ModelFamily {
    /// Qwen2, Qwen2.5 and Qwen3.
    static let text = ModelFamily("qwen2", "qwen3") { config in
        var obstacles = Obstacles()
        return ModelConfiguration(
            modelType: try config.choice("model_type", of: ["qwen2", "qwen3"]),
            text: try config.textConfiguration(try config.architecture(), &obstacles), vision: nil,
            tiesWordEmbeddings: try config.flag("tie_word_embeddings", default: false), obstacles: obstacles)
    }
}
