// The one decoder of all families: grouped-query attention with rotary positions, SwiGLU, RMSNorm.
//
// Qwen2, Qwen3, InternLM2 and the decoder of Qwen2.5-VL differ only in values of TextConfiguration.
// N rows of a packed batch, C hidden size, H query heads, G key heads, D head size.
public import ModelFamilies
public import TensorMath

/// One decoder layer's attention.
final class DecoderAttention {
    let query, key, value, output: Linear
    /// One norm for all heads of the queries, one for all heads of the keys; nil where the family has none.
    let queryNorm, keyNorm: RMSNorm?
    let heads: AttentionHeads

    init(_ scope: Scope, _ sizes: TextConfiguration) throws {
        let (c, d) = (sizes.hiddenSize, sizes.headSize)
        heads = AttentionHeads(queryCount: sizes.headCount, keyCount: sizes.keyHeadCount, size: d)
        let (columns, keyColumns, biases) = (sizes.headCount * d, sizes.keyHeadCount * d, sizes.biases)
        query = try Linear(scope["q_proj"], from: c, to: columns, hasBias: biases.input)
        key = try Linear(scope["k_proj"], from: c, to: keyColumns, hasBias: biases.input)
        value = try Linear(scope["v_proj"], from: c, to: keyColumns, hasBias: biases.input)
        output = try Linear(scope["o_proj"], from: columns, to: c, hasBias: biases.output)
        func norm(_ name: String) throws -> RMSNorm? {
            guard sizes.normalizesHeads else { return nil }
            return try RMSNorm(scope[name], size: d, epsilon: Float(sizes.normEpsilon))
        }
        (queryNorm, keyNorm) = (try norm("q_norm"), try norm("k_norm"))
    }

    /// Projected rows with every head normalized, where the family does that, and rotated.
    private func turned(_ x: Tensor, _ norm: RMSNorm?, _ angles: RotaryAngles) -> Tensor {
        guard let norm else { return rotary(x, angles, headSize: heads.size) }
        let perHead = x.reshaped([x.count / heads.size, heads.size])
        return rotary(norm(perHead).reshaped(x.shape), angles, headSize: heads.size)
    }

    func callAsFunction(_ xNC: Tensor, _ context: DecoderContext, layer: Int) -> Tensor {
        let x = query.operand(xNC)
        let q = turned(query(x), queryNorm, context.angles)
        var (k, v) = (turned(key(x), keyNorm, context.angles), value(x))
        if let cache = context.cache { (k, v) = cache.extended(k, v, at: context.cacheRows, layer: layer) }
        return output(attention(q, k, v, heads: heads, layout: context.layout, in: query.computeType))
    }
}

/// `down(silu(gate(x)) * up(x))`, with or without biases.
final class GatedMLP {
    let gate, up, down: Linear

    init(_ scope: Scope, from hidden: Int, to intermediate: Int, hasBias: Bool) throws {
        gate = try Linear(scope["gate_proj"], from: hidden, to: intermediate, hasBias: hasBias)
        up = try Linear(scope["up_proj"], from: hidden, to: intermediate, hasBias: hasBias)
        down = try Linear(scope["down_proj"], from: intermediate, to: hidden, hasBias: hasBias)
    }

    func callAsFunction(_ xNC: Tensor) -> Tensor {
        let x = gate.operand(xNC)
        return down(swiGLU(gate(x), up(x)))
    }
}

/// One decoder layer.
final class DecoderLayer {
    let inputNorm, postAttentionNorm: RMSNorm
    let attention: DecoderAttention
    let mlp: GatedMLP

    init(_ scope: Scope, _ sizes: TextConfiguration) throws {
        let epsilon = Float(sizes.normEpsilon)
        attention = try DecoderAttention(scope["self_attn"], sizes)
        mlp = try GatedMLP(
            scope["mlp"], from: sizes.hiddenSize, to: sizes.intermediateSize, hasBias: sizes.biases.mlp)
        inputNorm = try RMSNorm(scope["input_layernorm"], size: sizes.hiddenSize, epsilon: epsilon)
        postAttentionNorm = try RMSNorm(
            scope["post_attention_layernorm"], size: sizes.hiddenSize, epsilon: epsilon)
    }

    func callAsFunction(_ xNC: Tensor, _ context: DecoderContext, layer: Int) -> Tensor {
        let h = xNC + attention(inputNorm(xNC), context, layer: layer)
        return h + mlp(postAttentionNorm(h))
    }
}

/// Embedding, layers, final norm.
public final class TextDecoder {
    /// Sizes.
    let sizes: TextConfiguration
    /// The token table, [V, C].
    let embedding: Embedding
    let layers: [DecoderLayer]
    let norm: RMSNorm
    /// Whether backward recomputes a layer's activations instead of storing them.
    public var checkpointsGradients = false

    /// Takes `embed_tokens`, `layers.N` and `norm` from the scope.
    public init(_ scope: Scope, _ sizes: TextConfiguration) throws {
        self.sizes = sizes
        embedding = try Embedding(scope["embed_tokens"], count: sizes.vocabularySize, size: sizes.hiddenSize)
        layers = try (0..<sizes.layerCount).map { try DecoderLayer(scope["layers"][$0], sizes) }
        norm = try RMSNorm(scope["norm"], size: sizes.hiddenSize, epsilon: Float(sizes.normEpsilon))
    }

    /// Embedded rows to final hidden states, [N, C] to [N, C].
    public func callAsFunction(_ xNC: Tensor, _ context: DecoderContext) -> Tensor {
        var h = xNC
        for (index, layer) in layers.enumerated() {
            h = checkpointed(h, if: checkpointsGradients) { layer($0, context, layer: index) }
        }
        return norm(h)
    }
}
