// The KV cache, and what a pass through the decoder needs besides its rows.
internal import Basics
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
    private var keys, values: [RowBuffer]

    /// Room for `rowCount` tokens.
    ///
    /// - Parameters:
    ///   - model: The decoder; the cache holds the type that each of its layers attends in.
    ///   - rowCount: Tokens.
    init(_ model: TextDecoder, rowCount: Int) {
        let buffers = {
            model.layers.map {
                RowBuffer(rowCount: rowCount, columnCount: model.keyColumns, dtype: $0.cacheType)
            }
        }
        (keys, values) = (buffers(), buffers())
    }

    /// The bytes of memory that `rowCount` tokens take; nil when the number does not fit.
    static func byteCount(_ model: TextDecoder, rowCount: Int) -> Int? {
        byteCount(
            layerTypes: model.layers.map(\.cacheType), columnCount: model.keyColumns, rowCount: rowCount)
    }

    /// The bytes of memory that `rowCount` tokens take; nil when the number does not fit.
    ///
    /// - Parameters:
    ///   - layerTypes: The type that each layer attends in.
    ///   - columnCount: Elements of a token's keys, and of its values, in one layer.
    ///   - rowCount: Tokens.
    /// - Returns: Bytes, or nil.
    static func byteCount(layerTypes: [DType], columnCount: Int, rowCount: Int) -> Int? {
        guard [rowCount, columnCount, 8].productIfFits != nil else { return nil }
        return layerTypes.map {
            2 * RowBuffer.byteCount(rowCount: rowCount, columnCount: columnCount, dtype: $0)
        }.sumIfFits
    }

    /// Makes room for `rowCount` tokens; those that are there stay.
    func extend(to rowCount: Int) {
        // One buffer at a time, so that there are never two copies of more than one.
        for layer in keys.indices {
            keys[layer] = keys[layer].extended(to: rowCount)
            values[layer] = values[layer].extended(to: rowCount)
        }
    }

    /// Stores the keys and values of new tokens of one layer.
    ///
    /// - Returns: The keys and values of all tokens so far.
    func extended(_ k: Tensor, _ v: Tensor, at rows: [Int], layer: Int) -> (keys: Tensor, values: Tensor) {
        keys[layer].write(k, at: rows)
        values[layer].write(v, at: rows)
        return (keys[layer].tensor, values[layer].tensor)
    }

    /// Copies the tokens of `range` to the rows from `start` on.
    func copy(_ range: Range<Int>, to start: Int) {
        for buffer in keys + values { buffer.copy(range, to: start) }
    }
}

extension TextDecoder {
    /// Elements of a token's keys, and of its values, in one layer.
    fileprivate var keyColumns: Int { sizes.keyHeadCount * sizes.headSize }
}

extension DecoderLayer {
    /// The type that the layer attends in.
    fileprivate var cacheType: DType { attention.query.computeType }
}
