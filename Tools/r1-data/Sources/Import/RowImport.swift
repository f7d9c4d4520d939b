// The import itself: batches of rows are read, converted on all threads, checked for repeated ids, and written in order.
import Basics
import Foundation
import StrictJSON
import Synchronization
import TrainingData

/// Imports rows in one pass; memory does not grow with the pictures or texts of the rows.
struct RowImport {
    /// How rows are named.
    struct Naming {
        /// What comes before every id.
        let prefix: String
        /// Whether ids are numbers in the order of the rows.
        let isNumbered: Bool
    }

    /// Rows that a thread converts at a time.
    private static let grain = 64

    private let files: [String]
    private let options: RowOptions
    private let converter: RowConverter
    private let pictures: RowPictures
    private let source: String?
    private let naming: Naming
    private let collectsRejects: Bool
    private var ids: Set<Fingerprint> = []
    private(set) var report: ImportReport

    init(
        files: [String], options: RowOptions, pictures: RowPictures, source: String?, naming: Naming,
        collectsRejects: Bool, explains: Bool
    ) {
        report = ImportReport(countsUses: explains)
        (self.files, self.options, self.pictures) = (files, options, pictures)
        (self.source, self.naming, self.collectsRejects) = (source, naming, collectsRejects)
        converter = RowConverter(map: options.map)
    }

    /// Imports all rows.
    ///
    /// - Parameters:
    ///   - write: Takes lines.
    ///   - reject: Takes rows that cannot be used.
    /// - Throws: `SampleError` for a file that cannot be read and, unless rejects are collected, for the first bad row.
    mutating func run(write: ([UInt8]) throws -> Void, reject: (Reject) throws -> Void) throws {
        let reader = BatchReader(files)
        var batch = try reader.next()
        while let current = batch {
            // While the rows of a batch are converted, one of the threads reads the next batch.
            let parts = (current.rows.count + Self.grain - 1) / Self.grain
            let prefix = pictures.prefix(of: current.file)
            let results = try parallelMap(parts + 1) { [self] part -> [ImportedRow] in
                if part == 0 {
                    reader.readAhead()
                    return []
                }
                let rows = ((part - 1) * Self.grain)..<min(part * Self.grain, current.rows.count)
                return rows.flatMap { convert(current, at: $0, prefix: prefix) }
            }
            for row in results.joined() { try add(row, of: current.file, write: write, reject: reject) }
            batch = try reader.next()
        }
    }

    /// A row that is ready to be written.
    private struct ImportedRow: Sendable {
        let line: Int
        let result: Result<(row: RecordRow, line: [UInt8]), any Error>
    }

    private func convert(_ batch: RowBatch, at index: Int, prefix: FilePrefix) -> [ImportedRow] {
        converter.records(batch, at: index, folder: prefix.folder, options).map { found in
            let result = Result<(row: RecordRow, line: [UInt8]), any Error> {
                var row = try found.row.get()
                let images = try pictures.settle(row.sample, prefix: prefix.way)
                if !images.paths.isEmpty {
                    row.members["images"] = .array(images.paths.map(JSONValue.string))
                }
                if row.hasPlaces { try row.measurePlaces(images.sizes) }
                if let source, row.members["source"] == nil { row.members["source"] = .string(source) }
                if !naming.isNumbered, !naming.prefix.isEmpty { row.rename(naming.prefix + row.sample.id) }
                return (row, naming.isNumbered ? [] : row.line)
            }
            return ImportedRow(line: found.line, result: result)
        }
    }

    private mutating func add(
        _ imported: ImportedRow, of file: String, write: ([UInt8]) throws -> Void,
        reject: (Reject) throws -> Void
    ) throws {
        var lines: [UInt8] = []
        do {
            var (row, line) = try imported.result.get()
            if naming.isNumbered {
                row.rename("\(naming.prefix)\(report.written + 1)")
                line = row.line
            } else if !ids.insert(Fingerprint(row.sample.id)).inserted {
                throw DataError.repeatedID(location: row.sample.location, id: row.sample.id)
            }
            line.append(0x0A)
            lines = line
            report.add(row)
        } catch {
            let reason = Reject(
                file: file, line: imported.line, key: key(of: error),
                reason: described(error, file, imported.line))
            guard collectsRejects else { throw DataError.refused(reason.reason) }
            try reject(reason)
            report.add(reason)
        }
        if !lines.isEmpty { try write(lines) }
    }

    private func key(of error: any Error) -> String? {
        switch error {
        case let error as SampleError: error.key
        case is DataError: "id"
        default: "images"
        }
    }

    /// The reason with file and line, which errors of pictures lack.
    private func described(_ error: any Error, _ file: String, _ line: Int) -> String {
        let text = "\(error)"
        return text.hasPrefix("\(file):\(line)") ? text : "\(file):\(line): \(text)"
    }
}

/// Reads batches, one ahead of those that are converted.
///
/// `@unchecked Sendable` holds because only one thread calls `readAhead` at a time, and `next` is called between.
private final class BatchReader: @unchecked Sendable {
    private var stream: RowStream
    private var ahead: Result<RowBatch?, any Error>?

    init(_ files: [String]) { stream = RowStream(files) }

    /// Reads the next batch, for `next` to return.
    func readAhead() { ahead = Result { try stream.next() } }

    /// The next batch; nil at the end.
    func next() throws -> RowBatch? {
        guard let ahead else { return try stream.next() }
        self.ahead = nil
        return try ahead.get()
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
