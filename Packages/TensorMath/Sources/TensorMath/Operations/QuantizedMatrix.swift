// A weight matrix in int8 with a float32 scale per row or per group of columns, to decode with less memory.
//
// The serving engine, which is planned, will use it; no program does yet.
internal import Basics
internal import CKernels

/// Weights `[out, in]` as int8, rounded to nearest and symmetric: `W[o][i] = scale[o][i / groupSize] *
/// q[o][i]`.
///
/// With `scale = max |W| / 127` over the group, the error of a weight is at most `scale / 2` (and one float32
/// rounding), 0.4 % of the largest weight of the group. Groups below 2^-100 become zeros.
struct QuantizedMatrix: Sendable {
    /// Rows of the matrix: outputs.
    let out: Int
    /// Columns of the matrix: inputs.
    let columns: Int
    /// Neighboring columns that share a scale; `columns` when there is one scale per row.
    let groupSize: Int
    /// [out, columns], -127...127.
    let values: [Int8]
    /// [out, groups].
    let scales: [Float]

    /// Rounds a matrix.
    ///
    /// - Parameters:
    ///   - weight: [out, in]
    ///   - groupSize: A multiple of 64, or nil for one scale per row.
    /// - Throws: `QuantizationError` when a weight is not finite.
    init(_ weight: Tensor, groupSize: Int? = nil) throws {
        let (rows, columns) = (weight.rowCount, weight.columnCount)
        let group = min(groupSize ?? columns, columns)
        require(
            group == columns || (group > 0 && group % 64 == 0),
            "QuantizedMatrix: group size \(group) is not a multiple of 64")
        let groups = columns == 0 ? 0 : (columns + group - 1) / group
        (out, self.columns, self.groupSize) = (rows, columns, group)
        var values = [Int8](repeating: 0, count: rows * columns)
        var scales = [Float](repeating: 0, count: rows * groups)
        weight.withElements { from in
            values.withUnsafeMutableBufferPointer { values in
                scales.withUnsafeMutableBufferPointer { scales in
                    guard let from = from.baseAddress, let to = values.baseAddress,
                        let scale = scales.baseAddress
                    else { return }
                    inParallel(rows, grain: rowGrain(columns)) { part in
                        for row in part {
                            for g in 0..<groups {
                                let at = row * columns + g * group
                                scale[row * groups + g] = kernels.quantize_int8(
                                    min(group, columns - g * group), from + at, to + at)
                            }
                        }
                    }
                }
            }
        }
        if let bad = scales.firstIndex(where: \.isNaN) {
            throw QuantizationError(row: bad / groups, group: bad % groups)
        }
        (self.values, self.scales) = (values, scales)
    }

    /// The rounded weights in float32, [out, in].
    var dequantized: Tensor {
        let groups = columns == 0 ? 0 : (columns + groupSize - 1) / groupSize
        return Tensor(shape: [out, columns]) { to in
            for row in 0..<out {
                for g in 0..<groups {
                    let at = row * columns + g * groupSize
                    let count = min(groupSize, columns - g * groupSize)
                    values.withUnsafeBufferPointer { from in
                        guard let from = from.baseAddress, let to = to.baseAddress else { return }
                        kernels.widen_int8(count, scales[row * groups + g], from + at, to + at)
                    }
                }
            }
        }
    }

    /// `x W^T` for up to 16 rows, not recorded.
    ///
    /// x stays float32, sums are float32.
    ///
    /// - Parameter x: [rows, in]
    /// - Returns: [rows, out]
    func product(_ x: Tensor) -> Tensor {
        require(x.columnCount == columns, "QuantizedMatrix: x \(x.shape) for \(columns) columns")
        let rowCount = x.rowCount
        return Tensor(shape: [rowCount, out]) { y in
            x.withElements { x in
                values.withUnsafeBytes { values in
                    scales.withUnsafeBufferPointer { scales in
                        guard let x = x.baseAddress, let values = values.baseAddress,
                            let scales = scales.baseAddress, let y = y.baseAddress
                        else { return }
                        fewRowProduct(
                            rows: rowCount, out: out, in: columns, x: x, weights: values,
                            format: .int8(scales: scales, groupSize: groupSize), into: y)
                    }
                }
            }
        }
    }
}

/// A weight that cannot be rounded to int8.
struct QuantizationError: Error, CustomStringConvertible {
    /// Its row and its group of columns.
    let row, group: Int

    /// The place and the fault.
    var description: String {
        "row \(row), group \(group): expected finite weights, found infinity or NaN"
    }
}
