// One cell of a Parquet file.

/// A value of a column.
public enum ParquetValue: Equatable, Sendable {
    /// No value.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number.
    case int(Int64)
    /// Any other number.
    case double(Double)
    /// A text; also dates, times, decimals and identifiers, as text.
    case text(String)
    /// Bytes without a type.
    case bytes([UInt8])
    /// A list.
    case list([ParquetValue])
    /// A struct or a map, in the order of the file.
    case record([Member])

    /// Whether there is no value.
    public var isNull: Bool {
        guard case .null = self else { return false }
        return true
    }

    /// A field of a record.
    public struct Member: Equatable, Sendable {
        /// The name.
        public let name: String
        /// The value.
        public let value: ParquetValue

        /// A field.
        public init(_ name: String, _ value: ParquetValue) { (self.name, self.value) = (name, value) }
    }
}
