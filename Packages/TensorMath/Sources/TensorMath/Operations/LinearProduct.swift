// The operation of linear layers, forward and backward.
internal import Basics
internal import CKernels

/// The linear layer: `x weight^T + bias`.
///
/// The element type of the weight selects the arithmetic. With a bfloat16 weight, `x` and, in backward, the
/// gradient are rounded to bfloat16 once; sums are float32, and `x` is kept for backward in bfloat16.
///
/// - Parameters:
///   - x: [N, in], float32 or bfloat16.
///   - weight: [out, in], as checkpoints store it; float32 or bfloat16.
///   - bias: [out] or nil; float32.
/// - Returns: [N, out], float32.
public func linear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
    let (from, to) = (weight.columnCount, weight.rowCount)
    require(x.columnCount == from, "linear: x \(x.shape) does not fit weight \(weight.shape)")
    require(
        bias.map { $0.count == to } ?? true, "linear: bias \(bias?.shape ?? []) for weight \(weight.shape)")
    let (dtype, xShape, weightShape) = (weight.dtype, x.shape, weight.shape)
    let (xValue, weightValue) = (
        Factor(tensor: x.detached.converted(to: dtype)), Factor(tensor: weight.detached)
    )
    let format: WeightFormat = dtype == .bfloat16 ? .bfloat16 : .float32
    // Without bfloat16 the library widens the whole weight, which costs more than the products of some rows.
    let avoidsWidening = format == .bfloat16 && !ProductLibrary.hasBfloat16 && x.rowCount <= 64
    let y =
        productsAreRowwise || avoidsWidening || x.rowCount <= format.fewRowLimit
        ? fewRows(x, weight, format) : product(xValue, weightValue.transposed)
    if let bias { addBias(bias, to: y) }
    return y.recorded(from: [x, weight, bias]) { d, needed in
        let dValue = Factor(tensor: d.converted(to: dtype))
        return [
            needed[0] ? product(dValue, weightValue).reshaped(xShape) : nil,
            needed[1] ? product(dValue.transposed, xValue).reshaped(weightShape) : nil,
            needed[2] ? sumOfRows(d) : nil,
        ]
    }
}

/// The linear layer with a constant bfloat16 weight whose products are float32: the same numbers as with the widened
/// weight, which exists only while a product reads it.
func linear(_ x: Tensor, widening weight: Tensor, _ bias: Tensor?) -> Tensor {
    let (weight, shape) = (weight.detached, x.shape)
    let y = linear(x.detached, weight.converted(to: .float32), bias?.detached)
    return y.recorded(from: [x, bias]) { d, needed in
        [
            needed[0]
                ? product(Factor(tensor: d), Factor(tensor: weight.converted(to: .float32))).reshaped(shape)
                : nil,
            needed[1] ? sumOfRows(d) : nil,
        ]
    }
}

/// `x weight^T` for the few rows of decoding, which reads the weight once; row by row for any number of rows.
private func fewRows(_ x: Tensor, _ weight: Tensor, _ format: WeightFormat) -> Tensor {
    let x = x.detached.converted(to: .float32)
    let multiply = x.rowCount <= format.fewRowLimit ? fewRowProduct : rowwiseProduct
    let (rows, out) = (x.rowCount, weight.rowCount)
    let result = Tensor(shape: [rows, out], storage: Storage(count: rows * out))
    Rehearsal.count(Double(rows) * Double(weight.count))
    multiply(
        rows, out, weight.columnCount, x.pointer,
        format == .bfloat16 ? UnsafeRawPointer(weight.narrowPointer) : UnsafeRawPointer(weight.pointer),
        format, result.pointer)
    return result
}

/// Adds the bias to every row of a result that is not shared yet.
func addBias(_ bias: Tensor, to y: Tensor) {
    let columns = y.columnCount
    inParallel(y.rowCount, grain: max(1, (1 << 15) / max(1, columns))) {
        kernels.add_bias($0.count, columns, bias.pointer, y.pointer + $0.lowerBound * columns)
    }
}
