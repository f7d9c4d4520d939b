// Where changes of low rank come from (LoRA; Hu et al., 2021).

/// How the change of a linear layer begins.
public struct LowRankStart: Sendable {
    /// `lora_A`, [rank, in].
    let first: Tensor
    /// `lora_B`, [out, rank].
    let second: Tensor
    /// What the product of both is multiplied by.
    let scale: Float
    /// The share of the inputs that training sets to zero, 0 or more and below 1.
    let dropout: Float

    /// A start.
    public init(first: Tensor, second: Tensor, scale: Float, dropout: Float = 0) {
        (self.first, self.second, self.scale, self.dropout) = (first, second, scale, dropout)
    }
}

/// Which linear layers get a change of low rank.
public protocol LowRankSource {
    /// The start of the change of a layer.
    ///
    /// - Parameters:
    ///   - module: The layer's name, such as `model.layers.0.self_attn.q_proj`.
    ///   - from: Its inputs.
    ///   - to: Its outputs.
    /// - Returns: The start; nil for a layer without a change.
    /// - Throws: When a stored change is missing or has another shape.
    func start(of module: String, from: Int, to: Int) throws -> LowRankStart?
}
