// How weights are rounded to few bits, and the sizes of their rows.

/// Codes of few bits for the weights of a matrix, with a scale in bfloat16 per group of columns.
///
/// r1_codes.h specifies the bytes of a row.
public enum WeightCodes: String, Sendable, CaseIterable, Codable {
    /// A byte per weight and a scale per 128 columns: the largest weight of the group over 127.
    case int8
    /// Four bits per weight and a scale per 32 columns: the better of two.
    case int4

    /// Columns with one scale.
    public var groupSize: Int {
        switch self {
        case .int8: 128
        case .int4: 32
        }
    }

    /// Scales of a row.
    public func groupCount(_ columns: Int) -> Int { (columns + groupSize - 1) / groupSize }

    /// Bytes of the codes of a row.
    public func byteCount(_ columns: Int) -> Int {
        switch self {
        case .int8: columns
        case .int4: groupCount(columns) * groupSize / 2
        }
    }
}
