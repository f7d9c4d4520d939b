// The memory of a cache: generation adds rows to it step by step.
public import Basics

/// Rows that generation writes in place: the keys or values of one layer.
public final class RowBuffer {
    /// Every row, in the memory that `write` changes.
    private let rows: Tensor

    /// Uninitialized room for `rowCount` rows of float32 or bfloat16 elements.
    public init(rowCount: Int, columnCount: Int, dtype: DType) {
        let storage = Storage(byteCount: rowCount * columnCount * dtype.byteCount)
        rows = Tensor(shape: [rowCount, columnCount], dtype: dtype, storage: storage)
    }

    /// Writes row `i` of `values`, rounded to the buffer's element type, to row `indices[i]`.
    public func write(_ values: Tensor, at indices: [Int]) {
        require(
            values.rowCount == indices.count && values.columnCount == rows.columnCount,
            "RowBuffer: \(values.shape) for \(indices.count) rows of \(rows.columnCount)")
        let size = rows.columnCount * rows.dtype.byteCount
        let values = values.detached.converted(to: rows.dtype)
        for (row, index) in indices.enumerated() {
            require(index >= 0 && index < rows.rowCount, "RowBuffer: row \(index) of \(rows.rowCount)")
            (rows.storage.bytes + index * size).copyMemory(
                from: values.storage.bytes + values.offset * rows.dtype.byteCount + row * size,
                byteCount: size)
        }
    }

    /// All rows as a tensor that later writes change; use it within one step only.
    public var tensor: Tensor { rows }
}
