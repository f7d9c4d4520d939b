// config.json of Qwen2.5-VL: the flat form of the hub and the nested one that newer releases write.
public import Foundation

/// Sizes and constants of a Qwen2.5-VL model, under Swift names; `CodingKeys` hold the public ones.
public struct Qwen25VLConfiguration: Sendable, Equatable {
    /// The language model.
    public let text: TextConfiguration
    /// The vision tower.
    public let vision: VisionConfiguration
    /// Whether the output head is the embedding table.
    public let tiesWordEmbeddings: Bool
    /// The id whose embedding an image's features replace.
    public let imageTokenID: Int32
    /// The id whose embedding a video's features replace.
    public let videoTokenID: Int32
    /// All ids that only an input may hold: image, video, vision start, vision end, vision pad.
    public let visionTokenIDs: [Int32]

    /// Reads config.json.
    ///
    /// - Parameters:
    ///   - json: The file's bytes.
    ///   - file: Its name, for messages.
    /// - Throws: `ModelError.badConfiguration` that names the file and key.
    public init(json: Data, file: String) throws {
        do {
            self = try JSONDecoder().decode(ConfigurationFile.self, from: json).configuration
        } catch let error as DecodingError {
            throw ModelError.badConfiguration(file: file, problem: Self.describe(error))
        } catch let error as ConfigurationProblem {
            throw ModelError.badConfiguration(file: file, problem: error.text)
        }
    }

    fileprivate init(
        text: TextConfiguration, vision: VisionConfiguration, tiesWordEmbeddings: Bool, imageTokenID: Int32,
        videoTokenID: Int32, visionTokenIDs: [Int32]
    ) {
        self.text = text
        self.vision = vision
        self.tiesWordEmbeddings = tiesWordEmbeddings
        self.imageTokenID = imageTokenID
        self.videoTokenID = videoTokenID
        self.visionTokenIDs = visionTokenIDs
    }

    private static func describe(_ error: DecodingError) -> String {
        func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            (context.codingPath + [last].compactMap { $0 }).map(\.stringValue).joined(separator: ".")
        }
        return switch error {
        case .keyNotFound(let key, let context): "key \(path(context, key)) is missing"
        case .typeMismatch(let type, let context): "key \(path(context)) is not a \(type)"
        case .valueNotFound(let type, let context): "key \(path(context)) is null, expected a \(type)"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? "not valid JSON" : "key \(path(context)) is unusable"
        @unknown default: "\(error)"
        }
    }
}

/// Sizes of the decoder.
public struct TextConfiguration: Sendable, Equatable {
    /// Width of the residual stream.
    public let hiddenSize: Int
    /// Width of the MLP.
    public let intermediateSize: Int
    /// Number of layers.
    public let layerCount: Int
    /// Query heads.
    public let headCount: Int
    /// Key and value heads.
    public let keyHeadCount: Int
    /// Rows of the embedding table.
    public let vocabularySize: Int
    /// Epsilon of every RMSNorm.
    public let normEpsilon: Double
    /// Base of the rotary frequencies.
    public let ropeTheta: Double
    /// How many of the frequencies turn by time, row and column; sums to half the head size.
    public let mropeSection: [Int]
    /// Elements per head.
    public var headSize: Int { hiddenSize / headCount }
}

/// Sizes of the vision tower.
public struct VisionConfiguration: Sendable, Equatable, Decodable {
    /// Number of blocks.
    public let depth: Int
    /// Width of the residual stream.
    public let hiddenSize: Int
    /// Width of the MLP.
    public let intermediateSize: Int
    /// Attention heads.
    public let headCount: Int
    /// Width of the language model that the merger feeds.
    public let outHiddenSize: Int
    /// Side of a patch in pixels.
    public let patchSize: Int
    /// Frames per patch.
    public let temporalPatchSize: Int
    /// Patches per side that merge into one token.
    public let mergeSize: Int
    /// Side of an attention window in pixels.
    public let windowSize: Int
    /// Blocks that attend over the whole frame instead of windows.
    public let fullAttentionBlocks: [Int]
    /// Elements of one flattened patch: 3 colours x frames x side x side.
    public var patchElementCount: Int { 3 * temporalPatchSize * patchSize * patchSize }
    /// Elements per head.
    public var headSize: Int { hiddenSize / headCount }

    private enum CodingKeys: String, CodingKey {
        case depth
        case hiddenSize = "hidden_size"
        case intermediateSize = "intermediate_size"
        case headCount = "num_heads"
        case outHiddenSize = "out_hidden_size"
        case patchSize = "patch_size"
        case temporalPatchSize = "temporal_patch_size"
        case mergeSize = "spatial_merge_size"
        case windowSize = "window_size"
        case fullAttentionBlocks = "fullatt_block_indexes"
    }
}

/// A rule between keys that does not hold.
private struct ConfigurationProblem: Error { let text: String }

/// The file as it is written; the language model's keys stand at the top or under `text_config`.
private struct ConfigurationFile: Decodable {
    let configuration: Qwen25VLConfiguration

    private enum Keys: String, CodingKey {
        case text = "text_config"
        case vision = "vision_config"
        case modelType = "model_type"
        case ties = "tie_word_embeddings"
        case image = "image_token_id"
        case video = "video_token_id"
        case start = "vision_start_token_id"
        case end = "vision_end_token_id"
        case pad = "vision_token_id"
    }

    init(from decoder: any Decoder) throws {
        let top = try decoder.container(keyedBy: Keys.self)
        let family = try top.decode(String.self, forKey: .modelType)
        guard family == "qwen2_5_vl" else {
            throw ConfigurationProblem(text: "unknown family \"\(family)\" in model_type; known: qwen2_5_vl")
        }
        let nested = try top.decodeIfPresent(TextKeys.self, forKey: .text)
        let text = try (nested ?? TextKeys(from: decoder)).configuration()
        let vision = try top.decode(VisionConfiguration.self, forKey: .vision)
        try Self.check(text, vision)
        let image = try top.decode(Int32.self, forKey: .image)
        let video = try top.decode(Int32.self, forKey: .video)
        let others = try [Keys.start, .end, .pad].compactMap {
            try top.decodeIfPresent(Int32.self, forKey: $0)
        }
        configuration = Qwen25VLConfiguration(
            text: text, vision: vision,
            tiesWordEmbeddings: try top.decodeIfPresent(Bool.self, forKey: .ties) ?? nested?.ties ?? true,
            imageTokenID: image, videoTokenID: video, visionTokenIDs: ([image, video] + others).sorted())
    }

    private static func check(_ text: TextConfiguration, _ vision: VisionConfiguration) throws {
        func rule(_ holds: Bool, _ text: @autoclosure () -> String) throws {
            if !holds { throw ConfigurationProblem(text: text()) }
        }
        let sizes = [
            text.hiddenSize, text.intermediateSize, text.layerCount, text.headCount, text.keyHeadCount,
            text.vocabularySize, vision.depth, vision.hiddenSize, vision.intermediateSize, vision.headCount,
            vision.outHiddenSize, vision.patchSize, vision.temporalPatchSize, vision.mergeSize,
            vision.windowSize,
        ]
        try rule(sizes.allSatisfy { $0 > 0 && $0 < 1 << 24 }, "a size is not positive or absurdly large")
        try rule(
            text.hiddenSize % text.headCount == 0,
            "hidden_size \(text.hiddenSize) is no multiple of num_attention_heads \(text.headCount)")
        try rule(
            text.headCount % text.keyHeadCount == 0,
            "num_attention_heads \(text.headCount) is no multiple of num_key_value_heads \(text.keyHeadCount)"
        )
        try rule(text.headSize % 2 == 0, "head size \(text.headSize) is odd")
        try rule(
            text.mropeSection.count == 3 && text.mropeSection.reduce(0, +) == text.headSize / 2,
            "mrope_section \(text.mropeSection) does not sum to half the head size \(text.headSize)")
        try rule(
            vision.hiddenSize % vision.headCount == 0 && vision.headSize % 4 == 0,
            "vision hidden_size \(vision.hiddenSize) over \(vision.headCount) heads is no multiple of 4")
        try rule(
            vision.outHiddenSize == text.hiddenSize,
            "out_hidden_size \(vision.outHiddenSize) is not the language model's hidden_size \(text.hiddenSize)"
        )
        try rule(
            vision.windowSize / vision.patchSize / vision.mergeSize > 0,
            "window_size \(vision.windowSize) is smaller than a merged patch")
    }
}

/// The language model's keys.
private struct TextKeys: Decodable {
    let hidden_size, intermediate_size, num_hidden_layers, num_attention_heads, num_key_value_heads: Int
    let vocab_size: Int
    let rms_norm_eps: Double?
    let rope_theta: Double?
    let rope_scaling, rope_parameters: Rope?
    let tie_word_embeddings: Bool?

    var ties: Bool? { tie_word_embeddings }

    struct Rope: Decodable {
        let mrope_section: [Int]?
        let rope_theta: Double?
    }

    func configuration() throws -> TextConfiguration {
        guard let section = rope_scaling?.mrope_section ?? rope_parameters?.mrope_section else {
            throw ConfigurationProblem(
                text: "key mrope_section is missing in rope_scaling and rope_parameters")
        }
        return TextConfiguration(
            hiddenSize: hidden_size, intermediateSize: intermediate_size, layerCount: num_hidden_layers,
            headCount: num_attention_heads, keyHeadCount: num_key_value_heads, vocabularySize: vocab_size,
            normEpsilon: rms_norm_eps ?? 1e-6,
            ropeTheta: rope_theta ?? rope_parameters?.rope_theta ?? rope_scaling?.rope_theta ?? 1e6,
            mropeSection: section)
    }
}
