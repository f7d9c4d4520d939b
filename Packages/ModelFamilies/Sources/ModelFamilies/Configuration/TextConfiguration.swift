// Sizes of the one decoder and the points in which the families' language models vary.

/// A language model's sizes and its variation points.
public struct TextConfiguration: Sendable, Equatable {
    /// Width of the residual stream.
    public var hiddenSize: Int
    /// Width of the MLP.
    public var intermediateSize: Int
    /// Number of layers.
    public var layerCount: Int
    /// Query heads.
    public var headCount: Int
    /// Key and value heads.
    public var keyHeadCount: Int
    /// Elements per head.
    ///
    /// Qwen3 chooses it freely; elsewhere it is `hiddenSize / headCount`.
    public var headSize: Int
    /// Rows of the embedding table.
    public var vocabularySize: Int
    /// Epsilon of every RMSNorm.
    public var normEpsilon: Double
    /// How positions turn queries and keys.
    public var rotary: RotaryConfiguration
    /// Which products have a bias.
    public var biases: Biases
    /// Whether every head of the queries and of the keys is normalized before rotation (Qwen3).
    public var normalizesHeads: Bool
    /// The most tokens of a sequence (`max_position_embeddings`); nil when the configuration gives no limit.
    public var maxPositions: Int?

    /// Which products have a bias.
    public struct Biases: Sendable, Equatable {
        /// Query, key and value (Qwen2).
        public var input = false
        /// The attention's output.
        public var output = false
        /// The MLP.
        public var mlp = false

        /// None but those named.
        public init(input: Bool = false, output: Bool = false, mlp: Bool = false) {
            (self.input, self.output, self.mlp) = (input, output, mlp)
        }
    }
}

/// How positions turn queries and keys.
public struct RotaryConfiguration: Sendable, Equatable {
    /// What the angles of a token depend on.
    public enum Kind: Sendable, Equatable {
        /// Its place in the sequence.
        case plain
        /// M-RoPE: so many frequencies turn by time, by row and by column; their sum is half the head size.
        case sections([Int])
        /// Its place, with a base that grows once a sequence is longer than the model was trained on (InternLM2).
        case dynamic(factor: Double, trainedLength: Int)
    }

    /// Base of the frequencies.
    public var theta: Double
    /// What the angles depend on.
    public var kind: Kind

    /// A rule.
    public init(theta: Double, kind: Kind) {
        self.theta = theta
        self.kind = kind
    }
}
