// The Qwen2-style decoder: grouped-query attention with rotary positions, SwiGLU, RMSNorm.
//
// N rows of a packed batch, C hidden size, H query heads, G key heads, D head size.
public import TensorMath

/// One decoder layer's attention.
final class DecoderAttention {
    let query, key, value, output: Linear
    let heads: AttentionHeads

    init(_ scope: Scope, _ sizes: TextConfiguration) throws {
        let (c, d) = (sizes.hiddenSize, sizes.headSize)
        heads = AttentionHeads(queryCount: sizes.headCount, keyCount: sizes.keyHeadCount, size: d)
        query = try Linear(scope["q_proj"], from: c, to: sizes.headCount * d, hasBias: true)
        key = try Linear(scope["k_proj"], from: c, to: sizes.keyHeadCount * d, hasBias: true)
        value = try Linear(scope["v_proj"], from: c, to: sizes.keyHeadCount * d, hasBias: true)
        output = try Linear(scope["o_proj"], from: sizes.headCount * d, to: c)
    }

    func callAsFunction(_ xNC: Tensor, _ context: DecoderContext, layer: Int) -> Tensor {
        let q = rotary(query(xNC), context.angles, headSize: heads.size)
        let k = rotary(key(xNC), context.angles, headSize: heads.size)
        let v = value(xNC)
        guard let cache = context.cache else {
            return output(attention(q, k, v, heads: heads, layout: context.layout))
        }
        cache.keys[layer].write(k, at: context.cacheRows)
        cache.values[layer].write(v, at: context.cacheRows)
        return output(
            attention(
                q, cache.keys[layer].tensor, cache.values[layer].tensor, heads: heads, layout: context.layout)
        )
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

    func callAsFunction(_ xNC: Tensor) -> Tensor { down(swiGLU(gate(xNC), up(xNC))) }
}

/// One decoder layer.
final class DecoderLayer {
    let inputNorm, postAttentionNorm: RMSNorm
    let attention: DecoderAttention
    let mlp: GatedMLP

    init(_ scope: Scope, _ sizes: TextConfiguration) throws {
        let epsilon = Float(sizes.normEpsilon)
        attention = try DecoderAttention(scope["self_attn"], sizes)
        mlp = try GatedMLP(scope["mlp"], from: sizes.hiddenSize, to: sizes.intermediateSize, hasBias: false)
        inputNorm = try RMSNorm(scope["input_layernorm"], size: sizes.hiddenSize, epsilon: epsilon)
        postAttentionNorm = try RMSNorm(
            scope["post_attention_layernorm"], size: sizes.hiddenSize, epsilon: epsilon)
    }

    func callAsFunction(_ xNC: Tensor, _ context: DecoderContext, layer: Int) -> Tensor {
        let h = xNC + attention(inputNorm(xNC), context, layer: layer)
        return h + mlp(postAttentionNorm(h))
    }
}

/// What every layer of one forward pass shares.
public struct DecoderContext {
    /// Rotation angles of each row.
    public let angles: RotaryAngles
    /// Who sees whom; key rows are rows of the cache when there is one.
    public let layout: AttentionLayout
    /// Keys and values of earlier tokens; nil when the batch is complete in itself.
    public let cache: KeyValueCache?
    /// Where this pass's rows go in the cache.
    public let cacheRows: [Int]

    /// A pass over a batch that is complete in itself.
    public init(angles: RotaryAngles, layout: AttentionLayout) {
        self.init(angles: angles, layout: layout, cache: nil, cacheRows: [])
    }

    /// A pass that adds its rows to a cache.
    public init(angles: RotaryAngles, layout: AttentionLayout, cache: KeyValueCache?, cacheRows: [Int]) {
        self.angles = angles
        self.layout = layout
        self.cache = cache
        self.cacheRows = cacheRows
    }
}

/// Keys (already turned) and values of tokens that later ones attend to: one pair of row buffers per layer.
public final class KeyValueCache {
    let keys, values: [RowBuffer]

    /// Room for `rowCount` tokens.
    public init(_ sizes: TextConfiguration, rowCount: Int) {
        let columns = sizes.keyHeadCount * sizes.headSize
        keys = (0..<sizes.layerCount).map { _ in RowBuffer(rowCount: rowCount, columnCount: columns) }
        values = (0..<sizes.layerCount).map { _ in RowBuffer(rowCount: rowCount, columnCount: columns) }
    }
}

/// Embedding, layers, final norm.
public final class TextDecoder {
    /// Sizes.
    public let sizes: TextConfiguration
    /// The token table, [V, C].
    public let embedding: Embedding
    let layers: [DecoderLayer]
    let norm: RMSNorm

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
        for (index, layer) in layers.enumerated() { h = layer(h, context, layer: index) }
        return norm(h)
    }
}
