// Rotary position embedding and its angles.
internal import Basics
internal import CKernels
internal import Foundation

/// Rotary embedding by NeoX halves: `(x1, x2) -> (x1 cos - x2 sin, x2 cos + x1 sin)` in each head.
///
/// - Parameters:
///   - x: [N, heads * headSize]
///   - angles: Cosine and sine, each [N, headSize / 2].
///   - headSize: Even.
/// - Returns: The rotated rows, [N, heads * headSize].
public func rotary(_ x: Tensor, _ angles: RotaryAngles, headSize: Int) -> Tensor {
    let (n, half) = (x.rowCount, headSize / 2)
    let heads = x.columnCount / headSize
    require(
        angles.cosine.rowCount == n && (n == 0 || angles.cosine.columnCount == half)
            && heads * headSize == x.columnCount,
        "rotary: x \(x.shape), angles \(angles.cosine.shape), head size \(headSize)")
    func turn(_ x: Tensor, sign: Float) -> Tensor {
        Tensor(shape: x.shape) { out in
            guard let to = out.baseAddress else { return }
            inParallel(n, grain: rowGrain(x.columnCount)) { rows in
                let (at, start) = (rows.lowerBound * half, rows.lowerBound * x.columnCount)
                kernels.rotary(
                    rows.count, heads, half, sign, angles.cosine.pointer + at, angles.sine.pointer + at,
                    x.pointer + start, to + start)
            }
        }
    }
    return turn(x, sign: 1).recorded(from: [x]) { d, _ in [turn(d, sign: -1)] }
}

/// Cosine and sine of the rotation angles of each row: [N, headSize / 2] each.
public struct RotaryAngles: Sendable {
    /// Cosines, [N, headSize / 2].
    public let cosine: Tensor
    /// Sines, [N, headSize / 2].
    public let sine: Tensor

    /// Takes angles in radians, row-major [N, half].
    public init(_ angles: [Float], rowCount: Int) {
        let half = rowCount == 0 ? 0 : angles.count / rowCount
        cosine = Tensor(angles.map { cos($0) }, shape: [rowCount, half])
        sine = Tensor(angles.map { sin($0) }, shape: [rowCount, half])
    }

    /// Gathers the angles of rows: row `indices[i]` becomes row `i`.
    public func gatherRows(_ indices: [Int]) -> RotaryAngles {
        RotaryAngles(cosine: cosine.gatherRows(indices), sine: sine.gatherRows(indices))
    }

    private init(cosine: Tensor, sine: Tensor) {
        self.cosine = cosine
        self.sine = sine
    }
}
