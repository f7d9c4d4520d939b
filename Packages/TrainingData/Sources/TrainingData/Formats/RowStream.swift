// The rows of several files, one batch after the other, so that a million rows need little memory.
internal import Foundation

/// Reads the rows of files of any kind.
public struct RowStream {
    private var files: ArraySlice<String>
    private var reader: (any RowReader)?
    private let pictures: PictureCells

    /// A stream over files.
    ///
    /// Nothing is opened yet.
    ///
    /// - Parameters:
    ///   - files: Paths in the order of reading; `-` is standard input.
    ///   - pictures: What a short `image` cell of a table is.
    public init(_ files: [String], pictures: PictureCells = .indexOrPath) {
        (self.files, self.pictures) = (files[...], pictures)
    }

    /// A stream over bytes that are at hand, named `name` in messages; throws ``SampleError``.
    init(_ bytes: Data, name: String) throws {
        (files, pictures) = ([], .indexOrPath)
        reader = try reader(ByteSource(bytes, name: name), file: name)
    }

    /// The next rows; nil at the end of the last file.
    ///
    /// Throws ``SampleError``.
    public mutating func next() throws -> RowBatch? {
        while true {
            if let batch = try reader?.next() { return batch }
            guard let file = files.popFirst() else { return nil }
            reader = try reader(ByteSource(file), file: file == "-" ? "standard input" : file)
        }
    }

    private func reader(_ source: ByteSource, file: String) throws -> any RowReader {
        switch try RowKind(source.peek(RowKind.startSize), file: file) {
        case .jsonLines: return JSONLineRows(source, file: file)
        case .jsonList: return JSONListRows(source, file: file)
        case .jsonObject: return JSONObjectRows(source, file: file)
        case .table(let separator):
            return TableRows(source, file: file, separator: separator, pictures: pictures)
        case .tar: return TarRows(source, file: file)
        case .parquet:
            guard source.isFile else {
                throw SampleError.unreadable(
                    file: file,
                    reason: "Parquet is read from its end, so give the path of an uncompressed file")
            }
            return try ParquetTableRows(file)
        }
    }
}
