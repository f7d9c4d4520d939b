// config.json of InternVL: Hugging Face's form (`internvl`) and OpenGVLab's own (`internvl_chat`).

/// Sizes of InternViT and of the connector behind it.
public struct InternVLVisionConfiguration: Sendable, Equatable {
    /// How rows are normalised.
    public enum Norm: String, Sendable, Equatable {
        /// Mean and deviation, with a bias: InternViT-300M.
        case layer = "layer_norm"
        /// Root mean square: InternViT-6B.
        case rootMeanSquare = "rms_norm"
    }

    /// Number of blocks.
    public var depth: Int
    /// Blocks whose output is not used: the features are those after block `depth - unusedBlocks`.
    public var unusedBlocks: Int
    /// Width of the residual stream.
    public var hiddenSize: Int
    /// Width of the MLP.
    public var intermediateSize: Int
    /// Attention heads.
    public var headCount: Int
    /// How rows are normalised.
    public var norm: Norm
    /// Epsilon of the norms.
    public var normEpsilon: Double
    /// Whether queries, keys and values have biases.
    public var hasInputBias: Bool
    /// Whether queries and keys are normalised over all heads together.
    public var normalizesQueriesAndKeys: Bool
    /// Side in pixels of the tiles that the position table was made for; others get an interpolated one.
    public var tileSize: Int
    /// Side of a patch in pixels.
    public var patchSize: Int
    /// Patches per side that merge into one token.
    public var mergeSize: Int
    /// Whether merging leaves the grid of tokens transposed: the first version of the shuffle, in InternVL 1.
    public var transposesTokens: Bool
    /// Elements per head.
    public var headSize: Int { hiddenSize / headCount }
    /// Patches along a side of such a tile.
    public var gridSize: Int { tileSize / patchSize }

    /// Tokens that a tile of a side in pixels becomes.
    public func tokenCount(tileSize: Int) -> Int {
        let side = tileSize / patchSize / mergeSize
        return side * side
    }
}

/// The vision part of either form; the two name biases and norms differently, and their classes differ in defaults.
private struct VisionKeys: Decodable {
    let hidden_size, intermediate_size, num_hidden_layers, num_attention_heads, num_channels: Int?
    let image_size, patch_size: Side?
    let layer_norm_eps: Double?
    let norm_type, hidden_act: String?
    let attention_bias, use_qk_norm, qkv_bias, qk_normalization: Bool?
    let use_mean_pooling, use_absolute_position_embeddings, use_mask_token: Bool?

    /// A side, or two equal ones.
    struct Side: Decodable {
        let length: Int

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let sides: [Int]
            if let side = try? container.decode(Int.self) {
                sides = [side]
            } else {
                sides = try container.decode([Int].self)
            }
            guard let first = sides.first, sides.allSatisfy({ $0 == first }), sides.count <= 2 else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "expected a square, found \(sides)")
            }
            length = first
        }
    }

    /// The sizes; OpenGVLab's class (`isOriginal`) has InternViT-6B's defaults.
    ///
    /// `layer` is the one whose output is used, -1 the last; a side of the grid of patches is multiplied by `ratio`.
    func configuration(isOriginal: Bool, layer: Int, ratio: Double, transposesTokens: Bool) throws
        -> InternVLVisionConfiguration
    {
        let depth = num_hidden_layers ?? (isOriginal ? 48 : 24)
        let name = norm_type ?? (isOriginal ? "rms_norm" : "layer_norm")
        guard let norm = InternVLVisionConfiguration.Norm(rawValue: name) else {
            throw ConfigurationProblem("norm_type is \"\(name)\", expected layer_norm or rms_norm")
        }
        let merge = ratio > 0 && ratio <= 1 ? Int((1 / ratio).rounded()) : 0
        let sizes = InternVLVisionConfiguration(
            depth: depth, unusedBlocks: -1 - layer, hiddenSize: hidden_size ?? (isOriginal ? 3200 : 1024),
            intermediateSize: intermediate_size ?? (isOriginal ? 12_800 : 4096),
            headCount: num_attention_heads ?? (isOriginal ? 25 : 16), norm: norm,
            normEpsilon: layer_norm_eps ?? 1e-6,
            hasInputBias: (isOriginal ? qkv_bias : attention_bias) ?? false,
            normalizesQueriesAndKeys: (isOriginal ? qk_normalization : use_qk_norm) ?? isOriginal,
            tileSize: image_size?.length ?? (isOriginal ? 224 : 448), patchSize: patch_size?.length ?? 14,
            mergeSize: merge, transposesTokens: transposesTokens)
        try check(sizes, layer: layer, ratio: ratio)
        return sizes
    }

    private func check(_ sizes: InternVLVisionConfiguration, layer: Int, ratio: Double) throws {
        try ConfigurationProblem.unless(
            ratio > 0 && ratio <= 1 && Double(sizes.mergeSize) * ratio == 1,
            "downsample_ratio \(ratio) is not 1 divided by a whole number")
        try ConfigurationProblem.unlessSizes([
            sizes.depth, sizes.hiddenSize, sizes.intermediateSize, sizes.headCount, sizes.tileSize,
            sizes.patchSize,
        ])
        try ConfigurationProblem.unless(
            layer < 0 && sizes.unusedBlocks < sizes.depth,
            "the vision layer \(layer) is not one of -1 to -\(sizes.depth)")
        try ConfigurationProblem.unless(
            sizes.hiddenSize % sizes.headCount == 0,
            "vision hidden_size \(sizes.hiddenSize) is no multiple of \(sizes.headCount) heads")
        try ConfigurationProblem.unless(
            sizes.tileSize % sizes.patchSize == 0 && sizes.gridSize % sizes.mergeSize == 0,
            "image_size \(sizes.tileSize) is no multiple of \(sizes.mergeSize) patches of \(sizes.patchSize)")
        let fixed: [(key: String, holds: Bool)] = [
            ("num_channels", num_channels ?? 3 == 3), ("hidden_act", hidden_act ?? "gelu" == "gelu"),
            ("use_mean_pooling", use_mean_pooling ?? true), ("use_mask_token", !(use_mask_token ?? false)),
            ("use_absolute_position_embeddings", use_absolute_position_embeddings ?? true),
        ]
        for (key, holds) in fixed {
            try ConfigurationProblem.unless(
                holds, "vision_config.\(key) differs from every published model's")
        }
    }
}

/// Hugging Face's form.
struct InternVLFile: Decodable {
    private let text_config: TextKeys
    private let vision_config: VisionKeys
    private let downsample_ratio: Double?
    private let image_token_id: Int32
    private let vision_feature_layer: Int?
    private let vision_feature_select_strategy, projector_hidden_act: String?
    private let tie_word_embeddings: Bool?

    func configuration() throws -> ModelConfiguration {
        try ConfigurationProblem.unless(
            vision_feature_select_strategy ?? "default" == "default"
                && projector_hidden_act ?? "gelu" == "gelu",
            "vision_feature_select_strategy and projector_hidden_act must be default and gelu")
        return ModelConfiguration(
            family: .internVL, text: try text_config.configuration(),
            vision: .internVL(
                try vision_config.configuration(
                    isOriginal: false, layer: vision_feature_layer ?? -1, ratio: downsample_ratio ?? 0.5,
                    transposesTokens: false)),
            tiesWordEmbeddings: tie_word_embeddings ?? text_config.tie_word_embeddings ?? false,
            imageTokenID: image_token_id, inputOnlyTokenIDs: [image_token_id])
    }
}

/// OpenGVLab's form, which leaves the id of the image token to the tokenizer.
struct InternVLChatFile: Decodable {
    private let llm_config: TextKeys
    private let vision_config: VisionKeys
    private let downsample_ratio: Double?
    private let select_layer, force_image_size: Int?
    private let ps_version: String?
    private let image_token_id: Int32?
    private let tie_word_embeddings: Bool?

    func configuration(_ tokenID: (String) -> Int32?) throws -> ModelConfiguration {
        guard let image = image_token_id ?? tokenID("<IMG_CONTEXT>") else {
            throw ConfigurationProblem("the tokenizer has no <IMG_CONTEXT>, which stands for pixels")
        }
        let vision = try vision_config.configuration(
            isOriginal: true, layer: select_layer ?? -1, ratio: downsample_ratio ?? 0.5,
            transposesTokens: ps_version ?? "v1" == "v1")
        return ModelConfiguration(
            family: .internVL, text: try llm_config.configuration(), vision: .internVL(vision),
            tiesWordEmbeddings: tie_word_embeddings ?? llm_config.tie_word_embeddings ?? false,
            imageTokenID: image, inputOnlyTokenIDs: [image])
    }
}
