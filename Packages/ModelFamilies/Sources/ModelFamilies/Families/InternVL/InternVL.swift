// InternVL2.5, InternVL3 and InternVL3.5: Hugging Face's form of config.json (`internvl`) and OpenGVLab's own
// (`internvl_chat`).
internal import Tokenizer

extension ModelFamily {
    /// Hugging Face's form, with `text_config`.
    static let internVL = ModelFamily("internvl") { config in
        let text = try config.object(orEmpty: "text_config", "llm_config")
        var model = try internVL(config, text: text, vision: .huggingFace, Obstacles())
        let vocabulary = model.text.vocabularySize
        let image = try model.obstacles.record(or: Int32?.none) {
            _ = try config.choice("vision_feature_select_strategy", of: ["default"], default: "default")
            _ = try config.choice("projector_hidden_act", of: ["gelu"], default: "gelu")
            return try config.tokenID("image_token_id", default: 151_667, vocabulary: vocabulary)
        }
        model.imageTokenID = image
        model.inputOnlyTokenIDs = image.map { [$0] } ?? []
        model.template = .internVL
        return model
    }

    /// OpenGVLab's form, with `llm_config`, which leaves the id of the image token to the tokenizer and keeps the
    /// settings of the image processor in `config.json`.
    static let internVLChat = ModelFamily("internvl_chat") { config in
        var obstacles = Obstacles()
        let text = try config.object("text_config", "llm_config")
        let template = try obstacles.record(or: ChatTemplate?.none) {
            let name = try config.text("template")
            guard let name, let known = ChatTemplate(internVLName: name) else {
                throw config.bad(
                    "template", "'internvl2_5', 'Hermes-2' or 'internlm2-chat'", config.value("template"))
            }
            return known
        }
        var model = try internVL(config, text: text, vision: .openGVLab, obstacles)
        model.imageTokenID = try config.tokenID("image_token_id")
        model.imageToken = "<IMG_CONTEXT>"
        model.inputOnlyTokenIDs = model.imageTokenID.map { [$0] } ?? []
        model.template = template
        return model
    }

    private static func internVL(
        _ config: ConfigurationReader, text keys: ConfigurationReader, vision form: InternVLForm,
        _ known: Obstacles
    ) throws -> ModelConfiguration {
        var obstacles = known
        // transformers takes Qwen2 where nothing says otherwise; OpenGVLab's class needs a name.
        let architecture = try keys.architecture(default: form == .huggingFace ? .qwen2 : nil)
        let text = try keys.textConfiguration(architecture, &obstacles)
        let vision = try InternVLVisionConfiguration(config, form, textSize: text.hiddenSize, &obstacles)
        let isTied =
            form == .huggingFace && config.value("tie_word_embeddings") != nil
            ? config : keys.value("tie_word_embeddings") == nil ? config : keys
        var naming = [
            NamingStyle(.nested, rules: InternVLNaming.nestedNames),
            NamingStyle(.original, rules: InternVLNaming.openGVLab),
        ]
        if architecture == .llama || architecture == .internlm2 {
            let rules = InternVLNaming.internLM2(groupCount: text.keyHeadCount)
            naming.append(NamingStyle(.internlm2, rules: InternVLNaming.openGVLab + rules))
        }
        return ModelConfiguration(
            modelType: try config.text("model_type") ?? "internvl", text: text, vision: vision,
            tiesWordEmbeddings: try isTied.flag("tie_word_embeddings", default: false),
            languageScope: "language_model", naming: naming, obstacles: obstacles)
    }
}
