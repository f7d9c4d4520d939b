// Softmax over each row: forward and backward.
internal import Basics
internal import CKernels

/// `exp(x - max) / sum exp(x - max)` of each row.
///
/// Entries of minus infinity get probability 0; a row of nothing else, or with NaN, becomes NaN.
///
/// - Parameter x: [N, C]
/// - Returns: [N, C], rows that sum to 1.
public func softmax(_ x: Tensor) -> Tensor {
    let (n, c) = (x.rowCount, x.columnCount)
    let y = Tensor(shape: x.shape) { out in
        guard let start = out.baseAddress else { return }
        inParallel(n, grain: rowGrain(c)) {
            let at = $0.lowerBound * c
            kernels.softmax($0.count, c, x.pointer + at, start + at)
        }
    }
    return y.recorded(from: [x]) { d, _ in
        [
            Tensor(shape: d.shape) { out in
                guard let start = out.baseAddress else { return }
                inParallel(n, grain: rowGrain(c)) {
                    let at = $0.lowerBound * c
                    kernels.softmax_back($0.count, c, y.pointer + at, d.pointer + at, start + at)
                }
            }
        ]
    }
}
