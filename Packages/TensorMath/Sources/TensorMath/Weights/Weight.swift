// The matrix of a linear layer, an embedding or a head, in whatever form it is held.
public import Basics

/// A matrix [out, in] that products read: a tensor, or one in few bits.
public enum Weight: Sendable {
    /// float32 or bfloat16; may be recorded.
    case tensor(Tensor)
    /// bfloat16 in memory and float32 in products, which widen it each time; a constant.
    case widened(Tensor)
    /// 8 or 4 bits; generation only.
    case quantized(QuantizedMatrix)

    /// [out, in].
    public var shape: [Int] {
        switch self {
        case .tensor(let tensor), .widened(let tensor): tensor.shape
        case .quantized(let matrix): matrix.shape
        }
    }

    /// The type of products with it: float32 or bfloat16.
    public var computeType: DType {
        switch self {
        case .tensor(let tensor): tensor.dtype
        case .widened: .float32
        case .quantized(let matrix): matrix.computeType
        }
    }

    /// `x` in the form in which products read it, recorded: rounded to the type of a tensor.
    ///
    /// Layers of one type that share `x` round it, and keep it for backward, only once.
    func operand(_ x: Tensor) -> Tensor {
        switch self {
        case .tensor(let tensor): x.rounded(to: tensor.dtype)
        case .widened, .quantized: x
        }
    }

    /// Rows `range` as a tensor of `computeType`, not recorded: a view, or widened.
    func rows(_ range: Range<Int>) -> Tensor {
        switch self {
        case .tensor(let tensor): tensor.detached.rows(range)
        case .widened(let tensor): tensor.rows(range).converted(to: .float32)
        case .quantized(let matrix): matrix.widened(range)
        }
    }

    /// Whether it is for generation only.
    var isQuantized: Bool {
        if case .quantized = self { true } else { false }
    }

    /// The tensor that products read, if it is one.
    var tensor: Tensor? {
        guard case .tensor(let tensor) = self else { return nil }
        return tensor
    }

    /// Row `indices[i]` as row `i` of the result, [indices.count, in] in float32; recorded if the weight is.
    public func gatherRows(_ indices: [Int]) -> Tensor {
        switch self {
        case .tensor(let tensor), .widened(let tensor): tensor.gatherRows(indices)
        case .quantized(let matrix): matrix.gatherRows(indices)
        }
    }
}

/// The linear layer `x weight^T + bias`, with a weight in any form.
///
/// - Parameters:
///   - x: [N, in], float32 or bfloat16; not recorded if the weight is in few bits.
///   - weight: [out, in].
///   - bias: [out] or nil; float32.
/// - Returns: [N, out], float32.
public func linear(_ x: Tensor, _ weight: Weight, _ bias: Tensor? = nil) -> Tensor {
    switch weight {
    case .tensor(let tensor): return linear(x, tensor, bias)
    case .widened(let tensor): return linear(x, widening: tensor, bias)
    case .quantized(let matrix):
        x.requireConstant("a product with weights in few bits", instead: "weights in float32 or bfloat16")
        let y = matrix.product(x)
        if let bias { addBias(bias, to: y) }
        return y
    }
}
