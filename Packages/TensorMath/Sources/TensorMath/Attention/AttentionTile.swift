// One tile of attention: a block of queries of one segment under one key head.
internal import Basics
internal import CKernels

/// Queries per tile; the scores of a tile are `tile x groups x keys` floats.
let attentionTileSize = 64

/// Some queries of one segment, at most `attentionTileSize`, under one key head.
struct AttentionTile<Element: ProductElement> {
    let pass: AttentionPass<Element>
    let segment: AttentionLayout.Segment
    let start, keyHead: Int
    /// T queries in the tile, R = T * groups stacked rows, P prefix keys, K own keys, D head size.
    let t, r, p, k, d: Int
    /// The leading dimension of the scores.
    let leading: Int
    /// The ranges of keys of the products: their rows, and the column where their scores start.
    private let blocks: [(rows: Range<Int>, at: Int)]

    /// A tile of queries, counted from the first one of the segment.
    init(pass: AttentionPass<Element>, segment index: Int, queries: Range<Int>, keyHead: Int) {
        self.pass = pass
        segment = pass.layout.segments[index]
        start = queries.lowerBound
        self.keyHead = keyHead
        t = queries.count
        r = t * pass.heads.groups
        p = segment.prefix.reduce(0) { $0 + $1.count }
        k = segment.visibleKeys(start + t - 1)
        d = pass.heads.size
        leading = Element.rowLength(p + k, atMost: p + segment.keyCount)
        var (blocks, at): ([(rows: Range<Int>, at: Int)], Int) = ([], 0)
        for part in segment.prefix + segment.keys {
            let end = min(part.upperBound, part.lowerBound + p + k - at)
            for first in stride(from: part.lowerBound, to: end, by: Element.keyBlock) {
                let rows = first..<min(end, first + Element.keyBlock)
                blocks.append((rows, at))
                at += rows.count
            }
        }
        self.blocks = blocks
    }

    private var keyCount: Int { p + k }
    private var firstRow: Int { segment.queries.lowerBound + start }

    /// Rows of a key-like operand, as the matrix of this head.
    private func keys(_ x: Tensor, _ rows: Range<Int>, isTransposed: Bool = false) -> MatrixView<Element> {
        let columns = pass.heads.keyColumns
        return MatrixView(
            pointer: Element.pointer(x) + rows.lowerBound * columns + keyHead * d, leading: columns,
            isTransposed: isTransposed)
    }

    /// Copies the tile's rows of a query-like array to [T, groups, D]: R contiguous rows.
    private func stack<Value>(_ x: UnsafeMutablePointer<Value>, into packed: UnsafeMutablePointer<Value>) {
        let width = pass.heads.groups * d
        for row in 0..<t {
            (packed + row * width).update(
                from: x + (firstRow + row) * pass.heads.queryColumns + keyHead * width, count: width)
        }
    }

    private func unstack(_ packed: UnsafeMutablePointer<Float>, into x: Tensor) {
        let width = pass.heads.groups * d
        for row in 0..<t {
            (x.pointer + (firstRow + row) * pass.heads.queryColumns + keyHead * width).update(
                from: packed + row * width, count: width)
        }
    }

    /// The number of the P + K keys that each stacked row attends to.
    private func visible() -> [Int32] {
        var counts = [Int32](repeating: 0, count: r)
        for row in 0..<r { counts[row] = Int32(p + segment.visibleKeys(start + row / pass.heads.groups)) }
        return counts
    }

    /// `left [R, D] keys^T` into [R, P + K].
    private func againstKeys(
        _ left: UnsafeMutablePointer<Element>, _ x: Tensor, into scores: UnsafeMutablePointer<Float>
    ) {
        for block in blocks {
            Element.multiplyOnThisThread(
                r, block.rows.count, d, MatrixView(pointer: left, leading: d),
                keys(x, block.rows, isTransposed: true), beta: 0, into: scores + block.at, leading: leading)
        }
    }

    /// `weights [R, P + K] keys` into [R, D].
    private func mix(
        _ weights: UnsafeMutablePointer<Element>, _ x: Tensor, into out: UnsafeMutablePointer<Float>
    ) {
        for block in blocks {
            Element.multiplyOnThisThread(
                r, d, block.rows.count, MatrixView(pointer: weights + block.at, leading: leading),
                keys(x, block.rows), beta: block.at > 0 ? 1 : 0, into: out, leading: d)
        }
    }

    /// `sum[keys] += weights^T right [R, D]` for prefix and own keys.
    private func spread(
        _ weights: UnsafeMutablePointer<Element>, _ right: UnsafeMutablePointer<Element>, onto sum: Tensor
    ) {
        let columns = pass.heads.keyColumns
        for block in blocks {
            Element.multiplyOnThisThread(
                block.rows.count, d, r,
                MatrixView(pointer: weights + block.at, leading: leading, isTransposed: true),
                MatrixView(pointer: right, leading: d), beta: 1,
                into: sum.pointer + block.rows.lowerBound * columns + keyHead * d, leading: columns)
        }
    }

    /// Whether forward computes each query alone.
    private var isByRows: Bool { t == 1 || pass.isRowwise && segment.isCausal }
    /// Bytes of an element of the operands.
    private var elementSize: Int { MemoryLayout<Element>.stride }
    /// Bytes of `count` numbers that are rounded to the type of the operands.
    private func rounding(_ count: Int) -> [Int] { elementSize < 4 ? [elementSize * count] : [] }

    /// Bytes of the blocks of scratch memory of `forward`.
    var scratch: [Int] {
        if isByRows {
            let rowBytes = (d + 31) / 32 * 128
            return [4 * (2 * r * d + r * keyCount), r * rowBytes, r * d * elementSize]
        }
        return [4 * r * leading, 4 * r * d, r * d * elementSize] + rounding(r * leading)
    }

    /// Bytes of the blocks of scratch memory of `backward`.
    var backwardScratch: [Int] {
        let (wide, narrow) = (r * leading, r * d)
        return [4 * (2 * wide + 2 * narrow + r), narrow * elementSize] + rounding(narrow) + rounding(wide)
    }

    func forward(into out: Tensor, logSums: Tensor) {
        if isByRows { return forwardByRows(into: out, logSums: logSums) }
        let scores = Storage(count: r * leading), packed = Storage(count: r * d)
        let operand = Storage(byteCount: r * d * MemoryLayout<Element>.stride)
        defer { withExtendedLifetime((scores, packed, operand)) {} }
        let queries = operand.bytes.assumingMemoryBound(to: Element.self)
        stack(Element.pointer(pass.q), into: queries)
        againstKeys(queries, pass.k, into: scores.pointer)
        kernels.softmax_tile(
            r, keyCount, leading, visible(), pass.heads.scale, scores.pointer, logSumStart(logSums))
        Element.withRounded(scores.pointer, r * leading) { mix($0, pass.v, into: packed.pointer) }
        unstack(packed.pointer, into: out)
    }

    func backward(_ d: Tensor, out: Tensor, logSums: Tensor, dq: Tensor, dk: Tensor, dv: Tensor) {
        let wide = r * leading, narrow = r * self.d
        let scratch = Storage(count: 2 * wide + 2 * narrow + r)
        let operand = Storage(byteCount: narrow * MemoryLayout<Element>.stride)
        defer { withExtendedLifetime((scratch, operand)) {} }
        let scores = scratch.pointer, dScores = scores + wide
        let packed = dScores + wide, dOut = packed + narrow, delta = dOut + narrow
        let queries = operand.bytes.assumingMemoryBound(to: Element.self)
        // delta = rowsum(d_out * out)
        stack(out.pointer, into: packed)
        stack(d.pointer, into: dOut)
        for row in 0..<r { delta[row] = kernels.dot(self.d, dOut + row * self.d, packed + row * self.d) }
        // p = softmax(scale q k^T); d_v += p^T d_out
        stack(Element.pointer(pass.q), into: queries)
        againstKeys(queries, pass.k, into: scores)
        kernels.exponential_tile(
            r, keyCount, leading, visible(), pass.heads.scale, logSumStart(logSums), scores)
        Element.withRounded(dOut, narrow) { dOut in
            Element.withRounded(scores, wide) { spread($0, dOut, onto: dv) }
            againstKeys(dOut, pass.v, into: dScores)
        }
        // d_s = scale p (d_out v^T - delta); d_k += d_s^T q; d_q = d_s k
        kernels.softmax_back_tile(r, keyCount, leading, pass.heads.scale, scores, delta, dScores)
        Element.withRounded(dScores, wide) { dScores in
            spread(dScores, queries, onto: dk)
            mix(dScores, pass.k, into: packed)
        }
        unstack(packed, into: dq)
    }

    private func logSumStart(_ logSums: Tensor) -> UnsafeMutablePointer<Float> {
        logSums.pointer + (keyHead * pass.q.rowCount + firstRow) * pass.heads.groups
    }

    /// The forward pass whose sums have one order, whatever queries are in the tile and wherever its keys are cut: for
    /// a single query, for which there is too little work to set up a product, and for queries that must not depend on
    /// one another.
    private func forwardByRows(into out: Tensor, logSums: Tensor) {
        let count = r * d, rowBytes = (d + 31) / 32 * 128
        let scratch = Storage(count: 2 * count + r * keyCount), packed = Storage(byteCount: r * rowBytes)
        let operand = Storage(byteCount: count * MemoryLayout<Element>.stride)
        defer { withExtendedLifetime((scratch, packed, operand)) {} }
        let queries = scratch.pointer, sums = queries + count, scores = sums + count
        stack(Element.pointer(pass.q), into: operand.bytes.assumingMemoryBound(to: Element.self))
        Element.widen(operand.bytes.assumingMemoryBound(to: Element.self), count, into: queries)
        let format = Element.format.code, columns = pass.heads.keyColumns
        let rows = stride(from: 0, to: r, by: fewVectorRows).map { $0..<min(r, $0 + fewVectorRows) }
        for part in rows {
            kernels.pack_few_rows(
                format, part.count, d, queries + part.lowerBound * d,
                packed.bytes + part.lowerBound * rowBytes)
        }
        for block in blocks {
            let keys = keys(pass.k, block.rows).pointer
            for part in rows {
                kernels.few_rows(
                    format, part.count, d, columns, keyCount, 0, block.rows.count,
                    packed.bytes + part.lowerBound * rowBytes, keys,
                    scores + part.lowerBound * keyCount + block.at)
            }
        }
        kernels.softmax_tile(r, keyCount, keyCount, visible(), pass.heads.scale, scores, logSumStart(logSums))
        Element.withRounded(scores, r * keyCount) { Element.widen($0, r * keyCount, into: scores) }
        sums.update(repeating: 0, count: count)
        for block in blocks {
            kernels.mix_rows(
                format, r, block.rows.count, keyCount, d, columns, scores + block.at,
                keys(pass.v, block.rows).pointer, sums)
        }
        unstack(sums, into: out)
    }
}
