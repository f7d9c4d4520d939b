// Scaled dot-product attention over segments, forward and backward, without ever holding T x T scores.
//
// Work is cut into (segment, key head, tile of queries). The query heads that share a key head are stacked
// into one product. Backward recomputes the probabilities from the saved log-sums (Dao et al., 2022) and
// walks a chain of segments on one thread, so that sums into shared keys have a fixed order.
internal import CKernels

/// Queries per tile: scores of a tile are `tile x groups x keys` floats.
private let tileSize = 64

/// Head counts and sizes of one attention call.
public struct AttentionHeads: Sendable, Equatable {
    /// Number of query heads; a multiple of `keyCount`.
    public let queryCount: Int
    /// Number of key and value heads.
    public let keyCount: Int
    /// Elements per head.
    public let size: Int
    /// Query heads per key head.
    var groups: Int { queryCount / keyCount }
    var queryColumns: Int { queryCount * size }
    var keyColumns: Int { keyCount * size }
    var scale: Float { 1 / Float(size).squareRoot() }

    /// Head counts; key head `j` serves query heads `j * groups ..< (j + 1) * groups`.
    public init(queryCount: Int, keyCount: Int, size: Int) {
        require(keyCount > 0 && queryCount % keyCount == 0, "attention: \(queryCount) heads over \(keyCount)")
        self.queryCount = queryCount
        self.keyCount = keyCount
        self.size = size
    }
}

/// `softmax(q k^T / sqrt(headSize)) v` inside each segment.
///
/// - Parameters:
///   - q: [Nq, heads * headSize]
///   - k: [Nk, keyHeads * headSize]
///   - v: [Nk, keyHeads * headSize]
///   - heads: Head counts and size.
///   - layout: Who sees whom; query rows in no segment give undefined rows, so cover them all.
/// - Returns: [Nq, heads * headSize]
public func attention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: AttentionHeads, layout: AttentionLayout
) -> Tensor {
    require(
        q.columnCount == heads.queryColumns && k.columnCount == heads.keyColumns && v.shape == k.shape,
        "attention: q \(q.shape), k \(k.shape), v \(v.shape) for \(heads)")
    let pass = AttentionPass(q: q.detached, k: k.detached, v: v.detached, heads: heads, layout: layout)
    let (out, logSums) = pass.forward()
    return out.recorded(from: [q, k, v]) { d, _ in pass.backward(d, out: out, logSums: logSums) }
}

/// One call's operands, shared by forward and backward.
private struct AttentionPass {
    let q, k, v: Tensor
    let heads: AttentionHeads
    let layout: AttentionLayout

    /// Returns the output and log-sums [keyHeads, Nq, groups].
    func forward() -> (out: Tensor, logSums: Tensor) {
        let out = Tensor(shape: q.shape, storage: Storage(count: q.count))
        let logShape = [heads.keyCount, q.rowCount, heads.groups]
        let logSums = Tensor(shape: logShape, storage: Storage(count: logShape.reduce(1, *)))
        var tiles: [(segment: Int, start: Int)] = []
        for (index, segment) in layout.segments.enumerated() {
            tiles += stride(from: 0, to: segment.queries.count, by: tileSize).map { (index, $0) }
        }
        forEachInParallel(tiles.count * heads.keyCount) { item in
            let (tile, keyHead) = (tiles[item / heads.keyCount], item % heads.keyCount)
            AttentionTile(pass: self, segment: tile.segment, start: tile.start, keyHead: keyHead)
                .forward(into: out, logSums: logSums)
        }
        return (out, logSums)
    }

    func backward(_ d: Tensor, out: Tensor, logSums: Tensor) -> [Tensor?] {
        let dq = Tensor(repeating: 0, shape: q.shape)
        let dk = Tensor(repeating: 0, shape: k.shape)
        let dv = Tensor(repeating: 0, shape: v.shape)
        forEachInParallel(layout.chains.count * heads.keyCount) { item in
            let (chain, keyHead) = (layout.chains[item / heads.keyCount], item % heads.keyCount)
            for segment in chain {
                let count = layout.segments[segment].queries.count
                for start in stride(from: 0, to: count, by: tileSize) {
                    AttentionTile(pass: self, segment: segment, start: start, keyHead: keyHead)
                        .backward(d, out: out, logSums: logSums, dq: dq, dk: dk, dv: dv)
                }
            }
        }
        return [dq, dk, dv]
    }
}

/// The queries `start ..< start + tileSize` of one segment under one key head.
private struct AttentionTile {
    let pass: AttentionPass
    let segment: AttentionLayout.Segment
    let start, keyHead: Int
    /// T queries in the tile, R = T * groups stacked rows, P prefix keys, K own keys, D head size.
    let t, r, p, k, d: Int

    init(pass: AttentionPass, segment index: Int, start: Int, keyHead: Int) {
        self.pass = pass
        segment = pass.layout.segments[index]
        self.start = start
        self.keyHead = keyHead
        t = min(tileSize, segment.queries.count - start)
        r = t * pass.heads.groups
        p = segment.prefix.count
        k = segment.visibleKeys(start + t - 1)
        d = pass.heads.size
    }

    private var keyCount: Int { p + k }
    private var firstRow: Int { segment.queries.lowerBound + start }

    /// The prefix or own rows of a key-like tensor, as this head's matrix.
    private func keys(_ x: Tensor, _ rows: Range<Int>, isTransposed: Bool = false) -> MatrixView {
        let columns = pass.heads.keyColumns
        return MatrixView(
            pointer: x.pointer + rows.lowerBound * columns + keyHead * d, leading: columns,
            isTransposed: isTransposed)
    }

    /// Copies the tile's rows of a query-like tensor to [T, groups, D]: R contiguous rows.
    private func stack(_ x: Tensor, into packed: UnsafeMutablePointer<Float>) {
        let width = pass.heads.groups * d
        for row in 0..<t {
            (packed + row * width).update(
                from: x.pointer + (firstRow + row) * pass.heads.queryColumns + keyHead * width, count: width)
        }
    }

    private func unstack(_ packed: UnsafeMutablePointer<Float>, into x: Tensor) {
        let width = pass.heads.groups * d
        for row in 0..<t {
            (x.pointer + (firstRow + row) * pass.heads.queryColumns + keyHead * width).update(
                from: packed + row * width, count: width)
        }
    }

    /// How many of the P + K keys each stacked row sees.
    private func visible() -> [Int32] {
        var counts = [Int32](repeating: 0, count: r)
        for row in 0..<r { counts[row] = Int32(p + segment.visibleKeys(start + row / pass.heads.groups)) }
        return counts
    }

    /// `left [R, D] keys^T` into [R, P + K].
    private func againstKeys(
        _ left: UnsafeMutablePointer<Float>, _ x: Tensor, into scores: UnsafeMutablePointer<Float>
    ) {
        let left = MatrixView(pointer: left, leading: d)
        multiplyOnThisThread(
            r, p, d, left, keys(x, segment.prefix, isTransposed: true), into: scores, leading: keyCount)
        multiplyOnThisThread(
            r, k, d, left, keys(x, segment.keys, isTransposed: true), into: scores + p, leading: keyCount)
    }

    /// `weights [R, P + K] keys` into [R, D].
    private func mix(
        _ weights: UnsafeMutablePointer<Float>, _ x: Tensor, into out: UnsafeMutablePointer<Float>
    ) {
        if p > 0 {
            multiplyOnThisThread(
                r, d, p, MatrixView(pointer: weights, leading: keyCount), keys(x, segment.prefix), into: out,
                leading: d)
        }
        multiplyOnThisThread(
            r, d, k, MatrixView(pointer: weights + p, leading: keyCount), keys(x, segment.keys),
            beta: p > 0 ? 1 : 0, into: out, leading: d)
    }

    /// `sum[keys] += weights^T right [R, D]` for prefix and own keys.
    private func spread(
        _ weights: UnsafeMutablePointer<Float>, _ right: UnsafeMutablePointer<Float>, onto sum: Tensor
    ) {
        let right = MatrixView(pointer: right, leading: d)
        for (rows, count, at) in [(segment.prefix, p, 0), (segment.keys, k, p)] where count > 0 {
            let left = MatrixView(pointer: weights + at, leading: keyCount, isTransposed: true)
            multiplyOnThisThread(
                count, d, r, left, right, beta: 1, into: keys(sum, rows).pointer,
                leading: pass.heads.keyColumns)
        }
    }

    func forward(into out: Tensor, logSums: Tensor) {
        if t == 1 { return forwardOneQuery(into: out, logSums: logSums) }
        let scratch = Storage(count: r * keyCount + r * d)
        defer { withExtendedLifetime(scratch) {} }
        let (scores, packed) = (scratch.pointer, scratch.pointer + r * keyCount)
        stack(pass.q, into: packed)
        againstKeys(packed, pass.k, into: scores)
        kernels.softmax_tile(r, keyCount, keyCount, visible(), pass.heads.scale, scores, logSumStart(logSums))
        mix(scores, pass.v, into: packed)
        unstack(packed, into: out)
    }

    /// Decoding: too little work for a product's set-up.
    private func forwardOneQuery(into out: Tensor, logSums: Tensor) {
        let scratch = Storage(count: r * keyCount)
        defer { withExtendedLifetime(scratch) {} }
        let (scores, columns) = (scratch.pointer, pass.heads.keyColumns)
        let at = firstRow * pass.heads.queryColumns + keyHead * r * d
        let parts = [(segment.prefix, p, 0), (segment.keys, k, p)]
        for row in 0..<r {
            for (rows, count, first) in parts where count > 0 {
                kernels.dot_rows(
                    count, columns, d, pass.q.pointer + at + row * d, keys(pass.k, rows).pointer,
                    scores + row * keyCount + first)
            }
        }
        kernels.softmax_tile(r, keyCount, keyCount, visible(), pass.heads.scale, scores, logSumStart(logSums))
        for row in 0..<r {
            let to = out.pointer + at + row * d
            to.update(repeating: 0, count: d)
            for (rows, count, first) in parts where count > 0 {
                kernels.mix_rows(
                    count, columns, d, scores + row * keyCount + first, keys(pass.v, rows).pointer, to)
            }
        }
    }

    func backward(_ d: Tensor, out: Tensor, logSums: Tensor, dq: Tensor, dk: Tensor, dv: Tensor) {
        let wide = r * keyCount, narrow = r * self.d
        let scratch = Storage(count: 2 * wide + 2 * narrow + r)
        defer { withExtendedLifetime(scratch) {} }
        let scores = scratch.pointer, dScores = scores + wide
        let packed = dScores + wide, dOut = packed + narrow, delta = dOut + narrow
        // delta = rowsum(d_out * out)
        stack(out, into: packed)
        stack(d, into: dOut)
        for row in 0..<r { delta[row] = kernels.dot(self.d, dOut + row * self.d, packed + row * self.d) }
        // p = softmax(scale q k^T); d_v += p^T d_out
        stack(pass.q, into: packed)
        againstKeys(packed, pass.k, into: scores)
        kernels.exponential_tile(
            r, keyCount, keyCount, visible(), pass.heads.scale, logSumStart(logSums), scores)
        spread(scores, dOut, onto: dv)
        // d_s = scale p (d_out v^T - delta); d_k += d_s^T q; d_q = d_s k
        againstKeys(dOut, pass.v, into: dScores)
        kernels.softmax_back_tile(r, keyCount, keyCount, pass.heads.scale, scores, delta, dScores)
        spread(dScores, packed, onto: dk)
        mix(dScores, pass.k, into: packed)
        unstack(packed, into: dq)
    }

    private func logSumStart(_ logSums: Tensor) -> UnsafeMutablePointer<Float> {
        logSums.pointer + (keyHead * pass.q.rowCount + firstRow) * pass.heads.groups
    }
}
