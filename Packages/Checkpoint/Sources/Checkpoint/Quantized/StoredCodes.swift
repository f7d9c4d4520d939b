// A weight in few bits as a checkpoint stores it: two tensors, one of codes and one of scales.
public import Basics

/// The stored codes of a matrix and their scales.
///
/// `NAME.int8` or `NAME.int4` is uint8 [out, bytes of a row], `NAME.scales` is bfloat16 [out, groups].
public struct StoredCodes: Sendable {
    /// How the matrix is rounded.
    public let codes: WeightCodes
    /// [out, in].
    let shape: [Int]
    let rows, scales: TensorInfo
    private let reader: any CheckpointReader

    static let scaleSuffix = ".scales"
    static func suffix(_ codes: WeightCodes) -> String { ".\(codes.rawValue)" }

    /// The codes in `rows`; nil for a tensor that has none.
    ///
    /// Throws `CheckpointError.damaged` when the two tensors do not fit together.
    init?(_ rows: TensorInfo, in reader: any CheckpointReader) throws {
        guard let codes = WeightCodes.allCases.first(where: { rows.name.hasSuffix(Self.suffix($0)) }) else {
            return nil
        }
        let name = String(rows.name.dropLast(Self.suffix(codes).count))
        func damaged(_ problem: String) -> CheckpointError {
            .damaged(file: reader.file(of: rows.name), problem: "\(name) in \(codes): \(problem)")
        }
        guard let scales = reader.info(name + Self.scaleSuffix) else {
            throw damaged("the tensor \(name)\(Self.scaleSuffix) is missing")
        }
        guard rows.dtype == .uint8, rows.shape.count == 2, rows.elementCount > 0 else {
            throw damaged("its codes are \(rows.dtype) \(rows.shape), expected uint8 of two sizes above 0")
        }
        // Rows of int4 are whole groups.
        let columns = codes == .int8 ? rows.shape[1] : 2 * rows.shape[1]
        let expected = [rows.shape[0], codes.groupCount(columns)]
        guard codes.byteCount(columns) == rows.shape[1], scales.dtype == .bfloat16, scales.shape == expected
        else {
            throw damaged(
                "its codes have shape \(rows.shape) and its scales are \(scales.dtype) \(scales.shape), expected "
                    + "bfloat16 \(expected)")
        }
        (self.codes, self.rows, self.scales, self.reader) = (codes, rows, scales, reader)
        shape = [rows.shape[0], columns]
    }

    /// The name and shape of the matrix, which is read as bfloat16.
    var info: TensorInfo {
        TensorInfo(
            name: String(rows.name.dropLast(Self.suffix(codes).count)), dtype: .bfloat16, shape: shape)
    }

    /// The bytes of codes and scales.
    public var byteCount: Int { rows.byteCount + scales.byteCount }

    /// Whether both are used where they are mapped.
    public var isMapped: Bool { reader.isMapped(rows.name) && reader.isMapped(scales.name) }

    /// Gives `body` the bytes of codes and scales, valid as those of `CheckpointReader.withBytes(of:_:)`.
    public func withBytes<R>(
        _ body: (_ rows: UnsafeRawBufferPointer, _ scales: UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        unsafe try reader.withBytes(of: rows.name) { rows in
            unsafe try reader.withBytes(of: scales.name) { scales in unsafe try body(rows, scales) }
        }
    }

    /// Gives `body` the bytes of codes and scales of some rows.
    func withBytes<R>(
        ofRows range: Range<Int>,
        _ body: (_ rows: UnsafeRawBufferPointer, _ scales: UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        let (size, scaleSize) = (rows.shape[1], 2 * scales.shape[1])
        return unsafe try reader.withBytes(
            of: rows.name, in: range.lowerBound * size..<range.upperBound * size
        ) { rows in
            unsafe try reader.withBytes(
                of: scales.name, in: range.lowerBound * scaleSize..<range.upperBound * scaleSize
            ) { scales in unsafe try body(rows, scales) }
        }
    }
}

extension WeightCodes {
    /// The number of these codes in the C interface.
    var number: Int32 { self == .int8 ? 0 : 1 }
}

extension CheckpointReader {
    /// The stored codes of a tensor; nil for one that is not stored in few bits.
    public func storedCodes(of name: String) -> StoredCodes? { (self as? DecodedCheckpoint)?.stored(name) }

    /// Whether matrices are stored in few bits.
    public var storesCodes: Bool {
        self is DecodedCheckpoint || (self as? any CheckpointView)?.source.storesCodes == true
    }
}
