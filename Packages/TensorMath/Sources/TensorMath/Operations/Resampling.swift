// What vision towers of the ViT kind need beside the decoder's layers: LayerNorm as a layer, a weight per column, and
// resized position tables.
internal import Basics
internal import CKernels

extension Tensor {
    /// Each row of the result is a weighted sum of this tensor's rows: `weights [M, N] self [N, C]`.
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

/// The weights with which a line of `from` values becomes one of `to` values by bicubic interpolation: [to, from].
///
/// The kernel of torch's `interpolate(mode: "bicubic", align_corners: false)`: Keys with a = -0.75, four neighbors, the
/// border's value beyond the border, no smoothing when shrinking.
///
/// - Parameters:
///   - from: Values there are; at least 1.
///   - to: Values wanted; at least 1.
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
