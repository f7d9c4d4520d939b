// What a thread does with some rows: it converts them, opens their pictures and makes their lines.
import Foundation
import StrictJSON
import TrainingData

/// Rows that a thread has converted.
struct ConvertedPart: Sendable {
    /// A row.
    struct Row: Sendable {
        let line: Int
        let result: Result<ReadyRow, any Error>
    }

    /// What is left of a row when a thread is done with it.
    enum ReadyRow: Sendable {
        /// A line of `lines`, with its line feed.
        case named(Fingerprint, line: Range<Int>, ImportReport.Row)
        /// A row whose id follows from the number of rows before it.
        indirect case unnamed(RecordRow)
    }

    let file: String
    fileprivate(set) var rows: [Row] = []
    fileprivate(set) var lines: [UInt8] = []

    fileprivate init(file: String, count: Int) {
        self.file = file
        rows.reserveCapacity(count)
    }
}

/// Converts parts of files.
struct PartConversion: Sendable {
    let converter: RowConverter
    let options: RowOptions
    let pictures: RowPictures
    let source: String?
    let naming: RowImport.Naming

    /// Converts the rows of a part.
    @Sendable func convert(_ part: RowPart) -> ConvertedPart {
        var converted = ConvertedPart(file: part.batch.file, count: part.rows.count)
        converter.forEachRecord(of: part.batch, part.rows, folder: part.prefix.folder, options) {
            line, record in
            let result = Result<ConvertedPart.ReadyRow, any Error> {
                var row = try record()
                try settle(&row, part.prefix)
                guard !naming.isNumbered else { return .unnamed(row) }
                if !naming.prefix.isEmpty { row.rename(naming.prefix + row.sample.id) }
                let start = converted.lines.count
                row.appendLine(to: &converted.lines)
                return .named(
                    Fingerprint(row.sample.id), line: start..<converted.lines.count, .init(row))
            }
            converted.rows.append(.init(line: line, result: result))
        }
        return converted
    }

    /// Opens the pictures of a row, and adds what the row lacks.
    private func settle(_ row: inout RecordRow, _ prefix: FilePrefix) throws {
        let images = try pictures.settle(row.sample, prefix: prefix.way)
        if !images.paths.isEmpty { row.members["images"] = .array(images.paths.map(JSONValue.string)) }
        if row.hasPlaces { try row.measurePlaces(images.sizes) }
        if let source, row.members["source"] == nil { row.members["source"] = .string(source) }
    }
}
