// The element types of tensors and their sizes.

/// The element type of a tensor, in memory and on disk.
///
/// Computation uses float32, and bfloat16 operands with float32 sums; the other types are for storage.
public enum DType: String, Sendable, CaseIterable, Codable {
    case float32, bfloat16, float16, int32, uint8

    /// Bytes per element.
    public var byteCount: Int {
        switch self {
        case .float32, .int32: 4
        case .bfloat16, .float16: 2
        case .uint8: 1
        }
    }
}
