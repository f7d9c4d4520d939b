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
        /// A line of `lines`, with its line feed, and the places of its id in `ids` and of its kind in `kinds`.
        case named(id: Int, line: Range<Int>, kind: Int)
        /// A row whose id follows from the number of rows before it.
        indirect case unnamed(RecordRow)
    }

    let file: String
    fileprivate(set) var rows: [Row] = []
    fileprivate(set) var lines: [UInt8] = []
    /// The ids of the rows that have one.
    fileprivate(set) var ids: [Fingerprint] = []
    /// What the report counts: mostly a few kinds, each of many rows.
    fileprivate(set) var kinds: [ImportReport.Row] = []

    fileprivate init(file: String, count: Int) {
        self.file = file
        rows.reserveCapacity(count)
        ids.reserveCapacity(count)
    }

    /// The place of a kind, which is added when it is new.
    fileprivate mutating func place(of kind: ImportReport.Row) -> Int {
        if let place = kinds.suffix(16).firstIndex(of: kind) { return place }
        kinds.append(kind)
        return kinds.count - 1
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
            do {
                let row = try ready(record, part.prefix, in: &converted)
                converted.rows.append(.init(line: line, result: .success(row)))
            } catch { converted.rows.append(.init(line: line, result: .failure(error))) }
        }
        return converted
    }

    /// Completes a row and appends its line, unless its id is not known yet.
    private func ready(
        _ record: consuming Result<RecordRow, SampleError>, _ prefix: FilePrefix, in part: inout ConvertedPart
    ) throws -> ConvertedPart.ReadyRow {
        switch consume record {
        case .failure(let error): throw error
        case .success(var row):
            try settle(&row, prefix)
            guard !naming.isNumbered else { return .unnamed(row) }
            if !naming.prefix.isEmpty { row.rename(naming.prefix + row.sample.id) }
            let start = part.lines.count
            row.appendLine(to: &part.lines)
            let kind = part.place(of: ImportReport.Row(row))
            part.ids.append(Fingerprint(row.sample.id))
            return .named(id: part.ids.count - 1, line: start..<part.lines.count, kind: kind)
        }
    }

    /// Opens the pictures of a row, and adds what the row lacks.
    private func settle(_ row: inout RecordRow, _ prefix: FilePrefix) throws {
        if row.sample.imageCount > 0 {
            let images = try pictures.settle(row.sample, prefix: prefix.way)
            row.members["images"] = .array(images.paths.map(JSONValue.string))
            if row.hasPlaces { try row.measurePlaces(images.sizes) }
        }
        if let source, row.members["source"] == nil { row.members["source"] = .string(source) }
    }
}
