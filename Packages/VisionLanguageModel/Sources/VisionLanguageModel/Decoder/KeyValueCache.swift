// The KV cache, and what a pass through the decoder needs besides its rows.
public import ModelFamilies
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
    public init(_ sizes: TextConfiguration, rowCount: Int) {
        let columns = sizes.keyHeadCount * sizes.headSize
        keys = (0..<sizes.layerCount).map { _ in RowBuffer(rowCount: rowCount, columnCount: columns) }
        values = (0..<sizes.layerCount).map { _ in RowBuffer(rowCount: rowCount, columnCount: columns) }
    }

    /// Copies the first `count` tokens from another cache of the same model.
    func copy(_ count: Int, from other: KeyValueCache) {
        for (mine, theirs) in zip(keys + values, other.keys + other.values) {
            mine.write(theirs.tensor.rows(0..<count), at: Array(0..<count))
        }
    }
}
