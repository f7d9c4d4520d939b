// Scaled dot-product attention over segments, forward and backward, without a T x T matrix of scores.
//
// A work item is a tile of queries of one segment under one key head. The query heads that share a key head
// are stacked into one product. Backward recomputes the probabilities from the saved log-sums (Dao et al.,
// 2022). One thread processes a chain of segments, so that sums into shared keys have a fixed order.
public import Basics

/// `softmax(q k^T / sqrt(headSize)) v` inside each segment.
///
/// The element type selects the arithmetic of the products; sums, the softmax and the result are float32. In
/// bfloat16 the probabilities, and in backward the gradient of the scores, are rounded before their products.
///
/// - Parameters:
///   - q: [Nq, heads * headSize]
///   - k: [Nk, keyHeads * headSize]
///   - v: [Nk, keyHeads * headSize]
///   - heads: Head counts and size.
///   - layout: Which keys each query attends to; query rows outside of all segments give undefined rows.
///   - dtype: The type that the operands are rounded to, float32 or bfloat16; nil means the type of `k`.
/// - Returns: [Nq, heads * headSize], float32.
public func attention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: AttentionHeads, layout: AttentionLayout,
    in dtype: DType? = nil
) -> Tensor {
    require(
        q.columnCount == heads.queryColumns && k.columnCount == heads.keyColumns && v.shape == k.shape,
        "attention: q \(q.shape), k \(k.shape), v \(v.shape) for \(heads)")
    let dtype = dtype ?? k.dtype
    func run<Element: ProductElement>(_: Element.Type) -> Tensor {
        let pass = AttentionPass<Element>(
            q: q.detached.converted(to: dtype), k: k.detached.converted(to: dtype),
            v: v.detached.converted(to: dtype), heads: heads, layout: layout,
            isRowwise: productsAreRowwise)
        let (out, logSums) = pass.forward()
        return out.recorded(from: [q, k, v]) { d, _ in pass.backward(d, out: out, logSums: logSums) }
    }
    return dtype == .bfloat16 ? run(UInt16.self) : run(Float.self)
}

/// The operands of one call, for forward and backward.
struct AttentionPass<Element: ProductElement> {
    let q, k, v: Tensor
    let heads: AttentionHeads
    let layout: AttentionLayout
    /// Whether the sums of a query of a causal segment do not depend on where its sequence is cut.
    let isRowwise: Bool

    /// Returns the output and log-sums [keyHeads, Nq, groups].
    func forward() -> (out: Tensor, logSums: Tensor) {
        let out = Tensor(shape: q.shape, storage: Storage(count: q.count))
        let logShape = [heads.keyCount, q.rowCount, heads.groups]
        let logSums = Tensor(shape: logShape, storage: Storage(count: logShape.reduce(1, *)))
        guard !isRehearsing else {
            rehearse(products: 2) { $0.scratch }
            return (out, logSums)
        }
        var tiles: [(segment: Int, queries: Range<Int>)] = []
        for (index, segment) in layout.segments.enumerated() {
            tiles += stride(from: 0, to: segment.queries.count, by: attentionTileSize).map {
                (index, $0..<min($0 + attentionTileSize, segment.queries.count))
            }
        }
        forEachInParallel(tiles.count * heads.keyCount) { item in
            let (tile, keyHead) = (tiles[item / heads.keyCount], item % heads.keyCount)
            AttentionTile(pass: self, segment: tile.segment, queries: tile.queries, keyHead: keyHead)
                .forward(into: out, logSums: logSums)
        }
        return (out, logSums)
    }

    func backward(_ d: Tensor, out: Tensor, logSums: Tensor) -> [Tensor?] {
        let dq = Tensor(repeating: 0, shape: q.shape)
        let dk = Tensor(repeating: 0, shape: k.shape)
        let dv = Tensor(repeating: 0, shape: v.shape)
        guard !isRehearsing else {
            rehearse(products: 5) { $0.backwardScratch }
            return [dq, dk, dv]
        }
        forEachInParallel(layout.chains.count * heads.keyCount) { item in
            let (chain, keyHead) = (layout.chains[item / heads.keyCount], item % heads.keyCount)
            for segment in chain {
                let count = layout.segments[segment].queries.count
                for start in stride(from: 0, to: count, by: attentionTileSize) {
                    let queries = start..<min(count, start + attentionTileSize)
                    AttentionTile(pass: self, segment: segment, queries: queries, keyHead: keyHead)
                        .backward(d, out: out, logSums: logSums, dq: dq, dk: dk, dv: dv)
                }
            }
        }
        return [dq, dk, dv]
    }

    /// Counts the work of so many products of each query with its keys, and the scratch memory of the largest tile.
    private func rehearse(products: Int, scratch: (AttentionTile<Element>) -> [Int]) {
        var (pairs, tiles, largest) = (0.0, 0, (size: 0, blocks: [Int]()))
        for (index, segment) in layout.segments.enumerated() where !segment.queries.isEmpty {
            let count = segment.queries.count
            let all = segment.prefix.reduce(segment.keyCount) { $0 + $1.count }
            pairs += Double(count) * Double(all)
            if segment.isCausal { pairs -= Double(count) * Double(count - 1) / 2 }
            tiles += (count + attentionTileSize - 1) / attentionTileSize
            // The last whole tile has the most keys.
            let size = min(count, attentionTileSize) * all
            guard size > largest.size else { continue }
            let tile = AttentionTile(
                pass: self, segment: index, queries: count - min(count, attentionTileSize)..<count, keyHead: 0
            )
            largest = (size, scratch(tile))
        }
        Rehearsal.count(Double(products) * pairs * Double(heads.queryColumns))
        Rehearsal.countScratch(largest.blocks, items: tiles * heads.keyCount)
    }
}
