// Matrix products: one function over OpenBLAS, and the linear layer's operation on top of it.
//
// Each thread multiplies its own slice with a single-threaded cblas_sgemm (see Threads.swift).
internal import CKernels
internal import COpenBLAS

/// A matrix inside a larger array: `rows x columns` (after `isTransposed`) with a leading dimension.
struct MatrixView {
    var pointer: UnsafeMutablePointer<Float>
    var leading: Int
    var isTransposed = false

    /// The start of row `row` of the matrix as the product sees it.
    func atRow(_ row: Int) -> UnsafeMutablePointer<Float> { pointer + (isTransposed ? row : row * leading) }
    /// The start of column `column` of the matrix as the product sees it.
    func atColumn(_ column: Int) -> UnsafeMutablePointer<Float> {
        pointer + (isTransposed ? column * leading : column)
    }
}

/// `c = alpha a b + beta c` on the calling thread: a [m, k], b [k, n], c [m, n].
func multiplyOnThisThread(
    _ m: Int, _ n: Int, _ k: Int, alpha: Float = 1, _ a: MatrixView, _ b: MatrixView, beta: Float = 0,
    into c: UnsafeMutablePointer<Float>, leading: Int
) {
    guard m > 0, n > 0 else { return }
    cblas_sgemm(
        CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
        Int32(m), Int32(n), Int32(k), alpha, a.pointer, Int32(max(1, a.leading)), b.pointer,
        Int32(max(1, b.leading)), beta, c, Int32(max(1, leading)))
}

/// `c = a b + beta c` on all threads, cut along the longer side of `c`.
func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: MatrixView, _ b: MatrixView, beta: Float = 0,
    into c: UnsafeMutablePointer<Float>, leading: Int
) {
    _ = Threads.count
    let work = max(1, k) * min(m, n)
    let grain = max(8, (1 << 17) / max(1, work))
    if m >= n {
        inParallel(m, grain: grain) { slice in
            var part = a
            part.pointer = a.atRow(slice.lowerBound)
            multiplyOnThisThread(
                slice.count, n, k, part, b, beta: beta, into: c + slice.lowerBound * leading, leading: leading
            )
        }
    } else {
        inParallel(n, grain: grain) { slice in
            var part = b
            part.pointer = b.atColumn(slice.lowerBound)
            multiplyOnThisThread(
                m, slice.count, k, a, part, beta: beta, into: c + slice.lowerBound, leading: leading)
        }
    }
}

/// The linear layer: `x weight^T + bias`.
///
/// - Parameters:
///   - x: [N, in]
///   - weight: [out, in], as checkpoints store it.
///   - bias: [out] or nil.
/// - Returns: [N, out]
public func linear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
    let (n, from, to) = (x.rowCount, weight.columnCount, weight.rowCount)
    require(x.columnCount == from, "linear: x \(x.shape) does not fit weight \(weight.shape)")
    require(
        bias.map { $0.count == to } ?? true, "linear: bias \(bias?.shape ?? []) for weight \(weight.shape)")
    let y = Tensor(shape: [n, to]) { out in
        guard let start = out.baseAddress else { return }
        multiply(
            n, to, from, MatrixView(pointer: x.pointer, leading: from),
            MatrixView(pointer: weight.pointer, leading: from, isTransposed: true), into: start, leading: to)
        if let bias { addBias(bias, to: start, rows: n, columns: to) }
    }
    let (xValue, weightValue) = (x.detached, weight.detached)
    return y.recorded(from: [x, weight, bias]) { d, needed in
        let dx =
            !needed[0]
            ? nil
            : Tensor(shape: xValue.shape) { out in
                guard let start = out.baseAddress else { return }
                multiply(
                    n, from, to, MatrixView(pointer: d.pointer, leading: to),
                    MatrixView(pointer: weightValue.pointer, leading: from), into: start, leading: from)
            }
        let dWeight =
            !needed[1]
            ? nil
            : Tensor(shape: weightValue.shape) { out in
                guard let start = out.baseAddress else { return }
                multiply(
                    to, from, n, MatrixView(pointer: d.pointer, leading: to, isTransposed: true),
                    MatrixView(pointer: xValue.pointer, leading: from), into: start, leading: from)
            }
        return [dx, dWeight, needed[2] ? sumOfRows(d) : nil]
    }
}

private func addBias(_ bias: Tensor, to start: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
    inParallel(rows, grain: max(1, (1 << 15) / max(1, columns))) {
        kernels.add_bias($0.count, columns, bias.pointer, start + $0.lowerBound * columns)
    }
}

/// The sum over rows: [N, C] to [C].
///
/// Each thread sums its own columns, so the order never changes.
func sumOfRows(_ x: Tensor) -> Tensor {
    let columns = x.columnCount
    return Tensor(shape: [columns]) { out in
        out.initialize(repeating: 0)
        guard let start = out.baseAddress else { return }
        kernels.sum_rows(x.rowCount, columns, x.pointer, start)
    }
}
