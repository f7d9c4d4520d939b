// Products whose rows do not depend on one another, for any number of rows.
//
// A library selects the order of its sums by the shape, so the last bits of a row depend on how many rows are beside
// it. Some passes must not: the rows of a generation step are those of other requests, and in bfloat16 one different
// bit grows to the noise of bfloat16 in later layers, so that a sampler and a trainer would disagree.
internal import Basics
internal import CKernels

private enum Rowwise {
    @TaskLocal static var isWanted = false
}

/// Whether `linear` and causal `attention` compute row by row now.
var productsAreRowwise: Bool { Rowwise.isWanted }

/// Runs `body`, in which `linear` and causal `attention` give each row the same result bit for bit whatever rows are
/// beside it, and wherever its sequence is cut.
public func withRowwiseProducts<R>(_ body: () throws -> R) rethrows -> R {
    try Rowwise.$isWanted.withValue(true, operation: body)
}

/// The bytes of weight rows that stay in the second-level cache while all rows of x multiply them.
private let panelBytes = 1 << 19

/// `y [rows, out] = x [rows, in] W [out, in]^T` for any number of rows, with the sums of
/// `fewRowProduct` for many rows.
///
/// - Parameters:
///   - rows: Rows of x.
///   - out: Rows of W.
///   - size: Columns of W and x.
///   - x: [rows, in], contiguous.
///   - weights: [out, in], at any address.
///   - format: How the weights are stored.
///   - y: [rows, out]; overwritten.
func rowwiseProduct(
    rows: Int, out: Int, in size: Int, x: UnsafePointer<Float>, weights: UnsafeRawPointer,
    format: WeightFormat, into y: UnsafeMutablePointer<Float>
) {
    guard rows > 0, out > 0 else { return }
    let (tiled, most) = (format.hasTiles, format.fewRowLimit)
    let rowBytes = (size + 31) / 32 * (tiled ? 64 : 128), weightBytes = max(1, size * format.bytesPerWeight)
    let blocks = stride(from: 0, to: rows, by: most).map { $0..<min(rows, $0 + most) }
    // Tiles are packed in whole tiles of 16 rows.
    let packed = Storage(byteCount: (rows + 15) / 16 * 16 * rowBytes)
    defer { withExtendedLifetime(packed) {} }
    func start(of block: Range<Int>) -> UnsafeMutableRawPointer {
        packed.bytes + block.lowerBound * rowBytes
    }
    inParallel(blocks.count, grain: max(1, rowGrain(size) / most)) { part in
        for block in blocks[part] {
            let from = x + block.lowerBound * size
            if tiled {
                kernels.pack_tile_rows(block.count, size, from, start(of: block))
            } else {
                kernels.pack_few_rows(format.code, block.count, size, from, start(of: block))
            }
        }
    }
    let panel = max(32, panelBytes / weightBytes / 32 * 32)
    inParallel(out, grain: max(32, (1 << 16) / weightBytes)) { part in
        for first in stride(from: part.lowerBound, to: part.upperBound, by: panel) {
            let end = min(part.upperBound, first + panel)
            for block in blocks {
                let to = y + block.lowerBound * out
                if tiled {
                    kernels.tile_rows(block.count, size, out, first, end, start(of: block), weights, to)
                } else {
                    kernels.few_rows(
                        format.code, block.count, size, size, out, first, end, start(of: block), weights, to)
                }
            }
        }
    }
}
