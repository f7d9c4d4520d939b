// Weighted sums of rows, and the bicubic weights that resize tables of positions.
internal import Basics
internal import CKernels

extension Tensor {
    /// Computes weighted sums of this tensor's rows: `weights [M, N] self [N, C]`.
    ///
    /// - Parameter weights: [M, N], constants.
    /// - Returns: [M, C]
    public func mixingRows(_ weights: Tensor) -> Tensor {
        require(weights.columnCount == rowCount, "mixingRows: \(weights.shape) for \(shape)")
        let (value, weights) = (detached, weights.detached)
        let result = product(Factor(tensor: weights), Factor(tensor: value))
        return result.recorded(from: [self]) { d, _ in
            [product(Factor(tensor: weights).transposed, Factor(tensor: d))]
        }
    }
}

/// The weights of bicubic interpolation that resize `from` values to `to` values: [to, from].
///
/// As torch's `interpolate(mode: "bicubic", align_corners: false)`: Keys' kernel with a = -0.75 and four
/// neighbors, border values repeated, no smoothing when shrinking.
///
/// - Parameters:
///   - from: Number of given values, at least 1.
///   - to: Number of results, at least 1.
/// - Returns: [to, from]; each row sums to 1.
public func bicubicWeights(from: Int, to: Int) -> Tensor {
    require(from > 0 && to > 0, "bicubicWeights: \(from) to \(to)")
    let a: Float = -0.75
    func near(_ x: Float) -> Float { ((a + 2) * x - (a + 3)) * x * x + 1 }
    func far(_ x: Float) -> Float { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
    var weights = [Float](repeating: 0, count: to * from)
    let scale = Float(from) / Float(to)
    for index in 0..<to {
        let place = scale * (Float(index) + 0.5) - 0.5
        let first = place.rounded(.down)
        let t = place - first
        for (offset, weight) in [far(t + 1), near(t), near(1 - t), far(2 - t)].enumerated() {
            let source = min(max(Int(first) - 1 + offset, 0), from - 1)
            weights[index * from + source] += weight
        }
    }
    return Tensor(weights, shape: [to, from])
}
