// InternViT and the connector of InternVL: their sizes and how images are cut into tiles.
internal import StrictJSON

/// Which of the two published forms a `config.json` of InternVL has; they name keys differently, and their classes
/// have different defaults.
enum InternVLForm {
    /// `internvl`, the class of transformers; its defaults are those of InternViT-300M.
    case huggingFace
    /// `internvl_chat`, OpenGVLab's own; its defaults are those of InternViT-6B.
    case openGVLab
}

/// How OpenGVLab's form says that images are cut into tiles; the other form says it in `preprocessor_config.json`.
public struct InternVLTiling: Sendable, Equatable {
    /// Side of a tile in pixels; nil leaves it to the tower's own size.
    public let tileSize: Int?
    /// Fewest and most tiles of a grid, without the thumbnail.
    public let minTiles, maxTiles: Int
    /// Whether an image of several tiles is followed by the whole of it as one more.
    public let usesThumbnail: Bool
}

/// Sizes of InternViT and of the connector behind it.
public struct InternVLVisionConfiguration: VisionConfiguration, Equatable {
    /// How rows are normalized.
    public enum Norm: String, Sendable, Equatable, CaseIterable {
        /// Mean and deviation, with a bias: InternViT-300M.
        case layer = "layer_norm"
        /// Root mean square: InternViT-6B.
        case rootMeanSquare = "rms_norm"
    }

    /// Number of blocks.
    public let depth: Int
    /// Blocks whose output is not used: the features are those after block `depth - unusedBlocks`.
    public let unusedBlocks: Int
    /// Width of the residual stream.
    public let hiddenSize: Int
    /// Width of the MLP.
    public let intermediateSize: Int
    /// Attention heads.
    public let headCount: Int
    /// How rows are normalized.
    public let norm: Norm
    /// Epsilon of the norms.
    public let normEpsilon: Double
    /// Whether queries, keys and values have biases.
    public let hasInputBias: Bool
    /// Whether queries and keys are normalized over all heads together.
    public let normalizesQueriesAndKeys: Bool
    /// Channels of a pixel.
    let channelCount: Int
    /// Side in pixels of the tiles that the position table was made for; others get an interpolated one.
    public let tileSize: Int
    /// Side of a patch in pixels.
    public let patchSize: Int
    /// Patches per side that merge into one token.
    public let mergeSize: Int
    /// Whether merging leaves the grid of tokens transposed: the first version of the shuffle, in InternVL 1.
    public let transposesTokens: Bool
    /// Width of the language model that the connector feeds.
    public let outputSize: Int
    /// How images are cut; nil where `preprocessor_config.json` says it.
    public let tiling: InternVLTiling?

    /// Elements per head.
    public var headSize: Int { hiddenSize / headCount }
    /// Patches along a side of a tile.
    public var gridSize: Int { tileSize / patchSize }
    /// The tower and the connector.
    public var prefixes: [String] { ["vision_tower.", connectorPrefix] }
    /// The connector.
    public var connectorPrefix: String { "multi_modal_projector." }
    /// False for OpenGVLab's form, whose programs read nothing but `config.json`.
    public var needsProcessorFile: Bool { tiling == nil }

    /// Tokens that a tile of a side in pixels becomes.
    public func tokenCount(tileSize: Int) -> Int {
        let side = tileSize / patchSize / mergeSize
        return side * side
    }

    /// Reads `vision_config` and the keys of the connector; `textSize` is the width of the language model.
    init(
        _ config: ConfigurationReader, _ form: InternVLForm, textSize: Int, _ obstacles: inout Obstacles
    ) throws {
        let vision = try config.object(orEmpty: "vision_config")
        let isOriginal = form == .openGVLab
        hiddenSize = try vision.count("hidden_size", default: isOriginal ? 3200 : 1024)
        intermediateSize = try vision.count("intermediate_size", default: isOriginal ? 12_800 : 4096)
        depth = try vision.count("num_hidden_layers", default: isOriginal ? 48 : 24, atMost: 10_000)
        channelCount = try vision.count("num_channels", default: 3)
        tileSize = try vision.side("image_size", default: isOriginal ? 224 : 448)
        patchSize = try vision.side("patch_size", default: 14)
        hasInputBias = try vision.flag(isOriginal ? "qkv_bias" : "attention_bias", default: false)
        normalizesQueriesAndKeys = try vision.flag(
            isOriginal ? "qk_normalization" : "use_qk_norm", default: isOriginal)
        let norms = Norm.allCases.map(\.rawValue)
        let usual = isOriginal ? Norm.rootMeanSquare : .layer
        norm = Norm(rawValue: try vision.choice("norm_type", of: norms, default: usual.rawValue)) ?? usual
        let ratio = try config.positive("downsample_ratio", atMost: 1) ?? 0.5
        mergeSize = Int((1 / ratio).rounded())
        try config.expect(
            Double(mergeSize) * ratio == 1 && mergeSize < 1024, "downsample_ratio",
            "1 divided by a whole number, such as 0.5")
        outputSize = textSize
        headCount = try obstacles.record(or: 1) {
            try vision.count("num_attention_heads", default: isOriginal ? 25 : 16)
        }
        normEpsilon = try obstacles.record(or: 1e-6) { try vision.positive("layer_norm_eps") ?? 1e-6 }
        let layer = try obstacles.record(or: -1) {
            try config.integer(isOriginal ? "select_layer" : "vision_feature_layer", default: -1)
        }
        unusedBlocks = -1 - layer
        transposesTokens = try obstacles.record(or: false) {
            try isOriginal && (config.text("ps_version") ?? "v1") == "v1"
        }
        tiling = isOriginal ? try obstacles.record(or: nil) { try InternVLTiling(config) } : nil
        // These decide about weights.
        try vision.expect(
            try !vision.flag("use_mask_token", default: false), "use_mask_token", "false, the only case known"
        )
        for key in ["use_absolute_position_embeddings", "use_mean_pooling"] {
            try vision.expect(try vision.flag(key, default: true), key, "true, the only case known")
        }
        try obstacles.record(or: ()) { try check(config, vision, layer: layer) }
    }

    /// Throws unless the sizes fit each other.
    private func check(_ config: ConfigurationReader, _ vision: ConfigurationReader, layer: Int) throws {
        try vision.expect(channelCount == 3, "num_channels", "3")
        _ = try vision.choice("hidden_act", of: ["gelu"], default: "gelu")
        try config.expect(
            layer < 0 && unusedBlocks < depth, "vision_feature_layer", "-1 to -\(depth)", found: "\(layer)")
        try vision.expect(
            hiddenSize % headCount == 0, "hidden_size", "a multiple of num_attention_heads \(headCount)",
            found: "\(hiddenSize)")
        try vision.expect(
            tileSize % patchSize == 0 && gridSize % mergeSize == 0, "image_size",
            "a multiple of \(mergeSize) patches of \(patchSize)", found: "\(tileSize)")
    }
}

extension InternVLTiling {
    /// Reads OpenGVLab's keys.
    init(_ config: ConfigurationReader) throws {
        let size = config.value("force_image_size")
        tileSize = size == nil ? nil : try config.count("force_image_size", atMost: 4096)
        usesThumbnail = try config.flag("use_thumbnail", default: false)
        guard try config.flag("dynamic_image_size", default: false) else {
            (minTiles, maxTiles) = (1, 1)
            return
        }
        minTiles = try config.count("min_dynamic_patch", default: 1, atMost: 256)
        maxTiles = try config.count("max_dynamic_patch", default: 6, atMost: 256)
        try config.expect(
            minTiles <= maxTiles, "max_dynamic_patch", "at least min_dynamic_patch \(minTiles)",
            found: "\(maxTiles)")
    }
}
