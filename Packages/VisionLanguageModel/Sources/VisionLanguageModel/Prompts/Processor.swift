// Converts messages and images to a prompt, in the layout that the checkpoint defines.
public import ImageInput
public import ModelFamilies
public import Tokenizer

/// Converts conversations to prompts for one checkpoint.
public struct Processor: Sendable {
    /// Text to ids.
    public let tokenizer: Tokenizer
    /// How a conversation becomes text.
    public let template: ChatTemplate
    /// Pixels to inputs of the tower.
    ///
    /// Nil for a text model and without settings for images.
    var images: (any VisionProcessor)?
    /// Why a model with a vision tower cannot be shown anything: its checkpoint has no settings for images.
    private let missingImages: ConfigurationError?
    /// How files and folders become frames.
    var videoReader = VideoReader()
    /// How the transparency of images and animations is handled.
    public var alpha: AlphaHandling {
        get { videoReader.alpha }
        set { videoReader.alpha = newValue }
    }
    /// Whether prompts label images and videos by number, where the template supports it.
    public var addsVisionID = false
    /// The most tokens of a prompt; nil leaves only the model's limit.
    public var maxPromptTokens: Int?
    var configuration: ModelConfiguration

    /// A processor over a checkpoint's tokenizer, template and image settings.
    public init(
        tokenizer: Tokenizer, template: ChatTemplate, images: (any VisionProcessor)?,
        configuration: ModelConfiguration, missingImages: ConfigurationError? = nil
    ) {
        self.missingImages = missingImages
        self.tokenizer = tokenizer
        self.template = template
        self.images = images
        self.configuration = configuration
        videoReader.sampling = images?.frameSampling ?? videoReader.sampling
    }

    /// The release whose positions video tokens get; only Qwen2.5-VL depends on it.
    public var videoPositions: VideoPositionRule {
        get { configuration.videoPositions }
        set { configuration.videoPositions = newValue }
    }

    /// Changes how many pixels an image may have after resizing; nil keeps a limit.
    ///
    /// - Throws: `ModelError.badPrompt` when this family does not resize by pixels or the limits conflict.
    public mutating func limitPixels(least: Int?, most: Int?) throws {
        guard least != nil || most != nil else { return }
        let limits = try limits(images?.imageLimits, least, most, "image")
        images?.imageLimits = limits
    }

    /// Changes how many pixels a video frame may have after resizing; nil keeps a limit.
    ///
    /// - Throws: `ModelError.badPrompt` when this family does not resize by pixels or the limits conflict.
    public mutating func limitVideoPixels(least: Int?, most: Int?) throws {
        guard least != nil || most != nil else { return }
        let limits = try limits(images?.videoLimits, least, most, "frame of a video")
        images?.videoLimits = limits
    }

    /// Changes the most tiles of an image.
    ///
    /// - Throws: `ModelError.badPrompt` when this family does not cut images into tiles.
    public mutating func limitTiles(most: Int) throws {
        guard images?.tileLimit != nil else {
            if let missingImages { throw missingImages }
            throw ModelError.badPrompt("the family \(configuration.modelType) does not cut images into tiles")
        }
        images?.tileLimit = most
    }

    private func limits(
        _ known: PixelLimits?, _ least: Int?, _ most: Int?, _ what: String
    ) throws -> PixelLimits {
        guard let known else {
            if let missingImages { throw missingImages }
            throw ModelError.badPrompt("the family \(configuration.modelType) has no pixel limits")
        }
        let limits = PixelLimits(least: least ?? known.least, most: most ?? known.most)
        guard limits.least <= limits.most else {
            throw ModelError.badPrompt(
                "the fewest pixels of one \(what) (\(limits.least)) are more than the most (\(limits.most)); a limit "
                    + "that is not set is the checkpoint's own")
        }
        return limits
    }

    /// Decodes an image and converts it to the vision tower's input.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - name: For messages.
    /// - Returns: Patches or tiles.
    /// - Throws: `ImageError`, `ModelError.badPrompt` when the model has no vision, or `ConfigurationError` when its
    ///   checkpoint has no settings for images.
    public func image(_ bytes: [UInt8], name: String) throws -> VisionInput {
        try vision(name).image(decodeImage(bytes, name: name, alpha: alpha), name: name)
    }

    /// Checks that `image(_:name:)` would take a file, without decoding it where its format allows that.
    ///
    /// A model for text alone checks only the file; `requireImageSettings` and `image(_:name:)` refuse such rows.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - name: For messages.
    /// - Throws: `ImageError`.
    public func check(_ bytes: [UInt8], name: String) throws {
        try checkImage(bytes, name: name)
        let size = try imageSize(bytes, name: name)
        try images?.checkSize(width: size.width, height: size.height, name: name)
    }

    /// Converts the frames of a video to the vision tower's input.
    ///
    /// - Parameter video: Frames and their rate; only Qwen2.5-VL's positions use the rate.
    /// - Returns: Patches, or one tile for each frame.
    /// - Throws: `ImageError`, `ModelError.badPrompt` when the model has no vision, or `ConfigurationError` when its
    ///   checkpoint has no settings for images.
    public func video(_ video: VideoFrames) throws -> VisionInput {
        try vision(video.name).video(video)
    }

    /// Throws `ConfigurationError` for a model whose checkpoint has no settings for the images it could see.
    public func requireImageSettings() throws {
        if let missingImages { throw missingImages }
    }

    /// What prepares the image or video of this name.
    private func vision(_ name: String) throws -> any VisionProcessor {
        try requireImageSettings()
        guard let images else { throw ModelError.badPrompt("\(name): this model is for text alone") }
        return images
    }

    /// The prompt of a conversation.
    ///
    /// - Parameters:
    ///   - messages: Turns; images and videos are where the model is to see them.
    ///   - visuals: One for each image and video in the messages, in order.
    ///   - addGenerationPrompt: Whether to end with the start of the assistant's next turn.
    /// - Returns: Ids, inputs of the tower and positions.
    /// - Throws: `TokenizerError`, or `ModelError.badPrompt` for mismatched counts or too long a prompt.
    public func prompt(
        _ messages: [ChatMessage], visuals: [VisionInput], addGenerationPrompt: Bool = true
    ) throws -> Prompt {
        let pieces = template.pieces(
            messages, addGenerationPrompt: addGenerationPrompt, addVisionID: addsVisionID)
        let ids = try tokenizer.encode(
            pieces, imageTokenCounts: visuals.filter { !$0.isVideo }.map(\.tokenCount),
            videoTokenCounts: visuals.filter(\.isVideo).map { $0.runs.map(\.count) })
        try checkLength(ids.count)
        return try Prompt(ids: ids, visuals: visuals, configuration: configuration)
    }

    /// Throws when a prompt has more tokens than `maxPromptTokens` or the model's position limit.
    private func checkLength(_ count: Int) throws {
        let limits = [
            maxPromptTokens.map { ($0, "data.maxPromptTokens") },
            configuration.text.maxPositions.map { ($0, "the model's max_position_embeddings") },
        ]
        guard let (limit, source) = limits.compactMap({ $0 }).min(by: { $0.0 < $1.0 }), count > limit else {
            return
        }
        throw ModelError.badPrompt("the prompt has \(count) tokens, the limit is \(limit) (\(source))")
    }

    /// The ids of an assistant's turn: its text and the template's end of a turn.
    ///
    /// - Throws: `ModelError.badPrompt` when the vocabulary has no such token.
    public func answer(_ text: String) throws -> [TokenID] {
        guard let end = tokenizer.id(ofToken: template.turnEndToken) else {
            throw ModelError.badPrompt(
                "the tokenizer has no \(template.turnEndToken), which ends every turn")
        }
        return tokenizer.encode(text, specialTokens: .asText) + [end]
    }

    /// The rows of the assistant's turns in a prompt that are complete: their text and the end of the turn.
    ///
    /// These are the tokens that the model would have answered. A text that begins with a line break shares a token
    /// with the line break before it, which is not counted.
    public func assistantTurns(in prompt: Prompt) -> [Range<Int>] {
        guard let first = tokenizer.id(ofToken: ChatTemplate.turnStartToken),
            let last = tokenizer.id(ofToken: template.turnEndToken)
        else { return [] }
        let role = tokenizer.encode(ChatMessage.Role.assistant.rawValue, specialTokens: .asText)
        var (turns, rest): ([Range<Int>], ArraySlice<Int32>) = ([], prompt.ids[...])
        while let start = rest.firstIndex(of: first), let end = rest[start...].firstIndex(of: last) {
            let text = start + 1 + role.count + 1
            if prompt.ids[(start + 1)...].starts(with: role), text <= end { turns.append(text..<end + 1) }
            rest = rest[(end + 1)...]
        }
        return turns
    }
}
