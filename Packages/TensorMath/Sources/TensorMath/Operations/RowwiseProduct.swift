// Products in float32 whose rows do not depend on one another, for any number of rows.
//
// A library selects the order of its sums by the shape, so the last bits of a row depend on how many rows are beside
// it. Generation must not: the rows of a step are those of other requests.
internal import Basics
internal import CKernels

private enum Rowwise {
    @TaskLocal static var isWanted = false
}

/// Whether `linear` computes float32 products row by row now.
var productsAreRowwise: Bool { Rowwise.isWanted }

/// Runs `body`, in which `linear` and causal `attention` in float32 give each row the same result bit for bit whatever
/// rows are beside it.
///
/// Products of more than 16 rows reach about half the speed of the library.
public func withRowwiseProducts<R>(_ body: () throws -> R) rethrows -> R {
    try Rowwise.$isWanted.withValue(true, operation: body)
}

/// The bytes of weight rows that stay in the second-level cache while all rows of x multiply them.
private let panelBytes = 1 << 19

/// `y [rows, out] = x [rows, in] W [out, in]^T` in float32 for any number of rows, with the sums of `fewRowProduct`.
///
/// - Parameters:
///   - rows: Rows of x.
///   - out: Rows of W.
///   - size: Columns of W and x.
///   - x: [rows, in], contiguous.
///   - weights: [out, in].
///   - y: [rows, out]; overwritten.
func rowwiseProduct(
    rows: Int, out: Int, in size: Int, x: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>
) {
    guard rows > 0, out > 0 else { return }
    let format = Int32(R1_WEIGHTS_FLOAT32), rowBytes = (size + 15) / 16 * 64
    let blocks = stride(from: 0, to: rows, by: fewVectorRows).map {
        $0..<min(rows, $0 + fewVectorRows)
    }
    let packed = Storage(byteCount: rows * rowBytes)
    defer { withExtendedLifetime(packed) {} }
    inParallel(blocks.count, grain: max(1, rowGrain(size) / fewVectorRows)) { part in
        for block in blocks[part] {
            kernels.pack_few_rows(
                format, block.count, size, x + block.lowerBound * size,
                packed.bytes + block.lowerBound * rowBytes)
        }
    }
    let panel = max(16, panelBytes / max(1, rowBytes))
    inParallel(out, grain: max(16, (1 << 14) / max(1, size))) { part in
        for start in stride(from: part.lowerBound, to: part.upperBound, by: panel) {
            let end = min(part.upperBound, start + panel)
            for block in blocks {
                kernels.few_rows(
                    format, block.count, size, out, start, end, packed.bytes + block.lowerBound * rowBytes,
                    weights, y + block.lowerBound * out)
            }
        }
    }
}
