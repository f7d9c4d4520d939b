// The rows of files, some at a time: what one thread converts before it takes the next ones.
import Foundation
import TrainingData

/// Some neighboring rows of a file.
struct RowPart: Sendable {
    let batch: RowBatch
    /// Places in the batch.
    let rows: Range<Int>
    let prefix: FilePrefix
}

/// Cuts the rows of files into parts.
struct RowParts {
    /// Rows of a part: few, because the rows of a short file may have large pictures.
    private static let count = 64

    private var stream: RowStream
    private let pictures: RowPictures
    private var file: String?
    private var prefix = FilePrefix(folder: ".", way: "")

    init(_ files: [String], pictures: RowPictures) {
        stream = RowStream(files)
        self.pictures = pictures
    }

    /// The next parts; none after the last ones.
    mutating func next() throws -> [RowPart] {
        while let batch = try stream.next() {
            if batch.rows.isEmpty { continue }
            if batch.file != file { prefix = pictures.prefix(of: batch.file) }
            file = batch.file
            return stride(from: 0, to: batch.rows.count, by: Self.count).map {
                RowPart(batch: batch, rows: $0..<min($0 + Self.count, batch.rows.count), prefix: prefix)
            }
        }
        return []
    }
}

/// Where the pictures of a file's rows are.
struct FilePrefix: Sendable {
    /// The folder of the file.
    let folder: String
    /// The way from the output's folder to it, with a slash at its end, or nothing.
    let way: String
}

extension RowPictures {
    /// Where the pictures of the rows of a file are.
    func prefix(of file: String) -> FilePrefix {
        let place = file == "standard input" ? "." : folder(ofFile: file)
        let way = relativePath(from: outputFolder, to: place)
        return FilePrefix(folder: place, way: way == "." ? "" : way + "/")
    }
}
