// Rows as they were found in a file: texts of JSON objects, or members that a reader of tables made.
public import StrictJSON

/// Some rows of one file, in order.
public struct RowBatch: Sendable {
    /// One row.
    public struct Row: Sendable {
        /// What was found.
        enum Content: Sendable {
            /// The text of one JSON value, by its place in `bytes`.
            case json(Range<Int>)
            /// The members of an object.
            case members(JSONObject)
            /// A row that cannot be read.
            case fault(SampleError)
        }

        /// The line on which the row begins, or the number of the row where a file has no lines.
        public let line: Int
        let content: Content
    }

    /// The file as it was named.
    public let file: String
    /// The bytes that the rows' texts are in.
    let bytes: [UInt8]
    /// The rows.
    public let rows: [Row]
    /// Whether each text is a line of the file.
    let hasLines: Bool
    /// The columns of a table or a Parquet file, also those that no row has a value for; nil for other files.
    public let columns: [String]?

    init(
        file: String, bytes: [UInt8] = [], rows: [Row], hasLines: Bool = false, columns: [String]? = nil
    ) {
        (self.file, self.bytes, self.rows, self.hasLines) = (file, bytes, rows, hasLines)
        self.columns = columns
    }

    /// The text of a row as it is in the file; nil where it is not text.
    func text(_ index: Int) -> ArraySlice<UInt8>? {
        if case .json(let range) = rows[index].content { bytes[range] } else { nil }
    }

    /// The members of a row; of a file that is one JSON object, all of it.
    ///
    /// A cell of a table is a text; an empty one is absent. A picture in a Parquet file is a `data:` URI. Throws
    /// ``SampleError`` with file and line for a row that cannot be read.
    public func members(_ index: Int) throws(SampleError) -> JSONObject {
        let row = rows[index]
        switch row.content {
        case .members(let members): return members
        case .fault(let error): throw error
        case .json(let range):
            let value: JSONValue
            do {
                value = try bytes.withUnsafeBufferPointer { buffer throws(JSONSyntaxError) in
                    try JSONValue(parsing: UnsafeBufferPointer(rebasing: buffer[range]))
                }
            } catch {
                throw .invalidJSON(file: file, line: row.line, reason: reason(error, range))
            }
            guard let members = value.members else {
                throw .invalidJSON(file: file, line: row.line, reason: "found \(value.summary)")
            }
            return members
        }
    }

    /// The reason in words; Python's NaN gets advice.
    private func reason(_ error: JSONSyntaxError, _ range: Range<Int>) -> String {
        let rest = bytes[(range.lowerBound + min(error.offset, range.count))..<range.upperBound]
        let isNotANumber = ["NaN", "Infinity", "nfinity"].contains { rest.starts(with: $0.utf8) }
        return "\(error)"
            + (isNotANumber
                ? " (Python writes NaN and Infinity, which JSON does not have: write null instead)" : "")
    }
}

/// Reads the rows of one file, a batch at a time.
protocol RowReader {
    /// The next rows; nil at the end.
    mutating func next() throws -> RowBatch?
}
