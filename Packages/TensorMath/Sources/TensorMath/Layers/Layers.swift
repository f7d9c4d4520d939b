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
