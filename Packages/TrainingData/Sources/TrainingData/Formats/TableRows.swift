// Tables with a header line: tab-separated (VLMEvalKit) or comma-separated, with cells in double quotes.
internal import Foundation
internal import StrictJSON

/// Reads the rows of a table; a row becomes an object with a text for each column that is not empty.
///
/// A short `image` cell may be another row's `index` and is then that row's picture, as in VLMEvalKit's tables.
struct TableRows: RowReader {
    /// The most bytes of one row, with its pictures.
    private static let rowLimit = 1 << 28

    private let file: String
    private let source: ByteSource
    private let separator: UInt8
    private var bytes: [UInt8] = []
    private var position = 0
    private var line = 1
    private var header: [String]?
    /// Where the pictures of rows are, to be looked up by later ones.
    private var pictures: PictureIndex

    init(_ source: ByteSource, file: String, separator: UInt8, pictures: PictureCells) {
        (self.source, self.file, self.separator) = (source, file, separator)
        self.pictures = PictureIndex(
            file: file, separator: separator, isPlain: source.isFile, cells: pictures)
    }

    mutating func next() throws -> RowBatch? {
        var rows: [RowBatch.Row] = []
        var size = 0
        while rows.count < 256, size < ByteSource.blockSize, let (cells, first) = try record() {
            guard let header else {
                self.header = try checkedHeader(cells)
                continue
            }
            if cells.count == 1, cells[0].isEmpty { continue }
            let content = content(cells, header, line: first)
            size += cells.reduce(0) { $0 + $1.utf8.count }
            // A cell of a few digits may have become the picture of another row.
            if case .members(let members) = content { size += members["image"]?.text?.utf8.count ?? 0 }
            rows.append(RowBatch.Row(line: first, content: content))
        }
        return rows.isEmpty ? nil : RowBatch(file: file, rows: rows, columns: header)
    }

    private func checkedHeader(_ cells: [String]) throws -> [String] {
        var header = cells
        if let first = header.first, first.hasPrefix("\u{FEFF}") {
            header[0] = String(first.unicodeScalars.dropFirst())
        }
        guard Set(header).count == header.count, header.contains(where: { !$0.isEmpty }) else {
            throw SampleError.unreadable(file: file, reason: "its first line does not name each column once")
        }
        return header
    }

    private mutating func content(_ cells: [String], _ header: [String], line: Int) -> RowBatch.Row.Content {
        guard cells.count == header.count else {
            return .fault(
                .invalidJSON(
                    file: file, line: line,
                    reason: "it is a row of a table with \(cells.count) cells; the header has \(header.count)"
                ))
        }
        var members: JSONObject = [:]
        for (name, cell) in zip(header, cells) where !cell.isEmpty && !name.isEmpty {
            members[name] = .string(cell)
        }
        do throws(SampleError) {
            if let image = members["image"]?.text {
                let index = members["index"]?.text
                members["image"] = .string(try pictures.picture(image, ofRow: index, line: line))
            }
            return .members(members)
        } catch { return .fault(error) }
    }

    /// The cells of the next row, and the line on which it begins; nil at the end.
    private mutating func record() throws -> (cells: [String], line: Int)? {
        while true {
            if let (end, lines) = TableText.recordEnd(bytes, from: position, separator: separator) {
                let cells = try TableText.cells(
                    bytes[position..<end.row], separator: separator, file: file, line: line)
                defer { (position, line) = (end.next, line + lines) }
                return (cells, line)
            }
            guard bytes.count - position <= Self.rowLimit else {
                throw SampleError.unreadable(
                    file: file,
                    reason: "the row that begins in line \(line) has no end; is a double quote missing?")
            }
            let block = try source.read()
            if block.isEmpty {
                guard position < bytes.count else { return nil }
                // The last line may lack its line feed.
                guard bytes.last != 0x0A else {
                    throw SampleError.unreadable(
                        file: file, reason: "the row that begins in line \(line) has a quote without an end")
                }
                bytes.append(0x0A)
                continue
            }
            bytes = Array(bytes[position...]) + block
            position = 0
        }
    }
}

/// The syntax of tables (RFC 4180 with any separator, as Python's csv module writes it).
enum TableText {
    /// The end of a record and the start of the next one; nil when the record does not end in these bytes.
    static func recordEnd(
        _ bytes: [UInt8], from start: Int, separator: UInt8
    ) -> (end: (row: Int, next: Int), lines: Int)? {
        bytes.withUnsafeBufferPointer { bytes in
            var (place, lines, isQuoted, atStart) = (start, 0, false, true)
            while place < bytes.count {
                let byte = bytes[place]
                if isQuoted {
                    if byte == UInt8(ascii: "\"") {
                        // A doubled quote goes on; at the end of the bytes the next one is not known yet.
                        guard place + 1 < bytes.count else { return nil }
                        if bytes[place + 1] == UInt8(ascii: "\"") { place += 1 } else { isQuoted = false }
                    } else if byte == 0x0A {
                        lines += 1
                    }
                } else if byte == 0x0A {
                    let end = place > start && bytes[place - 1] == 0x0D ? place - 1 : place
                    return ((end, place + 1), lines + 1)
                } else if byte == separator {
                    atStart = true
                    place += 1
                    continue
                } else if byte == UInt8(ascii: "\""), atStart {
                    isQuoted = true
                }
                atStart = false
                place += 1
            }
            return nil
        }
    }

    /// The cells of a record; throws ``SampleError`` for text that is not UTF-8.
    static func cells(
        _ bytes: ArraySlice<UInt8>, separator: UInt8, file: String, line: Int
    ) throws(SampleError) -> [String] {
        var cells: [String] = []
        var place = bytes.startIndex
        while true {
            var cell: [UInt8] = []
            if place < bytes.endIndex, bytes[place] == UInt8(ascii: "\"") {
                place += 1
                while place < bytes.endIndex {
                    let byte = bytes[place]
                    place += 1
                    guard byte == UInt8(ascii: "\"") else {
                        cell.append(byte)
                        continue
                    }
                    guard place < bytes.endIndex, bytes[place] == UInt8(ascii: "\"") else { break }
                    cell.append(byte)
                    place += 1
                }
            }
            let end = bytes[place...].firstIndex(of: separator) ?? bytes.endIndex
            cell += bytes[place..<end]
            guard let text = String(validating: cell, as: UTF8.self) else {
                throw .invalidJSON(file: file, line: line, reason: "a cell whose text is not UTF-8")
            }
            cells.append(text)
            guard end < bytes.endIndex else { return cells }
            place = end + 1
        }
    }
}
