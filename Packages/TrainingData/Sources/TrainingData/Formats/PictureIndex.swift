// Pictures of a table that several rows share: VLMEvalKit writes the index of the row that has the picture.
internal import Foundation

/// Finds pictures by the index of their row.
struct PictureIndex {
    /// Longer cells are pictures.
    private static let longestIndex = 64
    /// The most bytes of pictures that are kept in memory; more are read again from the file.
    private static let kept = 64 << 20

    private let file: String
    private let separator: UInt8
    private let isPlain: Bool
    private var pictures: [String: String] = [:]
    private var bytes = 0
    /// Pictures of later rows or of rows that were dropped from memory; found by reading the table once more.
    private var all: [String: String]?

    init(file: String, separator: UInt8, isPlain: Bool) {
        (self.file, self.separator, self.isPlain) = (file, separator, isPlain)
    }

    /// The picture of a cell: itself, or that of the row that it names.
    ///
    /// Throws ``SampleError``.
    mutating func picture(_ cell: String, ofRow index: String?, line: Int) throws(SampleError) -> String {
        guard cell.utf8.count <= Self.longestIndex, cell.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else {
            if let index, cell.utf8.count > Self.longestIndex {
                pictures[index] = cell
                bytes += cell.utf8.count
                if bytes > Self.kept { (pictures, bytes) = ([index: cell], cell.utf8.count) }
            }
            return cell
        }
        if let known = pictures[cell] { return known }
        if all == nil { all = try isPlain ? references() : [:] }
        if let found = all?[cell] { return found }
        throw .wrongValue(
            file: file, line: line, key: "image",
            expected: "a picture, or the index of a row of this file that has one",
            found: "the text \"\(cell)\"")
    }

    /// The pictures of all rows that others name.
    private func references() throws(SampleError) -> [String: String] {
        do {
            var named: Set<String> = []
            try forEachRow { _, image in
                if image.utf8.count <= Self.longestIndex { named.insert(image) }
            }
            var found: [String: String] = [:]
            try forEachRow { index, image in
                if image.utf8.count > Self.longestIndex, named.contains(index) { found[index] = image }
            }
            return found
        } catch let error as SampleError { throw error } catch {
            throw .unreadable(file: file, reason: "\(error)")
        }
    }

    private func forEachRow(_ body: (_ index: String, _ image: String) -> Void) throws {
        let source = try ByteSource(file)
        var (bytes, position): ([UInt8], Int) = ([], 0)
        var columns: (index: Int, image: Int)?
        while true {
            if let (end, _) = TableText.recordEnd(bytes, from: position, separator: separator) {
                let cells = try TableText.cells(
                    bytes[position..<end.row], separator: separator, file: file, line: 0)
                position = end.next
                guard let places = columns else {
                    guard
                        let index = cells.firstIndex(where: { $0.hasSuffix("index") && $0.utf8.count <= 8 }),
                        let image = cells.firstIndex(of: "image")
                    else { return }
                    columns = (index, image)
                    continue
                }
                if cells.indices.contains(max(places.index, places.image)) {
                    body(cells[places.index], cells[places.image])
                }
                continue
            }
            let block = try source.read()
            if block.isEmpty {
                guard position < bytes.count, bytes.last != 0x0A else { return }
                bytes.append(0x0A)
            } else {
                bytes = Array(bytes[position...]) + block
                position = 0
            }
        }
    }
}
