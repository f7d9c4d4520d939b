// Sums over rows and over tensors on all threads, in an order that does not depend on the number of threads.
internal import Basics
internal import CKernels

/// Elements of one partial sum of squares.
let squareBlock = 1 << 16

/// The number of partial sums of squares of `count` values.
func squareBlocks(_ count: Int) -> Int { (count + squareBlock - 1) / squareBlock }

/// Sums the rows of `x` [rows, columns] into `sum` [columns], which is overwritten.
///
/// There are at most 16 blocks of rows for any number of threads; their sums are added in order.
func addUpRows(
    _ x: UnsafePointer<Float>, rows: Int, columns: Int, into sum: UnsafeMutablePointer<Float>
) {
    sum.update(repeating: 0, count: columns)
    let slices = rows * columns < 1 << 15 ? [0..<rows] : rowSlices(rows, blockCount: 16)
    guard slices.count > 1 else { return kernels.sum_rows(rows, columns, x, sum) }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: slices.count * columns) { partial in
        guard let start = partial.baseAddress else { return }
        start.initialize(repeating: 0, count: partial.count)
        forEachInParallel(slices.count) { slice in
            let rows = slices[slice]
            kernels.sum_rows(rows.count, columns, x + rows.lowerBound * columns, start + slice * columns)
        }
        kernels.sum_rows(slices.count, columns, start, sum)
    }
}

/// The sum over rows, [N, C] to [C], in an order that does not depend on the number of threads.
func sumOfRows(_ x: Tensor) -> Tensor {
    Tensor(shape: [x.columnCount]) { out in
        if let start = out.baseAddress {
            addUpRows(x.pointer, rows: x.rowCount, columns: x.columnCount, into: start)
        }
    }
}

/// The sum of squares of `count` values in float64; the sums of blocks of 65,536 values are added in order.
func sumOfSquares(_ x: UnsafePointer<Float>, count: Int) -> Double {
    sumsOfSquares(x, count: count).reduce(0, +)
}

/// The sums of squares of blocks of 65,536 values in float64; the last block may have fewer.
func sumsOfSquares(_ x: UnsafePointer<Float>, count: Int) -> [Double] {
    let blocks = squareBlocks(count)
    guard !isRehearsing else { return Array(repeating: 0, count: blocks) }
    return Array(unsafeUninitializedCapacity: blocks) { sums, size in
        size = blocks
        guard let start = sums.baseAddress else { return }
        inParallel(blocks, grain: 4) {
            for block in $0 {
                let at = block * squareBlock
                (start + block).initialize(
                    to: kernels.sum_of_squares(min(squareBlock, count - at), x + at))
            }
        }
    }
}

/// Elements of a block of a bfloat16 tensor that is widened to be measured.
private let widenedBlock = 1 << 20

extension Tensor {
    /// The L2 norm of float32 or bfloat16 elements, accumulated in float64; finite exactly when all elements are.
    public var norm: Double {
        var sum = 0.0
        forEachBlock { sum += sumOfSquares($0.pointer, count: $0.count) }
        return sum.squareRoot()
    }

    /// Number of elements that are not finite.
    public var nonFiniteCount: Int {
        var count = 0
        forEachBlock { block in
            count += block.withElements { $0.reduce(0) { $1.isFinite ? $0 : $0 + 1 } }
        }
        return count
    }

    /// The elements in float32: all at once, or widened some rows at a time.
    private func forEachBlock(_ body: (Tensor) -> Void) {
        guard dtype != .float32 else { return body(detached) }
        let rows = max(1, widenedBlock / max(1, columnCount))
        for first in stride(from: 0, to: rowCount, by: rows) {
            body(detached.rows(first..<min(rowCount, first + rows)).converted(to: .float32))
        }
    }
}
