// What one row of logits is asked for, and what was drawn from it.

/// One row of logits and how tokens are drawn from it.
///
/// The order is that of transformers' logits processors: edits, the temperature (as `scale`), top-k, top-p, min-p.
public struct TokenDraw: Sendable {
    /// Changes of one token's logit: `bias` is added, then a positive logit is divided by `penalty` and a negative one
    /// multiplied with it, then `reduction` is subtracted.
    public struct Edit: Sendable {
        let id: Int32
        let bias, penalty, reduction: Float

        /// A change of the logit of `id`.
        public init(id: Int32, bias: Float = 0, penalty: Float = 1, reduction: Float = 0) {
            (self.id, self.bias, self.penalty, self.reduction) = (id, bias, penalty, reduction)
        }
    }

    /// The row.
    let row: Int
    /// At most one for each token; ids outside the row are passed over.
    public var edits: [Edit] = []
    /// Multiplies the logits; positive.
    public var scale: Float = 1
    /// Take the likeliest token, the lowest id among equals, instead of drawing.
    public var isGreedy = false
    /// Keep the k likeliest tokens; 0 keeps all.
    public var topK = 0
    /// Keep the smallest set of likeliest tokens that reaches this probability, in (0, 1].
    public var topP = 1.0
    /// Keep tokens with at least this share of the likeliest one's probability, in [0, 1).
    public var minP = 0.0
    /// Tokens that are never drawn.
    public var excluded: [Int32] = []
    /// The tokens that may be drawn, one bit each, the lowest bit first; nil allows all.
    public var allowed: [UInt64]?
    /// Whether reported log-probabilities leave out the tokens that are not drawn.
    public var leavesOutExcluded = false
    /// How many of the likeliest tokens to report.
    public var alternatives = 0
    /// A number in [0, 1) for each token to draw.
    public var uniforms: [Double]

    /// A draw of one token for each of `uniforms` from a row, with every rule off.
    public init(row: Int, uniforms: [Double]) { (self.row, self.uniforms) = (row, uniforms) }
}

/// A token with its log-probability.
public struct RatedToken: Sendable, Equatable {
    /// The token.
    public let id: Int32
    /// After edits and scale, before top-k, top-p and min-p; not finite when the logits are not.
    public let logProbability: Float

    /// A token with its log-probability.
    public init(id: Int32, logProbability: Float) { (self.id, self.logProbability) = (id, logProbability) }
}

/// What was drawn from one row.
public struct DrawnTokens: Sendable {
    /// One for each of `uniforms`.
    public var tokens: [RatedToken] = []
    /// The likeliest tokens, in descending order.
    public var alternatives: [RatedToken] = []
}
