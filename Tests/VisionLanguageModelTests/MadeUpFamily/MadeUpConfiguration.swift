// A made-up family in one folder: what its config.json says. docs/model-families.md explains each part.
@testable import ModelFamilies
@testable import Tokenizer

/// Sizes of a tower that is one product: the mean color of each cell of a grid, to the language model's width.
struct MadeUpVision: VisionConfiguration {
    let gridSize: Int
    let outputSize: Int

    let depth = 1
    let hiddenSize = 3
    let prefixes = ["eye."]
    let connectorPrefix = "eye."
    var weights: [ExpectedTensor] { .linear("eye.projection", from: hiddenSize, to: outputSize) }
}

extension ModelFamily {
    /// A Llama that sees the mean colors of an image's cells.
    static let madeUp = ModelFamily("made_up") { config in
        var obstacles = Obstacles()
        let text = try config.textConfiguration(.llama, &obstacles)
        let image = try config.tokenID("image_token_id")
        return ModelConfiguration(
            modelType: "made_up", text: text,
            vision: MadeUpVision(
                gridSize: try config.object("vision_config").count("grid_size"), outputSize: text.hiddenSize),
            tiesWordEmbeddings: try config.flag("tie_word_embeddings", default: false),
            naming: [NamingStyle(.nested, rules: [NamingRule("model.eye", from: "eye")])],
            template: .qwen25VL, imageTokenID: image, inputOnlyTokenIDs: image.map { [$0] } ?? [],
            obstacles: obstacles)
    }
}
