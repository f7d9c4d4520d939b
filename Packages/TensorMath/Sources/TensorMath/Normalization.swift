// RMSNorm: forward and backward.
internal import CKernels

/// Root-mean-square normalisation of each row: `x / sqrt(mean(x^2) + epsilon) * weight`.
///
/// Source: Zhang and Sennrich, 2019, as Qwen2 applies it (no bias, no "1 + weight").
///
/// - Parameters:
///   - x: [N, C]
///   - weight: [C]
///   - epsilon: Added to the mean square.
/// - Returns: [N, C]
public func rmsNorm(_ x: Tensor, _ weight: Tensor, epsilon: Float) -> Tensor {
    let (n, c) = (x.rowCount, x.columnCount)
    require(weight.count == c, "rmsNorm: weight \(weight.shape) for x \(x.shape)")
    let inverse = Tensor(shape: [n], storage: Storage(count: n))
    let y = Tensor(shape: x.shape) { out in
        guard let start = out.baseAddress else { return }
        inParallel(n, grain: rowGrain(c)) { rows in
            let at = rows.lowerBound
            kernels.rms_norm(
                rows.count, c, epsilon, x.pointer + at * c, weight.pointer, start + at * c,
                inverse.pointer + at)
        }
    }
    let (xValue, weightValue) = (x.detached, weight.detached)
    return y.recorded(from: [x, weight]) { d, needed in
        let slices = rowSlices(n, blockCount: 16)
        let partial = Tensor(repeating: 0, shape: [slices.count, c])
        let dx = Tensor(shape: xValue.shape) { out in
            guard let start = out.baseAddress else { return }
            forEachInParallel(slices.count) { slice in
                let at = slices[slice].lowerBound
                kernels.rms_norm_back(
                    slices[slice].count, c, xValue.pointer + at * c, weightValue.pointer,
                    inverse.pointer + at,
                    d.pointer + at * c, start + at * c, needed[1] ? partial.pointer + slice * c : nil)
            }
        }
        return [dx, needed[1] ? sumOfRows(partial).reshaped(weightValue.shape) : nil]
    }
}

/// Rows worth a thread of their own when each has `columns` elements.
func rowGrain(_ columns: Int) -> Int { max(1, (1 << 14) / max(1, columns)) }

/// Cuts `count` rows into a fixed number of blocks, whatever the number of threads, so that partial sums
/// over rows do not depend on it.
func rowSlices(_ count: Int, blockCount: Int) -> [Range<Int>] {
    let blocks = max(1, min(blockCount, count / 16))
    return (0..<blocks).map { count * $0 / blocks..<count * ($0 + 1) / blocks }
}
