// config.json of Qwen2.5-VL: the flat form of the hub and the nested one that newer releases write.

/// Sizes of the vision tower of Qwen2.5-VL.
public struct Qwen25VLVisionConfiguration: Sendable, Equatable, Decodable {
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
    /// Positions that pass in a second of video; the class's 4 when the file says nothing, though the hub's files say 2.
    public var tokensPerSecond: Double { tokensPerSecondKey ?? 4 }
    /// Elements of one flattened patch: 3 colours x frames x side x side.
    public var patchElementCount: Int { 3 * temporalPatchSize * patchSize * patchSize }
    /// Elements per head.
    public var headSize: Int { hiddenSize / headCount }
    private let tokensPerSecondKey: Double?

    private enum CodingKeys: String, CodingKey {
        case depth
        case tokensPerSecondKey = "tokens_per_second"
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

    /// Throws `ConfigurationProblem` unless the sizes fit each other and the language model.
    fileprivate func check(against text: TextConfiguration) throws {
        try ConfigurationProblem.unlessSizes([
            depth, hiddenSize, intermediateSize, headCount, outHiddenSize, patchSize, temporalPatchSize,
            mergeSize, windowSize,
        ])
        try ConfigurationProblem.unless(
            hiddenSize % headCount == 0 && headSize % 4 == 0,
            "vision hidden_size \(hiddenSize) over \(headCount) heads is no multiple of 4")
        try ConfigurationProblem.unless(
            outHiddenSize == text.hiddenSize,
            "out_hidden_size \(outHiddenSize) is not the language model's hidden_size \(text.hiddenSize)")
        try ConfigurationProblem.unless(
            windowSize / patchSize / mergeSize > 0, "window_size \(windowSize) is smaller than a merged patch"
        )
        try ConfigurationProblem.unless(
            tokensPerSecond > 0 && tokensPerSecond < 1e6,
            "tokens_per_second \(tokensPerSecond) is not positive or absurdly large")
    }
}

/// The file as it is written; the language model's keys stand at the top or under `text_config`.
struct Qwen25VLFile: Decodable {
    private let text: TextKeys
    private let vision: Qwen25VLVisionConfiguration
    private let ties: Bool
    private let image, video: Int32
    private let others: [Int32]

    private enum Keys: String, CodingKey {
        case text = "text_config"
        case vision = "vision_config"
        case ties = "tie_word_embeddings"
        case image = "image_token_id"
        case video = "video_token_id"
        case start = "vision_start_token_id"
        case end = "vision_end_token_id"
        case pad = "vision_token_id"
    }

    init(from decoder: any Decoder) throws {
        let top = try decoder.container(keyedBy: Keys.self)
        let nested = try top.decodeIfPresent(TextKeys.self, forKey: .text)
        text = try nested ?? TextKeys(from: decoder)
        vision = try top.decode(Qwen25VLVisionConfiguration.self, forKey: .vision)
        image = try top.decode(Int32.self, forKey: .image)
        video = try top.decode(Int32.self, forKey: .video)
        others = try [Keys.start, .end, .pad].compactMap { try top.decodeIfPresent(Int32.self, forKey: $0) }
        ties = try top.decodeIfPresent(Bool.self, forKey: .ties) ?? nested?.tie_word_embeddings ?? true
    }

    func configuration() throws -> ModelConfiguration {
        let text = try text.configuration(.qwen25VL)
        try vision.check(against: text)
        return ModelConfiguration(
            family: .qwen25VL, text: text, vision: .qwen25VL(vision), tiesWordEmbeddings: ties,
            imageTokenID: image, videoTokenID: video, inputOnlyTokenIDs: [image, video] + others)
    }
}
