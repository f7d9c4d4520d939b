// What can be wrong with a Parquet file, in words that a user can act on.

/// An error in a Parquet file; names the file and, where it is about one, the row group and the column.
public struct ParquetError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file as it was named.
    public var file: String
    /// The row group, counted from 0.
    public var rowGroup: Int?
    /// The column, with dots between the names of nested fields.
    public var column: String?
    /// What is wrong and, where it helps, what to do.
    public var reason: String

    init(file: String = "", rowGroup: Int? = nil, column: String? = nil, _ reason: String) {
        (self.file, self.rowGroup, self.column, self.reason) = (file, rowGroup, column, reason)
    }

    /// File, row group, column, reason.
    public var description: String {
        var place = file
        if let rowGroup { place += ", row group \(rowGroup)" }
        if let column { place += ", column \(column)" }
        return "\(place): \(reason)"
    }
}
