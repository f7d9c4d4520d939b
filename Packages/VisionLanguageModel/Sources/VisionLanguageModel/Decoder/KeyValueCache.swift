// The KV cache, and what a pass through the decoder needs besides its rows.
internal import ModelFamilies
public import TensorMath

/// Inputs that all layers of one forward pass share.
public struct DecoderContext {
    /// Rotation angles of each row.
    public let angles: RotaryAngles
    /// Which rows attend to which; with a cache, key rows are rows of the cache.
    public let layout: AttentionLayout
    /// Keys and values of earlier tokens; nil when the batch is self-contained.
    public let cache: KeyValueCache?
    /// Where this pass's rows go in the cache.
    let cacheRows: [Int]

    /// A pass over a self-contained batch.
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

/// Keys (already rotated) and values of tokens that later ones attend to: one pair of row buffers per layer.
public final class KeyValueCache {
    let keys, values: [RowBuffer]

    /// Room for `rowCount` tokens.
    ///
    /// - Parameters:
    ///   - model: The decoder; the cache holds the type that each of its layers attends in.
    ///   - rowCount: Tokens.
    init(_ model: TextDecoder, rowCount: Int) {
        let columns = model.sizes.keyHeadCount * model.sizes.headSize
        let buffers = {
            model.layers.map {
                RowBuffer(rowCount: rowCount, columnCount: columns, dtype: $0.attention.query.computeType)
            }
        }
        (keys, values) = (buffers(), buffers())
    }

    /// Stores the keys and values of new tokens of one layer.
    ///
    /// - Returns: The keys and values of all tokens so far.
    func extended(_ k: Tensor, _ v: Tensor, at rows: [Int], layer: Int) -> (keys: Tensor, values: Tensor) {
        keys[layer].write(k, at: rows)
        values[layer].write(v, at: rows)
        return (keys[layer].tensor, values[layer].tensor)
    }

    /// Copies the first `count` tokens from another cache of the same model.
    func copy(_ count: Int, from other: KeyValueCache) {
        for (mine, theirs) in zip(keys + values, other.keys + other.values) {
            mine.write(theirs.tensor.rows(0..<count), at: Array(0..<count))
        }
    }
}
