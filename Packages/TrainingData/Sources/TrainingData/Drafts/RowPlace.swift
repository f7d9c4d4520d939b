// Where a row was found, for messages.
public import StrictJSON

/// The file and the number of a row.
public struct RowPlace: Sendable, Hashable {
    /// The file as it was named.
    public let file: String
    /// The line on which the row begins, or the number of the row where a file has no lines; counted from one.
    public let line: Int

    /// A place.
    public init(file: String, line: Int) { (self.file, self.line) = (file, line) }

    /// The error for a key with a wrong value.
    public func fault(_ key: String, expected: String, found: String) -> SampleError {
        .wrongValue(file: file, line: line, key: key, expected: expected, found: found)
    }

    /// The error for a key with a wrong value; nil was "nothing".
    public func fault(_ key: String, expected: String, found: JSONValue?) -> SampleError {
        fault(key, expected: expected, found: found?.summary ?? "nothing")
    }
}
