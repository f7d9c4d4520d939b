// Reads Parquet files row by row: what Hugging Face datasets, pandas, pyarrow and Spark write.
//
// Read are all encodings but LZO pages, in pages of version 1 and 2, compressed with snappy, gzip, brotli, zstd or
// LZ4_RAW, with nested structs, lists and maps. Encrypted files are refused. Only the pages that are needed are in
// memory.

/// A Parquet file.
public struct ParquetReader: Sendable {
    /// The names of the columns, in the order of the values of a row.
    public let columns: [String]
    /// The number of rows.
    public let rowCount: Int
    /// Texts beside the rows, such as `huggingface`.
    public let metadata: [String: String]
    private let file: FileBytes
    private let footer: SharedFooter
    private let limits: ParquetLimits

    /// Opens a file and reads its footer; throws ``ParquetError``.
    public init(_ path: String, limits: ParquetLimits = ParquetLimits()) throws(ParquetError) {
        file = try FileBytes(path)
        self.limits = limits
        do throws(ParquetError) {
            let footer = try Self.footer(file)
            self.footer = SharedFooter(footer)
            columns = footer.columns.map(\.name)
            (rowCount, metadata) = (footer.rowCount, footer.metadata)
        } catch {
            throw ParquetError(file: path, rowGroup: error.rowGroup, column: error.column, error.reason)
        }
    }

    private static func footer(_ file: FileBytes) throws(ParquetError) -> Footer {
        guard file.count >= 12 else { throw ParquetError("it is too short for a Parquet file") }
        let end = try file.read(file.count - 8..<file.count)
        let mark = end[4...]
        guard mark.elementsEqual("PAR1".utf8), try file.read(0..<4).elementsEqual("PAR1".utf8) else {
            throw ParquetError(
                mark.elementsEqual("PARE".utf8)
                    ? "its footer is encrypted, which is not read"
                    : "it does not end as a Parquet file does; is it cut off?")
        }
        let size = end[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard size <= file.count - 12 else {
            throw ParquetError("its footer is larger than the file; it is damaged")
        }
        return try Footer(file.read(file.count - 8 - size..<file.count - 8), fileSize: file.count)
    }

    /// All rows from the first.
    public func rows() -> ParquetRows { ParquetRows(file, footer.footer, limits) }
}

/// A footer that is only read.
///
/// `@unchecked Sendable` holds because it is immutable and its parts are values.
private final class SharedFooter: @unchecked Sendable {
    let footer: Footer
    init(_ footer: Footer) { self.footer = footer }
}

/// The rows of a file, in order.
public struct ParquetRows {
    private let file: FileBytes
    private let footer: Footer
    private let limits: ParquetLimits
    private var group = 0
    private var assembler: RowAssembler?
    private var rest = 0

    init(_ file: FileBytes, _ footer: Footer, _ limits: ParquetLimits) {
        (self.file, self.footer, self.limits) = (file, footer, limits)
    }

    /// The values of the next row, in the order of the columns; nil at the end.
    ///
    /// Throws ``ParquetError`` with file, row group and column.
    public mutating func next() throws(ParquetError) -> [ParquetValue]? {
        var row: [ParquetValue] = []
        row.reserveCapacity(footer.columns.count)
        let isThere = try next { _, value in row.append(value) }
        return isThere ? row : nil
    }

    /// Gives the values of the next row one after the other.
    ///
    /// - Parameter body: Takes the number of each column, counted from 0, and the value.
    /// - Returns: Whether there was a row; false at the end.
    /// - Throws: ``ParquetError`` with file, row group and column.
    public mutating func next(
        _ body: (_ column: Int, _ value: consuming ParquetValue) -> Void
    ) throws(ParquetError) -> Bool {
        do throws(ParquetError) {
            while rest == 0 {
                if assembler != nil {
                    try assembler?.finish()
                    assembler = nil
                    group += 1
                }
                guard group < footer.groups.count else { return false }
                assembler = try RowAssembler(footer, group: group, file, limits)
                rest = footer.groups[group].rowCount
            }
            rest -= 1
            try assembler?.row(body)
            return true
        } catch {
            throw ParquetError(file: file.path, rowGroup: group, column: error.column, error.reason)
        }
    }
}
