// The memory of a cache: generation adds rows to it step by step.
public import Basics

/// Rows that generation writes in place: the keys or values of one layer.
public final class RowBuffer {
    /// Every row, in the memory that `write` changes.
    private let rows: Tensor

    /// Uninitialized room for `rowCount` rows of float32 or bfloat16 elements.
    public init(rowCount: Int, columnCount: Int, dtype: DType) {
        let storage = Storage(byteCount: rowCount * columnCount * dtype.byteCount, isCache: true)
        rows = Tensor(shape: [rowCount, columnCount], dtype: dtype, storage: storage)
    }

    /// Writes row `i` of `values`, rounded to the buffer's element type, to row `indices[i]`.
    public func write(_ values: Tensor, at indices: [Int]) {
        require(
            values.rowCount == indices.count && values.columnCount == rows.columnCount,
            "RowBuffer: \(values.shape) for \(indices.count) rows of \(rows.columnCount)")
        let size = rows.columnCount * rows.dtype.byteCount
        let values = values.detached.converted(to: rows.dtype)
        guard !isRehearsing else { return }
        for (row, index) in indices.enumerated() {
            require(index >= 0 && index < rows.rowCount, "RowBuffer: row \(index) of \(rows.rowCount)")
            (rows.storage.bytes + index * size).copyMemory(
                from: values.storage.bytes + values.offset * rows.dtype.byteCount + row * size,
                byteCount: size)
        }
    }

    /// The bytes of memory that a buffer of this size takes.
    public static func byteCount(rowCount: Int, columnCount: Int, dtype: DType) -> Int {
        MemoryPool.roundedSize(rowCount * columnCount * dtype.byteCount)
    }

    /// A buffer with the same rows first and room for `rowCount` in all.
    public func extended(to rowCount: Int) -> RowBuffer {
        let longer = RowBuffer(rowCount: rowCount, columnCount: rows.columnCount, dtype: rows.dtype)
        require(rowCount >= rows.rowCount, "RowBuffer: \(rows.rowCount) rows do not fit \(rowCount)")
        if !isRehearsing {
            longer.rows.storage.bytes.copyMemory(
                from: rows.storage.bytes, byteCount: rows.count * rows.dtype.byteCount)
        }
        return longer
    }

    /// Copies the rows of `range` to the rows from `start` on; the two must not overlap.
    public func copy(_ range: Range<Int>, to start: Int) {
        require(
            range.lowerBound >= 0 && range.upperBound <= rows.rowCount && start >= 0
                && start + range.count <= rows.rowCount && !range.overlaps(start..<start + range.count),
            "RowBuffer: rows \(range) to row \(start) of \(rows.rowCount)")
        guard !isRehearsing else { return }
        let size = rows.columnCount * rows.dtype.byteCount
        (rows.storage.bytes + start * size).copyMemory(
            from: rows.storage.bytes + range.lowerBound * size, byteCount: range.count * size)
    }

    /// All rows as a tensor that later writes change; use it within one step only.
    public var tensor: Tensor { rows }
}
