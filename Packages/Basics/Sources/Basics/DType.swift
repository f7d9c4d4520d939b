// The element types a tensor can hold, and what each costs.

/// The element type of a tensor, in memory and on disk.
///
/// Arithmetic is float32; the narrower types are for storage.
public enum DType: String, Sendable, CaseIterable, Codable {
    case float32, bfloat16, float16, int32, uint8

    /// Bytes that one element takes.
    public var byteCount: Int {
        switch self {
        case .float32, .int32: 4
        case .bfloat16, .float16: 2
        case .uint8: 1
        }
    }
}
