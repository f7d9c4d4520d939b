// Matrix products of both element types, cut into slices by our thread pool.
//
// A library computes each slice on the calling thread:
// - bfloat16: oneDNN where it has kernels for this CPU (AVX-512 and up); elsewhere both operands are widened
//   to float32 and multiplied.
// - float32: oneDNN's sgemm on AVX-512, measured 1.05 to 1.15 times as fast as OpenBLAS's; OpenBLAS
//   elsewhere.
internal import Basics
internal import CKernels
internal import COneDNN
internal import COpenBLAS

/// A matrix in a larger array: `rows x columns` (after `isTransposed`) with a leading dimension.
///
/// `Element` is `Float`, or `UInt16` for the bits of bfloat16.
struct MatrixView<Element> {
    var pointer: UnsafeMutablePointer<Element>
    var leading: Int
    var isTransposed = false

    /// The matrix without its first `row` rows, after transposition.
    func fromRow(_ row: Int) -> MatrixView { moved(by: isTransposed ? row : row * leading) }
    /// The matrix without its first `column` columns, after transposition.
    func fromColumn(_ column: Int) -> MatrixView { moved(by: isTransposed ? column * leading : column) }

    private func moved(by elements: Int) -> MatrixView {
        MatrixView(pointer: pointer + elements, leading: leading, isTransposed: isTransposed)
    }
}

extension MatrixView<UInt16> {
    fileprivate var described: r1_matrix {
        r1_matrix(
            data: pointer, row_stride: isTransposed ? 1 : Int64(leading),
            column_stride: isTransposed ? Int64(leading) : 1)
    }

    /// The `rows x columns` matrix widened into `scratch`, in its order in memory.
    fileprivate func widened(
        _ rows: Int, _ columns: Int, into scratch: UnsafeMutablePointer<Float>
    ) -> MatrixView<Float> {
        let (lines, length) = isTransposed ? (columns, rows) : (rows, columns)
        for line in 0..<lines {
            kernels.widen_bfloat16(length, pointer + line * leading, scratch + line * length)
        }
        return MatrixView<Float>(pointer: scratch, leading: length, isTransposed: isTransposed)
    }
}

/// The libraries that multiply, selected once per process.
enum ProductLibrary {
    /// Whether bfloat16 products run in bfloat16 arithmetic.
    static let hasBfloat16 = r1_onednn_has_bfloat16() != 0
    /// Whether oneDNN computes float32 products.
    static let usesOneDNN = KernelLevel.best.rawValue >= KernelLevel.avx512.rawValue
    /// Limits OpenBLAS to the calling thread, because our pool cuts the products.
    static let singleThreadedBLAS: Void = openblas_set_num_threads(1)
}

/// `c = alpha a b + beta c` on the calling thread: a [m, k], b [k, n], c [m, n].
func multiplyOnThisThread(
    _ m: Int, _ n: Int, _ k: Int, alpha: Float = 1, _ a: MatrixView<Float>, _ b: MatrixView<Float>,
    beta: Float = 0, into c: UnsafeMutablePointer<Float>, leading: Int
) {
    guard m > 0, n > 0 else { return }
    let (lda, ldb, ldc) = (max(1, a.leading), max(1, b.leading), max(1, leading))
    guard ProductLibrary.usesOneDNN, k > 0 else {
        _ = ProductLibrary.singleThreadedBLAS
        return cblas_sgemm(
            CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
            b.isTransposed ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k), alpha, a.pointer,
            Int32(lda), b.pointer, Int32(ldb), beta, c, Int32(ldc))
    }
    let (yes, no) = (CChar(UInt8(ascii: "T")), CChar(UInt8(ascii: "N")))
    let status = r1_onednn_sgemm(
        a.isTransposed ? yes : no, b.isTransposed ? yes : no, Int64(m), Int64(n), Int64(k), alpha, a.pointer,
        Int64(lda), b.pointer, Int64(ldb), beta, c, Int64(ldc))
    requireComputed(status, "float32 product \(m)x\(k)x\(n)")
}

/// `c = a b + beta c` on the calling thread, of bfloat16 operands with float32 sums; beta is 0 or 1.
func multiplyOnThisThread(
    _ m: Int, _ n: Int, _ k: Int, _ a: MatrixView<UInt16>, _ b: MatrixView<UInt16>, beta: Float = 0,
    into c: UnsafeMutablePointer<Float>, leading: Int
) {
    guard m > 0, n > 0 else { return }
    guard ProductLibrary.hasBfloat16, k > 0 else {
        let scratch = Storage(count: (m + n) * k)
        return withExtendedLifetime(scratch) {
            multiplyOnThisThread(
                m, n, k, a.widened(m, k, into: scratch.pointer),
                b.widened(k, n, into: scratch.pointer + m * k), beta: beta, into: c, leading: leading)
        }
    }
    require(beta == 0 || beta == 1, "a bfloat16 product adds to beta = \(beta) times the result")
    guard leading > n else { return multiplyDense(m, n, k, a, b, accumulating: beta == 1, into: c) }
    // oneDNN 2.6 has a slow path (0.6 of the speed at 64 rows) for results whose rows are not adjacent.
    // Blocks of columns go through scratch memory that fits in the cache instead.
    let width = min(n, max(64, (1 << 17) / m / 64 * 64))
    let scratch = Storage(count: m * width)
    defer { withExtendedLifetime(scratch) {} }
    for start in stride(from: 0, to: n, by: width) {
        let count = min(width, n - start)
        multiplyDense(m, count, k, a, b.fromColumn(start), accumulating: false, into: scratch.pointer)
        for row in 0..<m {
            let (from, to) = (scratch.pointer + row * count, c + row * leading + start)
            if beta == 1 { kernels.accumulate(count, from, to) } else { to.update(from: from, count: count) }
        }
    }
}

/// `c = a b`, or `c += a b`, where the rows of c are adjacent.
private func multiplyDense(
    _ m: Int, _ n: Int, _ k: Int, _ a: MatrixView<UInt16>, _ b: MatrixView<UInt16>, accumulating: Bool,
    into c: UnsafeMutablePointer<Float>
) {
    let status = r1_onednn_bfloat16_product(
        Int64(m), Int64(n), Int64(k), a.described, b.described, accumulating ? 1 : 0, c, Int64(n))
    requireComputed(status, "bfloat16 product \(m)x\(k)x\(n)")
}

/// Ends the program unless oneDNN computed a product.
private func requireComputed(_ status: Int32, _ product: @autoclosure () -> String) {
    if status == R1_ONEDNN_OUT_OF_MEMORY { MemoryPool.endOutOfMemory("oneDNN has none for a \(product())") }
    require(status == 0, "oneDNN refused the \(product()) with status \(status)")
}

/// An element type that products, attention and the vocabulary pass can run in.
protocol ProductElement {
    /// The type as a format of stored weights.
    static var format: WeightFormat { get }
    /// The most keys of one product in attention.
    static var keyBlock: Int { get }
    /// The leading dimension of scores over `count` keys, in a segment of `atMost` keys.
    static func rowLength(_ count: Int, atMost: Int) -> Int
    /// The elements of a tensor of this type.
    static func pointer(_ tensor: Tensor) -> UnsafeMutablePointer<Self>
    /// Calls `body` with memory for the rounded numbers of `x`: that of `x` if this type is float32.
    static func withRoom(
        rounding x: UnsafeMutablePointer<Float>, _ count: Int, _ body: (UnsafeMutablePointer<Self>) -> Void)
    /// Rounds float32 numbers to this type; `out` is part of the memory of `withRoom`.
    static func round(_ x: UnsafeMutablePointer<Float>, _ count: Int, into out: UnsafeMutablePointer<Self>)
    /// `c = a b + beta c` on the calling thread; beta is 0 or 1.
    static func multiplyOnThisThread(
        _ m: Int, _ n: Int, _ k: Int, _ a: MatrixView<Self>, _ b: MatrixView<Self>, beta: Float,
        into c: UnsafeMutablePointer<Float>, leading: Int)
    /// Copies elements to float32.
    static func widen(_ x: UnsafePointer<Self>, _ count: Int, into out: UnsafeMutablePointer<Float>)
    /// A product with at least this many rows per thread is cut along its rows even if it has more columns.
    static var enoughRows: Int { get }
}

extension Float: ProductElement {
    static var format: WeightFormat { .float32 }
    static var keyBlock: Int { 1 << 30 }
    static var enoughRows: Int { .max }
    static func rowLength(_ count: Int, atMost: Int) -> Int { count }
    static func pointer(_ tensor: Tensor) -> UnsafeMutablePointer<Float> { tensor.pointer }
    static func withRoom(
        rounding x: UnsafeMutablePointer<Float>, _ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void
    ) { body(x) }
    static func round(_ x: UnsafeMutablePointer<Float>, _ count: Int, into out: UnsafeMutablePointer<Float>) {
    }
    static func multiplyOnThisThread(
        _ m: Int, _ n: Int, _ k: Int, _ a: MatrixView<Float>, _ b: MatrixView<Float>, beta: Float,
        into c: UnsafeMutablePointer<Float>, leading: Int
    ) { TensorMath.multiplyOnThisThread(m, n, k, alpha: 1, a, b, beta: beta, into: c, leading: leading) }
    static func widen(_ x: UnsafePointer<Float>, _ count: Int, into out: UnsafeMutablePointer<Float>) {
        out.update(from: x, count: count)
    }
}

/// The bits of bfloat16.
///
/// oneDNN builds a primitive per shape, so attention uses few shapes: blocks of keys, and few row lengths.
extension UInt16: ProductElement {
    static var format: WeightFormat { .bfloat16 }
    static var keyBlock: Int { 512 }
    static var enoughRows: Int { 128 }
    static func rowLength(_ count: Int, atMost: Int) -> Int { (atMost + keyBlock - 1) / keyBlock * keyBlock }
    static func pointer(_ tensor: Tensor) -> UnsafeMutablePointer<UInt16> { tensor.narrowPointer }
    static func withRoom(
        rounding x: UnsafeMutablePointer<Float>, _ count: Int, _ body: (UnsafeMutablePointer<UInt16>) -> Void
    ) {
        let room = Storage(byteCount: count * MemoryLayout<UInt16>.stride)
        withExtendedLifetime(room) { body(room.bytes.assumingMemoryBound(to: UInt16.self)) }
    }
    static func round(_ x: UnsafeMutablePointer<Float>, _ count: Int, into out: UnsafeMutablePointer<UInt16>)
    {
        if !isRehearsing { kernels.narrow_bfloat16(count, x, out) }
    }
    static func multiplyOnThisThread(
        _ m: Int, _ n: Int, _ k: Int, _ a: MatrixView<UInt16>, _ b: MatrixView<UInt16>, beta: Float,
        into c: UnsafeMutablePointer<Float>, leading: Int
    ) { TensorMath.multiplyOnThisThread(m, n, k, a, b, beta: beta, into: c, leading: leading) }
    static func widen(_ x: UnsafePointer<UInt16>, _ count: Int, into out: UnsafeMutablePointer<Float>) {
        kernels.widen_bfloat16(count, x, out)
    }
}

extension ProductElement {
    /// Calls `body` with float32 numbers rounded to this type.
    static func withRounded(
        _ x: UnsafeMutablePointer<Float>, _ count: Int, _ body: (UnsafeMutablePointer<Self>) -> Void
    ) {
        withRoom(rounding: x, count) {
            round(x, count, into: $0)
            body($0)
        }
    }

    /// `c = a b + beta c` on all threads: a [m, k], b [k, n], c [m, n] with float32 sums; beta is 0 or 1.
    ///
    /// Slices cut the longer side, but cut the rows if every thread gets `enoughRows`.
    static func multiply(
        _ m: Int, _ n: Int, _ k: Int, _ a: MatrixView<Self>, _ b: MatrixView<Self>, beta: Float = 0,
        into c: UnsafeMutablePointer<Float>, leading: Int
    ) {
        let grain = max(8, (1 << 17) / max(1, max(1, k) * min(m, n)))
        let cutsRows = m > n || m / Threads.count >= enoughRows
        Rehearsal.count(Double(m) * Double(n) * Double(k))
        if isRehearsing, format == .bfloat16, !ProductLibrary.hasBfloat16 {
            // Each thread widens its slice of one operand, and all of the other.
            let (slices, wide) = (max(1, min(Threads.count, max(m, n) / grain)), cutsRows ? m : n)
            let widened = (wide / slices + (cutsRows ? n : m)) * k * MemoryLayout<Float>.size
            Rehearsal.countScratch([widened], items: slices)
        }
        if cutsRows {
            inParallel(m, grain: grain) { rows in
                multiplyOnThisThread(
                    rows.count, n, k, a.fromRow(rows.lowerBound), b, beta: beta,
                    into: c + rows.lowerBound * leading, leading: leading)
            }
        } else {
            inParallel(n, grain: grain) { columns in
                multiplyOnThisThread(
                    m, columns.count, k, a, b.fromColumn(columns.lowerBound), beta: beta,
                    into: c + columns.lowerBound, leading: leading)
            }
        }
    }
}

/// A tensor as an operand of a product: a matrix of its rows, or that matrix transposed.
struct Factor {
    let tensor: Tensor
    var isTransposed = false

    var rows: Int { isTransposed ? tensor.columnCount : tensor.rowCount }
    var columns: Int { isTransposed ? tensor.rowCount : tensor.columnCount }
    /// The same operand transposed.
    var transposed: Factor { Factor(tensor: tensor, isTransposed: !isTransposed) }

    fileprivate var view: MatrixView<Float> {
        MatrixView(pointer: tensor.pointer, leading: tensor.columnCount, isTransposed: isTransposed)
    }
    fileprivate var narrowView: MatrixView<UInt16> {
        MatrixView(pointer: tensor.narrowPointer, leading: tensor.columnCount, isTransposed: isTransposed)
    }
}

/// The product of two operands of one element type, in float32.
func product(_ a: Factor, _ b: Factor) -> Tensor {
    let (m, n, k) = (a.rows, b.columns, a.columns)
    require(b.rows == k, "product: [\(m), \(k)] and [\(b.rows), \(n)]")
    let result = Tensor(shape: [m, n], storage: Storage(count: m * n))
    if a.tensor.dtype == .bfloat16 {
        UInt16.multiply(m, n, k, a.narrowView, b.narrowView, into: result.pointer, leading: n)
    } else {
        Float.multiply(m, n, k, a.view, b.view, into: result.pointer, leading: n)
    }
    return result
}
