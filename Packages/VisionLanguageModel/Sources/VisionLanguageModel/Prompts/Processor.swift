// Messages and pictures to a prompt: a checkpoint's own way of laying out a conversation.
public import ImageInput
public import ModelFamilies
public import Tokenizer

/// Lays out conversations for one checkpoint.
public struct Processor: Sendable {
    /// Text to ids.
    public let tokenizer: Tokenizer
    /// How a conversation becomes text.
    public let template: ChatTemplate
    /// Pixels to inputs of the tower.
    ///
    /// Nil for a model that does not see.
    var images: (any VisionProcessor)?
    /// How files and folders become frames.
    var videoReader = VideoReader()
    /// What becomes of the transparency of pictures and animations.
    public var alpha: AlphaHandling {
        get { videoReader.alpha }
        set { videoReader.alpha = newValue }
    }
    /// Whether prompts announce images and videos by number, where the template has such a form.
    public var addsVisionID = false
    /// The most tokens of a prompt; nil leaves only the model's own limit.
    public var maxPromptTokens: Int?
    var configuration: ModelConfiguration

    /// A processor over a checkpoint's tokenizer, template and picture settings.
    public init(
        tokenizer: Tokenizer, template: ChatTemplate, images: (any VisionProcessor)?,
        configuration: ModelConfiguration
    ) {
        self.tokenizer = tokenizer
        self.template = template
        self.images = images
        self.configuration = configuration
        videoReader.sampling = images?.frameSampling ?? videoReader.sampling
    }

    /// Which release's positions the tokens of videos get; only Qwen2.5-VL's depend on it.
    public var videoPositions: VideoPositionRule {
        get { configuration.videoPositions }
        set { configuration.videoPositions = newValue }
    }

    /// Changes how many pixels an image may have after resizing; nil keeps a limit.
    ///
    /// - Throws: `ModelError.badPrompt` when this family does not resize by pixels or the limits contradict.
    public mutating func limitPixels(least: Int?, most: Int?) throws {
        guard least != nil || most != nil else { return }
        let limits = try limits(images?.imageLimits, least, most, "image")
        images?.imageLimits = limits
    }

    /// Changes how many pixels a frame of a video may have after resizing; nil keeps a limit.
    ///
    /// - Throws: `ModelError.badPrompt` when this family does not resize by pixels or the limits contradict.
    public mutating func limitVideoPixels(least: Int?, most: Int?) throws {
        guard least != nil || most != nil else { return }
        let limits = try limits(images?.videoLimits, least, most, "frame of a video")
        images?.videoLimits = limits
    }

    private func limits(
        _ known: PixelLimits?, _ least: Int?, _ most: Int?, _ what: String
    ) throws -> PixelLimits {
        guard let known else {
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

    /// Decodes a picture and makes it what the vision tower reads.
    ///
    /// - Parameters:
    ///   - bytes: A JPEG, PNG or WebP file.
    ///   - name: For messages.
    /// - Returns: Patches or tiles.
    /// - Throws: `ImageError`, or `ModelError.badPrompt` when the model does not see.
    public func image(_ bytes: [UInt8], name: String) throws -> VisionInput {
        guard let images else { throw ModelError.badPrompt("\(name): this model is for text alone") }
        return try images.image(decodeImage(bytes, name: name, alpha: alpha), name: name)
    }

    /// Makes the frames of a video what the vision tower reads.
    ///
    /// - Parameter video: Frames and their rate, which only Qwen2.5-VL's positions ask for.
    /// - Returns: Patches, or one tile for each frame.
    /// - Throws: `ImageError`, or `ModelError.badPrompt` when the model does not see.
    public func video(_ video: VideoFrames) throws -> VisionInput {
        guard let images else {
            throw ModelError.badPrompt("\(video.name): this model is for text alone")
        }
        return try images.video(video)
    }

    /// The prompt of a conversation.
    ///
    /// - Parameters:
    ///   - messages: Turns; images and videos stand where the model shall see them.
    ///   - visuals: As many as the messages hold, in order.
    ///   - addGenerationPrompt: Whether to end with the start of the assistant's next turn.
    /// - Returns: Ids, inputs of the tower and positions.
    /// - Throws: `TokenizerError` or `ModelError.badPrompt` when counts do not match or the prompt is too
    ///   long.
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

    /// Throws when a prompt has more tokens than `maxPromptTokens` or than the model has positions.
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

    /// The ids of an assistant's turn: its text and the end token.
    ///
    /// - Throws: `ModelError.badPrompt` when the vocabulary has no `<|im_end|>`.
    public func answer(_ text: String) throws -> [TokenID] {
        guard let end = tokenizer.id(ofToken: "<|im_end|>") else {
            throw ModelError.badPrompt("the tokenizer has no <|im_end|>, which ends every turn")
        }
        return tokenizer.encode(text, specialTokens: .asText) + [end]
    }
}
