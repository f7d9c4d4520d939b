// Messages and pictures to a prompt: a checkpoint's own way of laying out a conversation.
public import ImageInput
public import Tokenizer

/// Lays out conversations for one checkpoint.
public struct Processor: Sendable {
    /// What turns pixels into inputs of the vision tower.
    public enum Images: Sendable, Equatable {
        /// Patches of pictures whose size was rounded.
        case qwen25VL(QwenImageProcessor)
        /// Tiles of one size.
        case internVL(InternVLImageProcessor)
        /// The model does not see.
        case none
    }

    /// Text to ids.
    public let tokenizer: Tokenizer
    /// How a conversation becomes text.
    public let template: ChatTemplate
    /// Pixels to inputs of the tower.
    public private(set) var images: Images
    /// How Qwen2.5-VL resizes the frames of videos; its pixel limits are for a frame.
    public var videos = QwenImageProcessor.videoDefaults
    /// How files and folders become frames.
    public internal(set) var videoReader = VideoReader()
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
        tokenizer: Tokenizer, template: ChatTemplate, images: Images, configuration: ModelConfiguration
    ) {
        self.tokenizer = tokenizer
        self.template = template
        self.images = images
        self.configuration = configuration
        if case .internVL = images { videoReader.sampling = .segments(8) }
    }

    /// Changes how many pixels a picture may have after resizing; nil keeps a limit.
    ///
    /// - Throws: `ModelError.badPrompt` when this family does not resize by pixels or the limits contradict.
    public mutating func limitPixels(least: Int?, most: Int?) throws {
        guard least != nil || most != nil else { return }
        guard case .qwen25VL(let processor) = images else { throw hasNoPixelLimits }
        images = .qwen25VL(try limited(processor, least, most, ("--min-pixels", "--max-pixels")))
    }

    /// Changes how many pixels a frame of a video may have after resizing; nil keeps a limit.
    ///
    /// - Throws: `ModelError.badPrompt` when this family does not resize by pixels or the limits contradict.
    public mutating func limitVideoPixels(least: Int?, most: Int?) throws {
        guard least != nil || most != nil else { return }
        guard case .qwen25VL = images else { throw hasNoPixelLimits }
        videos = try limited(videos, least, most, ("--video-min-pixels", "--video-max-pixels"))
    }

    private var hasNoPixelLimits: ModelError {
        .badPrompt("pixel limits are for Qwen2.5-VL; the family \(configuration.family.rawValue) has none")
    }

    private func limited(
        _ processor: QwenImageProcessor, _ least: Int?, _ most: Int?, _ names: (least: String, most: String)
    ) throws -> QwenImageProcessor {
        var processor = processor
        processor.minPixels = least ?? processor.minPixels
        processor.maxPixels = most ?? processor.maxPixels
        guard processor.minPixels <= processor.maxPixels else {
            throw ModelError.badPrompt(
                "expected the fewest pixels (\(names.least)) to be at most the most (\(names.most)), "
                    + "found \(processor.minPixels) and \(processor.maxPixels), the checkpoint's own included"
            )
        }
        return processor
    }

    /// Decodes a picture and makes it what the vision tower reads.
    ///
    /// - Parameters:
    ///   - bytes: A JPEG, PNG or WebP file.
    ///   - name: For messages.
    /// - Returns: Patches or tiles.
    /// - Throws: `ImageError`, or `ModelError.badPrompt` when the model does not see.
    public func image(_ bytes: [UInt8], name: String) throws -> VisionInput {
        func decoded() throws -> RGBImage { try decodeImage(bytes, name: name, alpha: alpha) }
        return switch images {
        case .qwen25VL(let processor): .patches(try processor(decoded(), name: name))
        case .internVL(let processor): .tiles(processor(try decoded()))
        case .none: throw ModelError.badPrompt("\(name): this model is for text alone")
        }
    }

    /// Makes the frames of a video what the vision tower reads.
    ///
    /// - Parameter video: Frames and their rate, which only Qwen2.5-VL's positions ask for.
    /// - Returns: Patches, or one tile for each frame.
    /// - Throws: `ImageError`, or `ModelError.badPrompt` when the model does not see.
    public func video(_ video: VideoFrames) throws -> VisionInput {
        switch images {
        case .qwen25VL:
            .video(try videos(video), secondsPerStep: video.secondsPerStep(of: videos.temporalPatchSize))
        case .internVL(let processor): .frames(processor(frames: video.frames))
        case .none: throw ModelError.badPrompt("\(video.name): this model is for text alone")
        }
    }

    /// Rows that an input takes in a prompt.
    public func tokenCount(of input: VisionInput) throws -> Int {
        try configuration.tokenRuns(of: input).reduce(0, +)
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
        let runs = try visuals.map { visual -> (isVideo: Bool, counts: [Int]) in
            (visual.isVideo, try configuration.tokenRuns(of: visual))
        }
        let ids = try tokenizer.encode(
            pieces, imageTokenCounts: runs.filter { !$0.isVideo }.map { $0.counts.reduce(0, +) },
            videoTokenCounts: runs.filter { $0.isVideo }.map { $0.counts })
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
