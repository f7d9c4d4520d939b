// The values that the public configuration classes give to absent keys of a language model.
//
// `save_pretrained` of transformers leaves keys out whose values are the class's own defaults: at the top of the file
// and, in releases up to 4.56, inside `text_config` and `vision_config` too. These values are equal in transformers
// 4.49, 4.52, 4.57, 5.0 and 5.24; those of InternLM2 are from OpenGVLab's own class.

/// What absent keys mean.
struct TextDefaults: Sendable {
    let hiddenSize, intermediateSize, layerCount, headCount: Int
    /// Key and value heads; nil for as many as there are heads.
    let keyHeadCount: Int?
    /// Elements per head; nil for the width divided by the heads.
    let headSize: Int?
    let vocabularySize, maxPositions: Int
    let normEpsilon, theta: Double
    /// The first layer that would attend to a window, if `use_sliding_window` is true.
    let windowFreeLayers: Int

    private init(
        _ hiddenSize: Int, _ intermediateSize: Int, layers: Int, heads: Int, keyHeads: Int?,
        headSize: Int? = nil, vocabulary: Int, maxPositions: Int, epsilon: Double = 1e-6,
        theta: Double = 1e4, windowFreeLayers: Int = 0
    ) {
        (self.hiddenSize, self.intermediateSize) = (hiddenSize, intermediateSize)
        (layerCount, headCount, keyHeadCount, self.headSize) = (layers, heads, keyHeads, headSize)
        (vocabularySize, self.maxPositions) = (vocabulary, maxPositions)
        (normEpsilon, self.theta, self.windowFreeLayers) = (epsilon, theta, windowFreeLayers)
    }

    /// `Qwen2Config`.
    static let qwen2 = TextDefaults(
        4096, 22016, layers: 32, heads: 32, keyHeads: 32, vocabulary: 151_936, maxPositions: 32768,
        windowFreeLayers: 28)
    /// `Qwen3Config`.
    static let qwen3 = TextDefaults(
        4096, 22016, layers: 32, heads: 32, keyHeads: 32, headSize: 128, vocabulary: 151_936,
        maxPositions: 32768, windowFreeLayers: 28)
    /// `LlamaConfig`.
    static let llama = TextDefaults(
        4096, 11008, layers: 32, heads: 32, keyHeads: nil, vocabulary: 32000, maxPositions: 2048)
    /// OpenGVLab's `InternLM2Config`.
    static let internLM2 = TextDefaults(
        4096, 11008, layers: 32, heads: 32, keyHeads: nil, vocabulary: 103_168, maxPositions: 2048)
    /// `Qwen2_5_VLTextConfig`, before 4.52 a part of `Qwen2_5_VLConfig`: the sizes of the model with 72 billion weights.
    static let qwen25VL = TextDefaults(
        8192, 29568, layers: 80, heads: 64, keyHeads: 8, vocabulary: 152_064, maxPositions: 32768,
        epsilon: 1e-5, theta: 1e6, windowFreeLayers: 80)
}

extension TextArchitecture {
    /// What absent keys mean for this architecture.
    var defaults: TextDefaults {
        switch self {
        case .qwen2: .qwen2
        case .qwen3: .qwen3
        case .llama: .llama
        case .internlm2: .internLM2
        case .qwen25VL: .qwen25VL
        }
    }
}
