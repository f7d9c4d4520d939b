// EasyR1's rows as a Parquet file with the pictures inside, as Hugging Face's datasets have them.
internal import Foundation
internal import Outputs
internal import Parquet
internal import StrictJSON
internal import TrainingData

/// A Parquet file of rows that is being written.
struct ParquetExport {
    private static let texts = ["id", "task", "source", "problem", "answer"]
    private let file: StreamedFile
    private var writer: ParquetWriter

    /// Begins a file; throws `OutputError`.
    init(_ output: OutputClaim) throws {
        let file = try StreamedFile(output)
        self.file = file
        // Pictures are compressed already, and they are nearly all of a file.
        writer = try ParquetWriter(
            columns: Self.texts.map { ParquetColumn($0, .text) } + [ParquetColumn("images", .list(.image))],
            compression: .none
        ) { try file.append($0) }
    }

    /// Adds a row: its texts as in `row`, and the bytes of its pictures.
    mutating func append(_ row: OrderedJSON, _ sample: Sample) throws {
        let texts = Self.texts.map { key in (row[key]?.text).map(ParquetValue.text) ?? .null }
        let images = try sample.imagePaths.enumerated().map { index, path in
            ParquetValue.record([
                .init("bytes", .bytes([UInt8](try sample.imageData(index)))),
                .init("path", path.hasPrefix("data:") ? .null : .text((path as NSString).lastPathComponent)),
            ])
        }
        try writer.append(texts + [.list(images)])
    }

    /// Completes the file; throws `OutputError`.
    mutating func finish() throws {
        try writer.finish()
        try file.finish()
    }
}
