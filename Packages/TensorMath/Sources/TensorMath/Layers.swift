// Layers: the few modules with weights that models are composed of.
public import Basics

/// `y = x W^T + b`.
public final class Linear {
    /// [out, in].
    public let weight: Parameter
    /// [out].
    public let bias: Parameter?

    /// Takes `weight` (and `bias`) from the scope.
    public init(_ scope: Scope, from: Int, to: Int, hasBias: Bool = false) throws {
        weight = try scope.parameter("weight", [to, from], role: .matrix)
        bias = hasBias ? try scope.parameter("bias", [to]) : nil
    }

    /// The element type that products with this weight run in.
    public var computeType: DType { weight.tensor.dtype }

    /// `x` as this layer multiplies it, recorded: what several layers of one weight type share is rounded, and kept
    /// for backward, once.
    public func operand(_ x: Tensor) -> Tensor { x.rounded(to: computeType) }

    /// [N, in] to [N, out].
    public func callAsFunction(_ xNC: Tensor) -> Tensor { linear(xNC, weight.tensor, bias?.tensor) }
}

/// Root-mean-square normalisation with a weight per column.
public final class RMSNorm {
    /// [C].
    public let weight: Parameter
    private let epsilon: Float

    /// Takes `weight` from the scope.
    public init(_ scope: Scope, size: Int, epsilon: Float) throws {
        weight = try scope.parameter("weight", [size])
        self.epsilon = epsilon
    }

    /// [N, C] to [N, C].
    public func callAsFunction(_ xNC: Tensor) -> Tensor { rmsNorm(xNC, weight.tensor, epsilon: epsilon) }
}

/// A table of one row per token.
public final class Embedding {
    /// [V, C].
    public let weight: Parameter

    /// Takes `weight` from the scope.
    public init(_ scope: Scope, count: Int, size: Int) throws {
        weight = try scope.parameter("weight", [count, size], role: .matrix)
    }

    /// One row per id: [N, C].
    ///
    /// Ids must lie inside the table.
    public func callAsFunction(_ ids: [Int32]) -> Tensor { weight.tensor.gatherRows(ids.map(Int.init)) }
}

/// Rows that are written in place while generating: the keys or values of one layer.
public final class RowBuffer {
    private let storage: Storage
    /// Number of rows it can hold.
    public let rowCount: Int
    /// Elements per row.
    public let columnCount: Int

    /// Room for `rowCount` rows, not initialised.
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

    /// All rows as a tensor that sees later writes too: for use inside one step.
    public var tensor: Tensor { Tensor(shape: [rowCount, columnCount], storage: storage) }
}
