// A whole tensor as float32 numbers, for small ones such as scales and the factors of an adapter.
internal import Basics
internal import CChunks

/// The elements of a tensor as float32; nil when its type does not hold fractions.
///
/// - Parameters:
///   - info: The tensor.
///   - elements: Which of its elements, row-major; nil for all.
///   - reader: Holds it.
/// - Returns: The elements.
/// - Throws: What reading throws.
public func floats(
    _ info: TensorInfo, _ elements: Range<Int>? = nil, in reader: any CheckpointReader
) throws -> [Float]? {
    guard let kind = info.dtype.chunkKind else { return nil }
    let elements = elements ?? 0..<info.elementCount
    let size = info.dtype.byteCount
    let range = elements.lowerBound * size..<elements.upperBound * size
    return unsafe try reader.withBytes(of: info.name, in: range) { bytes in
        unsafe [Float](unsafeUninitializedCapacity: elements.count) { buffer, count in
            _ = unsafe r1_convert(
                bytes.baseAddress, kind, buffer.baseAddress, Int32(R1_KIND_FLOAT32), elements.count)
            count = elements.count
        }
    }
}

extension DType {
    /// The number of a floating-point type in the C interface; nil for other types.
    var chunkKind: Int32? {
        switch self {
        case .float32: Int32(R1_KIND_FLOAT32)
        case .bfloat16: Int32(R1_KIND_BFLOAT16)
        case .float16: Int32(R1_KIND_FLOAT16)
        case .int32, .uint8: nil
        }
    }
}
