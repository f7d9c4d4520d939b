// Pictures of a table that several rows share: VLMEvalKit writes the index of the row that has the picture.
internal import Foundation

/// What a short `image` cell of a table is.
public enum PictureCells: Sendable {
    /// Digits are the index of the row that has the picture; anything else is a path.
    case indexOrPath
    /// Every cell of at most 64 characters is such an index, as in VLMEvalKit.
    case index
    /// Cells are not looked at.
    case asWritten
}

/// Finds pictures by the index of their row.
///
/// Keeps at most 64 MiB of pictures. The place of every other picture in the file is known after one more pass over it,
/// so a table may be larger than memory.
struct PictureIndex {
    /// Longer cells are pictures.
    private static let longestIndex = 64
    /// The most bytes of pictures that are kept in memory; more are read again from the file.
    private static let kept = 64 << 20

    private let file: String
    private let separator: UInt8
    private let isPlain: Bool
    private let cells: PictureCells
    private var pictures: [String: String] = [:]
    private var bytes = 0
    /// Where the rows with pictures are in the file, for those of later rows or that were dropped from memory.
    private var places: PicturePlaces?

    init(file: String, separator: UInt8, isPlain: Bool, cells: PictureCells) {
        (self.file, self.separator, self.isPlain, self.cells) = (file, separator, isPlain, cells)
    }

    /// The picture of a cell: itself, or that of the row that it names.
    ///
    /// A row that is named must have a picture itself. Throws ``SampleError``.
    mutating func picture(_ cell: String, ofRow index: String?, line: Int) throws(SampleError) -> String {
        guard isIndex(cell) else {
            if let index, cell.utf8.count > Self.longestIndex { keep(cell, of: index) }
            return cell
        }
        if let known = pictures[cell] { return known }
        if places == nil, isPlain {
            places = try PicturePlaces(file, separator, longerThan: Self.longestIndex)
        }
        if let found = try places?.picture(of: cell) {
            keep(found, of: cell)
            return found
        }
        throw .wrongValue(
            file: file, line: line, key: "image",
            expected: "a picture, or the index of a row of this file that has one"
                + (isPlain ? "" : " (in a compressed file, an earlier row; unpack the file otherwise)"),
            found: "the text \"\(cell)\"")
    }

    private func isIndex(_ cell: String) -> Bool {
        guard cell.utf8.count <= Self.longestIndex else { return false }
        return switch cells {
        case .indexOrPath: cell.utf8.allSatisfy { (0x30...0x39).contains($0) }
        case .index: true
        case .asWritten: false
        }
    }

    private mutating func keep(_ picture: String, of index: String) {
        pictures[index] = picture
        bytes += picture.utf8.count
        if bytes > Self.kept { (pictures, bytes) = ([index: picture], picture.utf8.count) }
    }
}

/// The places of the rows of a table that have pictures.
private struct PicturePlaces {
    private let file: String
    private let separator: UInt8
    private var column = 0
    private var rows: [String: Range<Int>] = [:]

    /// Reads the table once; throws ``SampleError``.
    init(_ file: String, _ separator: UInt8, longerThan limit: Int) throws(SampleError) {
        (self.file, self.separator) = (file, separator)
        do { try find(longerThan: limit) } catch let error as SampleError { throw error } catch {
            throw .unreadable(file: file, reason: "\(error)")
        }
    }

    private mutating func find(longerThan limit: Int) throws {
        let source = try ByteSource(file)
        var (bytes, position, offset): ([UInt8], Int, Int) = ([], 0, 0)
        var columns: (index: Int, image: Int)?
        while true {
            if let (end, _) = TableText.recordEnd(bytes, from: position, separator: separator) {
                let range = position..<end.row
                position = end.next
                let cells = try TableText.cells(bytes[range], separator: separator, file: file, line: 0)
                guard let known = columns else {
                    guard
                        let index = cells.firstIndex(where: { $0.hasSuffix("index") && $0.utf8.count <= 8 }),
                        let image = cells.firstIndex(of: "image")
                    else { return }
                    (columns, column) = ((index, image), image)
                    continue
                }
                if cells.indices.contains(max(known.index, known.image)),
                    cells[known.image].utf8.count > limit
                {
                    rows[cells[known.index]] = (range.lowerBound + offset)..<(range.upperBound + offset)
                }
                continue
            }
            let block = try source.read()
            if block.isEmpty {
                guard position < bytes.count, bytes.last != 0x0A else { return }
                bytes.append(0x0A)
            } else {
                bytes = Array(bytes[position...]) + block
                offset += position
                position = 0
            }
        }
    }

    /// The picture of the row with an index; nil when there is none.
    ///
    /// Throws ``SampleError``.
    func picture(of index: String) throws(SampleError) -> String? {
        guard let range = rows[index] else { return nil }
        let row: [UInt8]
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
            try handle.seek(toOffset: UInt64(range.lowerBound))
            row = [UInt8](try handle.read(upToCount: range.count) ?? Data())
        } catch { throw .unreadable(file: file, reason: "\(error)") }
        let cells = try TableText.cells(row[...], separator: separator, file: file, line: 0)
        guard cells.indices.contains(column), row.count == range.count else {
            throw .unreadable(file: file, reason: "it changed while it was read")
        }
        return cells[column]
    }
}
