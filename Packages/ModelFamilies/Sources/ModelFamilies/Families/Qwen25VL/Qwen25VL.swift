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
            config.object(orEmpty: "vision_config"), textSize: text.hiddenSize, &obstacles)
        let isTied = try (config.value("tie_word_embeddings") == nil ? nested ?? config : config)
            .flag("tie_word_embeddings", default: false)
        let ids = try obstacles.record(or: [Int32]()) {
            try [("image_token_id", Int32(151_655)), ("video_token_id", 151_656)].map {
                try config.tokenID($0, default: $1, vocabulary: text.vocabularySize)
            }
        }
        // Absent keys have the class's defaults here too, as far as the vocabulary has such tokens.
        let others = try [
            ("vision_start_token_id", Int32(151_652)), ("vision_end_token_id", 151_653),
            ("vision_token_id", 151_654),
        ].compactMap { key, usual -> Int32? in
            try config.tokenID(key) ?? (Int(usual) < text.vocabularySize ? usual : nil)
        }
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
