// The options of a request as the draw of one row of logits.
internal import TensorMath

extension SamplingOptions {
    /// The draw of one token for each of `uniforms` from a row of logits.
    ///
    /// - Parameters:
    ///   - row: The row.
    ///   - counts: The tokens so far.
    ///   - allowed: What a constraint allows.
    ///   - banned: Tokens that are never drawn.
    ///   - uniforms: Random numbers in [0, 1).
    /// - Returns: The draw, with the rules in the order of transformers' logits processors.
    func draw(
        row: Int, _ counts: TokenCounts, allowed: TokenMask? = nil, banned: [Int32], uniforms: [Double]
    ) -> TokenDraw {
        var draw = TokenDraw(row: row, uniforms: uniforms)
        draw.edits = counts.edits()
        draw.scale = temperature > 0 ? Float(1 / temperature) : 1
        draw.isGreedy = temperature == 0
        (draw.topK, draw.topP, draw.minP) = (topK, topP, minP)
        (draw.excluded, draw.allowed) = (banned, allowed?.words)
        (draw.leavesOutExcluded, draw.alternatives) = (excludesBannedFromProbabilities, alternatives)
        return draw
    }
}
