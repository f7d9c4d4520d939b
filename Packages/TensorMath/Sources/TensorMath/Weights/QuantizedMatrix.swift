// A weight matrix in 8 or 4 bits, to generate with less memory.
public import Basics
internal import CKernels

/// A weight matrix [out, in] in 8 or 4 bits with a scale per group of columns, rounded to nearest.
///
/// `W[o][i] = scale * (code - offset)`: r1_codes.h specifies the rows. Generation only: it has no gradient.
public struct QuantizedMatrix: Sendable {
    /// [out, in].
    public let shape: [Int]
    /// How the weights are rounded.
    public let codes: WeightCodes
    /// The type of products with more rows than decoding has: float32 or bfloat16.
    public let computeType: DType
    /// [out, bytes of a row].
    private let rows: Storage
    /// [out, groups] in bfloat16.
    private let scales: Tensor

    var columns: Int { shape[1] }
    var rowByteCount: Int { codes.byteCount(shape[1]) }
    private var groups: Int { codes.groupCount(shape[1]) }

    /// The bytes of codes and scales.
    public var byteCount: Int { shape[0] * (rowByteCount + 2 * groups) }

    private init(
        _ codes: WeightCodes, _ shape: [Int], _ rows: Storage, _ scales: Tensor, _ computeType: DType
    ) {
        require(shape.count == 2, "QuantizedMatrix: shape \(shape) is not that of a matrix")
        (self.codes, self.shape, self.rows, self.scales) = (codes, shape, rows, scales)
        self.computeType = computeType
    }

    /// Rounds a matrix.
    ///
    /// - Parameters:
    ///   - weight: [out, in], float32 or bfloat16.
    ///   - codes: How to round it.
    ///   - computeType: The type of products with many rows.
    /// - Throws: `QuantizationError` when a weight is not finite.
    public init(_ weight: Tensor, as codes: WeightCodes, computeType: DType) throws {
        let (out, columns) = (weight.rowCount, weight.columnCount)
        let (byteCount, groups) = (codes.byteCount(columns), codes.groupCount(columns))
        let rows = Storage(byteCount: out * byteCount)
        let scales = Tensor(
            shape: [out, groups], dtype: .bfloat16, storage: Storage(byteCount: 2 * out * groups))
        let (bytes, scaleStart) = (rows.bytes.assumingMemoryBound(to: UInt8.self), scales.narrowPointer)
        /// For each row 0, or 1 + the group of a weight that is not finite.
        var faults = [Int](repeating: 0, count: out)
        faults.withUnsafeMutableBufferPointer { faults in
            inParallel(out, grain: rowGrain(columns)) { part in
                let wide = Storage(count: columns)
                for row in part {
                    faults[row] = kernels.quantize_row(
                        codes.kernelCode, columns, weight.row(row, widenedInto: wide.pointer),
                        bytes + row * byteCount, scaleStart + row * groups)
                }
                withExtendedLifetime(wide) {}
            }
        }
        if let row = faults.firstIndex(where: { $0 > 0 }) {
            throw QuantizationError(row: row, group: faults[row] - 1)
        }
        self.init(codes, [out, columns], rows, scales, computeType)
    }

    /// A matrix over stored bytes, without copying them.
    ///
    /// - Parameters:
    ///   - codes: How they are rounded.
    ///   - shape: [out, in].
    ///   - rows: The codes of all rows.
    ///   - scales: The scales in bfloat16, at an even address.
    ///   - owner: Keeps the bytes valid and unchanged while it lives.
    ///   - computeType: The type of products with many rows.
    public init(
        borrowing codes: WeightCodes, shape: [Int], rows: UnsafeRawBufferPointer,
        scales: UnsafeRawBufferPointer,
        owner: AnyObject, computeType: DType
    ) {
        require(
            rows.count == shape[0] * codes.byteCount(shape[1]),
            "QuantizedMatrix: \(rows.count) bytes of \(codes) for \(shape)")
        let storage = rows.baseAddress.map { Storage(borrowing: $0, owner: owner) } ?? Storage(byteCount: 0)
        self.init(
            codes, shape, storage,
            Tensor(
                borrowing: scales, dtype: .bfloat16, shape: [shape[0], codes.groupCount(shape[1])],
                owner: owner),
            computeType)
    }

    /// The same matrix with its own copy of the bytes.
    ///
    /// The parameters are those of `init(borrowing:...)`; the addresses need no alignment.
    public init(
        copying codes: WeightCodes, shape: [Int], rows: UnsafeRawBufferPointer,
        scales: UnsafeRawBufferPointer,
        computeType: DType
    ) {
        require(
            rows.count == shape[0] * codes.byteCount(shape[1]),
            "QuantizedMatrix: \(rows.count) bytes of \(codes) for \(shape)")
        let storage = Storage(byteCount: rows.count)
        if let start = rows.baseAddress { storage.bytes.copyMemory(from: start, byteCount: rows.count) }
        self.init(
            codes, shape, storage,
            Tensor(copyingBfloat16: scales, shape: [shape[0], codes.groupCount(shape[1])]), computeType)
    }

    /// Rows `indices[i]` as row `i` of the result, in float32.
    ///
    /// - Parameter indices: Each in `0..<out`.
    /// - Returns: [indices.count, in].
    public func gatherRows(_ indices: [Int]) -> Tensor {
        require(
            indices.allSatisfy { $0 >= 0 && $0 < shape[0] },
            "gatherRows: an index is outside 0..<\(shape[0])")
        return Tensor(shape: [indices.count, columns]) { out in
            guard let to = out.baseAddress else { return }
            inParallel(indices.count, grain: rowGrain(columns)) {
                for place in $0 {
                    kernels.widen_codes(
                        codes.kernelCode, columns, codesOfRow(indices[place]), scalesOfRow(indices[place]),
                        to + place * columns)
                }
            }
        }
    }

    /// Rows `range` in the type of products with many rows, [range.count, in].
    func widened(_ range: Range<Int>) -> Tensor { gatherRows(Array(range)).converted(to: computeType) }

    func codesOfRow(_ row: Int) -> UnsafePointer<UInt8> {
        UnsafePointer(rows.bytes.assumingMemoryBound(to: UInt8.self) + row * rowByteCount)
    }
    func scalesOfRow(_ row: Int) -> UnsafePointer<UInt16> {
        UnsafePointer(scales.narrowPointer + row * groups)
    }
}

extension Tensor {
    /// The elements of a row in float32: in place, or widened into `scratch`.
    fileprivate func row(
        _ row: Int, widenedInto scratch: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        guard dtype == .bfloat16 else { return UnsafePointer(pointer + row * columnCount) }
        kernels.widen_bfloat16(columnCount, narrowPointer + row * columnCount, scratch)
        return UnsafePointer(scratch)
    }
}

/// A weight that cannot be rounded to few bits.
public struct QuantizationError: Error, CustomStringConvertible {
    /// Its row and its group of columns.
    public let row, group: Int

    /// The place and the fault.
    public var description: String {
        "row \(row), group of columns \(group): expected finite weights, found infinity or NaN"
    }
}
