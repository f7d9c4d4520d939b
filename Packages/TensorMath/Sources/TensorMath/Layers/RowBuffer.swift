// The memory of a cache: generation adds rows to it step by step.
internal import Basics

/// Rows that generation writes in place: the keys or values of one layer.
public final class RowBuffer {
    private let storage: Storage
    /// Number of rows it can hold.
    public let rowCount: Int
    /// Elements per row.
    let columnCount: Int

    /// Uninitialized room for `rowCount` rows.
    public init(rowCount: Int, columnCount: Int) {
        self.rowCount = rowCount
        self.columnCount = columnCount
        storage = Storage(count: rowCount * columnCount)
    }

    /// Writes row `i` of `rows` to row `indices[i]`.
    public func write(_ rows: Tensor, at indices: [Int]) {
        require(
            rows.rowCount == indices.count && rows.columnCount == columnCount,
            "RowBuffer: \(rows.shape) for \(indices.count) rows of \(columnCount)")
        for (row, index) in indices.enumerated() {
            require(index >= 0 && index < rowCount, "RowBuffer: row \(index) of \(rowCount)")
            (storage.pointer + index * columnCount).update(
                from: rows.pointer + row * columnCount, count: columnCount)
        }
    }

    /// All rows as a tensor that later writes change; use it within one step only.
    public var tensor: Tensor { Tensor(shape: [rowCount, columnCount], storage: storage) }
}
