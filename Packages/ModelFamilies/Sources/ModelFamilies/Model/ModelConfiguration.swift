// The contents of config.json for a model of any family, under Swift names.
public import Tokenizer

/// How the tokens of a video count time, and where the text after it starts.
///
/// Published releases of the same model disagree; for images all three are equal.
public enum VideoPositionRule: String, Sendable, Codable, CaseIterable {
    /// Time is `trunc(step * seconds * tokensPerSecond)`; text starts after the largest position of any row.
    ///
    /// The model was trained with this rule: transformers up to 4.49, vLLM, verl, EasyR1.
    case classical
    /// As classical, with the seconds of a step cut to a whole number first (transformers 4.50 to 4.57).
    case wholeSeconds
    /// Time as classical; text starts after the largest row or column, whatever the time (transformers 5).
    case afterFrame
}

/// The sizes of a vision tower and of the connector behind it.
public protocol VisionConfiguration: Sendable {
    /// Number of blocks.
    var depth: Int { get }
    /// Width of the residual stream.
    var hiddenSize: Int { get }
    /// The weights of tower and connector under their canonical names, in the order of the modules.
    var weights: [ExpectedTensor] { get }
    /// Beginnings of the names of these weights.
    var prefixes: [String] { get }
    /// Beginning of the names of the connector's weights.
    var connectorPrefix: String { get }
    /// Whether images can be prepared only with a processor's file; false where `config.json` says everything.
    var needsProcessorFile: Bool { get }
}

extension VisionConfiguration {
    /// True for most families.
    public var needsProcessorFile: Bool { true }
}

/// Sizes and constants of a model, and the names of its weights.
public struct ModelConfiguration: Sendable {
    /// The family as `model_type` names it, such as `qwen2_5_vl`.
    public let modelType: String
    /// The language model.
    public var text: TextConfiguration
    /// The vision tower; nil for text models.
    public var vision: (any VisionConfiguration)?
    /// Whether the output head is the embedding table.
    public var tiesWordEmbeddings: Bool
    /// The module that holds `model` and `lm_head`; empty when they are at the top.
    public let languageScope: String
    /// The styles in which the family is published besides the canonical one.
    public let naming: [NamingStyle]
    /// The layout of conversations; nil when the checkpoint's stored template decides.
    public var template: ChatTemplate?
    /// The id whose embedding an image's features replace; nil where there are no images.
    public var imageTokenID: Int32?
    /// The text of that token, for files that leave its id to the tokenizer.
    public var imageToken: String?
    /// The id whose embedding a video's features replace; nil where videos are images one after another.
    public var videoTokenID: Int32?
    /// Ids that only an input may hold, sorted; they are never sampled.
    public var inputOnlyTokenIDs: [Int32]
    /// Which release's positions the tokens of videos get.
    public var videoPositions = VideoPositionRule.classical
    /// What keeps this program from computing with the model.
    public var obstacles: Obstacles

    /// Puts a configuration together; `languageScope` is the module that holds `model` and `lm_head`.
    public init(
        modelType: String, text: TextConfiguration, vision: (any VisionConfiguration)?,
        tiesWordEmbeddings: Bool, languageScope: String = "", naming: [NamingStyle] = [],
        template: ChatTemplate? = nil, imageTokenID: Int32? = nil, imageToken: String? = nil,
        videoTokenID: Int32? = nil, inputOnlyTokenIDs: [Int32] = [], obstacles: Obstacles = Obstacles()
    ) {
        self.modelType = modelType
        self.text = text
        self.vision = vision
        self.tiesWordEmbeddings = tiesWordEmbeddings
        self.languageScope = languageScope
        self.naming = naming
        self.template = template
        self.imageTokenID = imageTokenID
        self.imageToken = imageToken
        self.videoTokenID = videoTokenID
        self.inputOnlyTokenIDs = inputOnlyTokenIDs.sorted()
        self.obstacles = obstacles
    }

    /// All weights under their canonical names, in the order of the modules.
    public var weights: [ExpectedTensor] {
        (vision?.weights ?? []) + text.weights(scope: languageScope, isTied: tiesWordEmbeddings)
    }

    /// The names of the embedding table and of the head.
    public var tableNames: (embedding: String, head: String) {
        let start = languageScope.isEmpty ? "" : languageScope + "."
        return (start + "model.embed_tokens.weight", start + "lm_head.weight")
    }
}

extension ModelConfiguration {
    /// The configuration with all ids known, for a model that is to run.
    ///
    /// - Parameter tokenID: The id of a token's text, for files that leave ids to the tokenizer.
    /// - Returns: The configuration with `imageTokenID` set where the family has images.
    /// - Throws: `ConfigurationError` for a model that this program cannot compute.
    public func computable(_ tokenID: (String) -> Int32? = { _ in nil }) throws -> ModelConfiguration {
        try obstacles.check()
        guard imageTokenID == nil, let imageToken else { return self }
        guard let id = tokenID(imageToken) else {
            throw ConfigurationError.badValue(
                file: "tokenizer.json", key: "added_tokens", expected: "a list with \(imageToken)",
                found: "none of this text")
        }
        var resolved = self
        resolved.imageTokenID = id
        resolved.inputOnlyTokenIDs = (inputOnlyTokenIDs + [id]).sorted()
        return resolved
    }
}
