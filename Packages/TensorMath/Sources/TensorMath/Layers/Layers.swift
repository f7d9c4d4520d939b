// The linear layer and the embedding, which own weights.
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

    /// The element type of products with this weight.
    public var computeType: DType { weight.tensor.dtype }

    /// Rounds `x` to the type of this layer's weight, recorded.
    ///
    /// Layers of one type that share `x` round it, and keep it for backward, only once.
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
    /// Ids must be in the table.
    public func callAsFunction(_ ids: [Int32]) -> Tensor { weight.tensor.gatherRows(ids.map(Int.init)) }
}
