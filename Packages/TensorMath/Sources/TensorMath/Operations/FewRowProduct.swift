// Products with few rows, as in decoding, that read the weights from memory exactly once.
//
// With so few rows a BLAS reaches a third of the memory bandwidth; these kernels (bodies/few_rows.h and
// bodies/tile_rows.h) reach nearly all of it. The order of each sum depends only on `in` and the kernel, so a
// row's result does not depend on the other rows or on the number of threads, as long as their count selects
// the same kernel.
internal import Basics
internal import CKernels

/// The storage format of the weights, row-major [out, in] at any address.
enum WeightFormat {
    case float32
    /// The rows of x are rounded to bfloat16 too; sums are float32.
    case bfloat16

    /// The number of the format in the kernels.
    var code: Int32 {
        switch self {
        case .float32: Int32(R1_WEIGHTS_FLOAT32)
        case .bfloat16: Int32(R1_WEIGHTS_BFLOAT16)
        }
    }

    var bytesPerWeight: Int {
        switch self {
        case .float32: 4
        case .bfloat16: 2
        }
    }
}

/// The most rows for which products with vectors are faster than those of a BLAS.
let fewVectorRows = 16

extension WeightFormat {
    /// The most rows that `fewRowProduct` takes.
    var fewRowLimit: Int { hasTiles ? 64 : fewVectorRows }

    /// Whether this CPU multiplies tiles of this format.
    var hasTiles: Bool { self == .bfloat16 && kernels.tile_rows != nil }

    /// From this many rows on, products of tiles are faster than vectors.
    fileprivate static let fewestTileRows = 5
}

/// `y [rows, out] = x [rows, in] W [out, in]^T` on all threads, cut over the rows of W.
///
/// - Parameters:
///   - rows: At most `format.fewRowLimit`.
///   - out: Rows of W.
///   - size: Columns of W and x.
///   - x: [rows, in], contiguous.
///   - weights: [out, in], at any address.
///   - format: How the weights are stored.
///   - y: [rows, out]; overwritten.
func fewRowProduct(
    rows: Int, out: Int, in size: Int, x: UnsafePointer<Float>, weights: UnsafeRawPointer,
    format: WeightFormat, into y: UnsafeMutablePointer<Float>
) {
    require(
        rows >= 0 && rows <= format.fewRowLimit,
        "fewRowProduct: \(rows) rows, not 0...\(format.fewRowLimit)")
    guard rows > 0, out > 0, !isRehearsing else { return }
    let useTiles = format.hasTiles && (rows >= WeightFormat.fewestTileRows || productsAreRowwise)
    let lineCount = (size + 31) / 32
    let packedBytes = lineCount * (useTiles ? (rows + 15) / 16 * 16 * 64 : rows * 128)
    withUnsafeTemporaryAllocation(byteCount: max(64, packedBytes), alignment: 64) { packed in
        let grain = max(16, (1 << 16) / max(1, size * format.bytesPerWeight))
        if useTiles {
            kernels.pack_tile_rows(rows, size, x, packed.baseAddress)
            inParallel(out, grain: grain) { part in
                kernels.tile_rows(
                    rows, size, out, part.lowerBound, part.upperBound, packed.baseAddress, weights, y)
            }
        } else {
            kernels.pack_few_rows(format.code, rows, size, x, packed.baseAddress)
            inParallel(out, grain: grain) { part in
                kernels.few_rows(
                    format.code, rows, size, size, out, part.lowerBound, part.upperBound, packed.baseAddress,
                    weights, y)
            }
        }
    }
}
