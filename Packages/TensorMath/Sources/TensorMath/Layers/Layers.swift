// The linear layer and the embedding, which own weights.
public import Basics

/// `y = x W^T + b`, plus a change of low rank where the scope has one for it.
public final class Linear {
    /// [out, in].
    public let weight: Parameter
    /// [out].
    public let bias: Parameter?
    private let change: LowRank?

    /// Takes `weight` (and `bias`) from the scope.
    public init(_ scope: Scope, from: Int, to: Int, hasBias: Bool = false) throws {
        weight = try scope.parameter("weight", [to, from], role: .matrix)
        bias = hasBias ? try scope.parameter("bias", [to]) : nil
        change = try LowRank(scope, from: from, to: to)
    }

    /// The element type of products with this weight.
    public var computeType: DType { weight.weight.computeType }

    /// `x` as products with this weight read it: rounded to its type, recorded.
    ///
    /// Layers of one type that share `x` round it, and keep it for backward, only once.
    public func operand(_ x: Tensor) -> Tensor { weight.weight.operand(x) }

    /// [N, in] to [N, out].
    public func callAsFunction(_ xNC: Tensor) -> Tensor {
        let y = linear(xNC, weight.weight, bias?.tensor)
        return change?(xNC).map { y + $0 } ?? y
    }
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
    public func callAsFunction(_ ids: [Int32]) -> Tensor { weight.weight.gatherRows(ids.map(Int.init)) }
}
