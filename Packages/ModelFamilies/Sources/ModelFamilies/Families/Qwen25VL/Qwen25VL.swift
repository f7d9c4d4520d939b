// Qwen2.5-VL: config.json in the flat form of the hub and in the nested one that transformers writes since 4.52.
internal import Tokenizer

extension ModelFamily {
    /// Qwen2.5-VL.
    ///
    /// The text sizes are at the top of the file or under `text_config`.
    static let qwen25VL = ModelFamily("qwen2_5_vl") { config in
        var obstacles = Obstacles()
        let nested = try config.object(ifPresent: "text_config")
        let text = try (nested ?? config).textConfiguration(.qwen25VL, &obstacles)
        let vision = try Qwen25VLVisionConfiguration(
            config.object("vision_config"), textSize: text.hiddenSize, &obstacles)
        // transformers takes an absent key as true.
        let isTied = try (config.value("tie_word_embeddings") == nil ? nested ?? config : config)
            .flag("tie_word_embeddings", default: true)
        let ids = try obstacles.record(or: [Int32]()) {
            try ["image_token_id", "video_token_id"].map { key -> Int32 in
                guard let id = try config.tokenID(key) else {
                    throw config.bad(key, "the id of a token", nil)
                }
                return id
            }
        }
        let others = try ["vision_start_token_id", "vision_end_token_id", "vision_token_id"]
            .compactMap { try config.tokenID($0) }
        return ModelConfiguration(
            modelType: "qwen2_5_vl", text: text, vision: vision, tiesWordEmbeddings: isTied,
            naming: [NamingStyle(.nested, rules: nestedNames)], template: .qwen25VL,
            imageTokenID: ids.first, videoTokenID: ids.last, inputOnlyTokenIDs: ids + others,
            obstacles: obstacles)
    }

    private static let nestedNames = [
        NamingRule("model.visual", from: "visual"), NamingRule("model.language_model", from: "model"),
    ]
}

/// A name of a Qwen2.5-VL weight in the hub's style, whatever its own style; other names are unchanged.
///
/// For files without a configuration, which have no table.
public func qwen25VLHubName(_ name: String) -> String {
    for (nested, hub) in [("model.visual.", "visual."), ("model.language_model.", "model.")]
    where name.hasPrefix(nested) {
        return hub + name.dropFirst(nested.count)
    }
    return name
}
