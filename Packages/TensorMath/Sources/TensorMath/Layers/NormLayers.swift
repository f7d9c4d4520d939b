// RMSNorm and LayerNorm as layers with weights.

/// Root-mean-square normalization with a weight per column.
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

/// Mean and deviation normalization with a weight and a bias per column.
public final class LayerNorm {
    /// [C].
    public let weight: Parameter
    /// [C].
    public let bias: Parameter
    private let epsilon: Float

    /// Takes `weight` and `bias` from the scope.
    public init(_ scope: Scope, size: Int, epsilon: Float) throws {
        weight = try scope.parameter("weight", [size])
        bias = try scope.parameter("bias", [size])
        self.epsilon = epsilon
    }

    /// [N, C] to [N, C].
    public func callAsFunction(_ xNC: Tensor) -> Tensor {
        layerNorm(xNC, weight.tensor, bias.tensor, epsilon: epsilon)
    }
}
