// RMSNorm and LayerNorm, alone or fused with the residual sum before them, forward and backward.
internal import Basics
internal import CKernels

/// Root-mean-square normalization of each row: `x / sqrt(mean(x^2) + epsilon) * weight`.
///
/// Source: Zhang and Sennrich, 2019, as Qwen2 applies it (no bias, no "1 + weight").
///
/// - Parameters:
///   - x: [N, C]
///   - weight: [C]
///   - epsilon: Added to the mean square.
/// - Returns: [N, C]
func rmsNorm(_ x: Tensor, _ weight: Tensor, epsilon: Float) -> Tensor {
    normalize(x, adding: nil, weight, bias: nil, epsilon: epsilon).normalized
}

/// The residual sum `x + residual` and its RMSNorm, in one pass over memory.
///
/// The serving engine, which is planned, will use it to decode.
///
/// - Parameters:
///   - x: [N, C]
///   - residual: [N, C]
///   - weight: [C]
///   - epsilon: Added to the mean square.
/// - Returns: The sum, which the next residual needs, and `rmsNorm(sum)`; both [N, C].
func rmsNorm(
    _ x: Tensor, adding residual: Tensor, _ weight: Tensor, epsilon: Float
) -> (sum: Tensor, normalized: Tensor) {
    normalize(x, adding: residual, weight, bias: nil, epsilon: epsilon)
}

/// Normalization of each row to mean 0 and variance 1: `(x - mean) / sqrt(variance + epsilon) * weight +
/// bias`.
///
/// The variance is divided by C (torch's `LayerNorm`). Source: Ba, Kiros and Hinton, 2016.
///
/// - Parameters:
///   - x: [N, C]
///   - weight: [C]
///   - bias: [C]
///   - epsilon: Added to the variance.
/// - Returns: [N, C]
func layerNorm(_ x: Tensor, _ weight: Tensor, _ bias: Tensor, epsilon: Float) -> Tensor {
    normalize(x, adding: nil, weight, bias: bias, epsilon: epsilon).normalized
}

/// The residual sum `x + residual` and its LayerNorm, in one pass over memory.
///
/// The serving engine, which is planned, will use it to decode.
///
/// - Parameters:
///   - x: [N, C]
///   - residual: [N, C]
///   - weight: [C]
///   - bias: [C]
///   - epsilon: Added to the variance.
/// - Returns: The sum, which the next residual needs, and `layerNorm(sum)`; both [N, C].
func layerNorm(
    _ x: Tensor, adding residual: Tensor, _ weight: Tensor, _ bias: Tensor, epsilon: Float
) -> (sum: Tensor, normalized: Tensor) {
    normalize(x, adding: residual, weight, bias: bias, epsilon: epsilon)
}

/// LayerNorm if there is a bias, else RMSNorm; with or without a residual.
///
/// One kernel computes the sum and the normalized rows, but the tape has an entry for each: the pullback of
/// the norm gives the gradient of the sum, and the pullback of the sum passes it to both addends.
private func normalize(
    _ x: Tensor, adding residual: Tensor?, _ weight: Tensor, bias: Tensor?, epsilon: Float
) -> (sum: Tensor, normalized: Tensor) {
    let (n, c) = (x.rowCount, x.columnCount)
    require(
        weight.count == c && (bias?.count ?? c) == c && (residual?.shape ?? x.shape) == x.shape,
        "norm: x \(x.shape), residual \(residual?.shape ?? []), weight \(weight.shape), "
            + "bias \(bias?.shape ?? [])"
    )
    let sum = residual == nil ? x : Tensor(shape: x.shape, storage: Storage(count: x.count))
    let mean = Tensor(shape: [n], storage: Storage(count: n))
    let inverse = Tensor(shape: [n], storage: Storage(count: n))
    let y = Tensor(shape: x.shape) { out in
        guard let start = out.baseAddress else { return }
        inParallel(n, grain: rowGrain(c)) { rows in
            let (at, row) = (rows.lowerBound * c, rows.lowerBound)
            let added = residual.map { UnsafePointer($0.pointer + at) }
            if let bias {
                kernels.layer_norm(
                    rows.count, c, epsilon, x.pointer + at, added, weight.pointer, bias.pointer,
                    sum.pointer + at,
                    start + at, mean.pointer + row, inverse.pointer + row)
            } else {
                kernels.rms_norm(
                    rows.count, c, epsilon, x.pointer + at, added, weight.pointer, sum.pointer + at,
                    start + at,
                    inverse.pointer + row)
            }
        }
    }
    let recordedSum = residual.map { residual in sum.recorded(from: [x, residual]) { d, _ in [d, d] } } ?? x
    let (sumValue, weightValue) = (sum.detached, weight.detached)
    let normalized = y.recorded(from: [recordedSum, weight, bias]) { d, needed in
        let slices = rowSlices(n, blockCount: 16)
        let areNeeded = needed[1] || needed[2]
        let dWeight = Tensor(repeating: 0, shape: [areNeeded ? slices.count : 0, c])
        let dBias = Tensor(repeating: 0, shape: [areNeeded && bias != nil ? slices.count : 0, c])
        let dx = Tensor(shape: sumValue.shape) { out in
            guard let start = out.baseAddress else { return }
            forEachInParallel(slices.count) { slice in
                let (row, count) = (slices[slice].lowerBound, slices[slice].count)
                let (at, part) = (row * c, areNeeded ? dWeight.pointer + slice * c : nil)
                if bias != nil {
                    kernels.layer_norm_back(
                        count, c, sumValue.pointer + at, weightValue.pointer, mean.pointer + row,
                        inverse.pointer + row, d.pointer + at, start + at, part,
                        areNeeded ? dBias.pointer + slice * c : nil)
                } else {
                    kernels.rms_norm_back(
                        count, c, sumValue.pointer + at, weightValue.pointer, inverse.pointer + row,
                        d.pointer + at, start + at, part)
                }
            }
        }
        return [
            dx, needed[1] ? sumOfRows(dWeight).reshaped(weightValue.shape) : nil,
            needed[2] ? bias.map { sumOfRows(dBias).reshaped($0.shape) } : nil,
        ]
    }
    return (recordedSum, normalized)
}
