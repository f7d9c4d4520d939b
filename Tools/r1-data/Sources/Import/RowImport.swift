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
    private(set) var report = ImportReport()

    init(
        files: [String], options: RowOptions, pictures: RowPictures, source: String?, naming: Naming,
        collectsRejects: Bool, explains: Bool
    ) {
        (self.files, self.options, self.pictures) = (files, options, pictures)
        (self.source, self.naming, self.collectsRejects) = (source, naming, collectsRejects)
        converter = RowConverter(map: options.map, explains: explains)
    }

    /// Imports all rows.
    ///
    /// - Parameters:
    ///   - write: Takes lines.
    ///   - reject: Takes rows that cannot be used.
    /// - Throws: `SampleError` for a file that cannot be read and, unless rejects are collected, for the first bad row.
    mutating func run(write: ([UInt8]) throws -> Void, reject: (Reject) throws -> Void) throws {
        let reader = BatchReader(files)
        var batches = try reader.next()
        while !batches.isEmpty {
            // While the rows of some batches are converted, one of the threads reads the next ones.
            let current = batches
            let prefixes = current.map { pictures.prefix(of: $0.file) }
            let parts = current.indices.flatMap { batch in
                stride(from: 0, to: current[batch].rows.count, by: Self.grain).map {
                    (batch: batch, first: $0)
                }
            }
            let results = try parallelMap(parts.count + 1) { [self] number -> [ImportedRow] in
                guard number > 0 else {
                    reader.readAhead()
                    return []
                }
                let part = parts[number - 1]
                let batch = current[part.batch]
                let rows = part.first..<min(part.first + Self.grain, batch.rows.count)
                return convert(batch, rows, prefix: prefixes[part.batch])
            }
            for (part, rows) in zip(parts, results.dropFirst()) {
                for row in rows { try add(row, of: current[part.batch].file, write: write, reject: reject) }
            }
            batches = try reader.next()
        }
    }

    /// A row that is ready to be written.
    private struct ImportedRow: Sendable {
        let line: Int
        let result: Result<ReadyRow, any Error>
    }

    /// What is left of a row when a thread is done with it.
    private enum ReadyRow: Sendable {
        /// A line to write.
        case named(Fingerprint, line: [UInt8], ImportReport.Row)
        /// A row whose id follows from the number of rows before it.
        indirect case unnamed(RecordRow)
    }

    private func convert(_ batch: RowBatch, _ rows: Range<Int>, prefix: FilePrefix) -> [ImportedRow] {
        var imported: [ImportedRow] = []
        imported.reserveCapacity(rows.count)
        converter.forEachRecord(of: batch, rows, folder: prefix.folder, options) { line, record in
            let result = Result<ReadyRow, any Error> {
                var row = try record()
                let images = try pictures.settle(row.sample, prefix: prefix.way)
                if !images.paths.isEmpty {
                    row.members["images"] = .array(images.paths.map(JSONValue.string))
                }
                if row.hasPlaces { try row.measurePlaces(images.sizes) }
                if let source, row.members["source"] == nil { row.members["source"] = .string(source) }
                guard !naming.isNumbered else { return .unnamed(row) }
                if !naming.prefix.isEmpty { row.rename(naming.prefix + row.sample.id) }
                var text = row.line
                text.append(0x0A)
                return .named(Fingerprint(row.sample.id), line: text, .init(row))
            }
            imported.append(ImportedRow(line: line, result: result))
        }
        return imported
    }

    private mutating func add(
        _ imported: ImportedRow, of file: String, write: ([UInt8]) throws -> Void,
        reject: (Reject) throws -> Void
    ) throws {
        var text: [UInt8] = []
        do {
            switch try imported.result.get() {
            case .unnamed(var row):
                row.rename("\(naming.prefix)\(report.written + 1)")
                text = row.line + [0x0A]
                report.add(.init(row))
            case .named(let id, let line, let count):
                guard ids.insert(id).inserted else {
                    throw DataError.repeatedID(location: "\(file):\(imported.line)")
                }
                text = line
                report.add(count)
            }
        } catch {
            let reason = Reject(
                file: file, line: imported.line, key: key(of: error),
                reason: described(error, file, imported.line))
            guard collectsRejects else { throw DataError.refused(reason.reason) }
            try reject(reason)
            report.add(reason)
        }
        if !text.isEmpty { try write(text) }
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

/// Reads some batches at a time, ahead of those that are converted.
///
/// Threads wait for one another at the end of each round, so a round has several batches.
///
/// `@unchecked Sendable` holds because only one thread calls `readAhead` at a time, and `next` is called between.
private final class BatchReader: @unchecked Sendable {
    private static let batches = 8

    private var stream: RowStream
    private var ahead: Result<[RowBatch], any Error>?

    init(_ files: [String]) { stream = RowStream(files) }

    /// Reads the next batches, for `next` to return.
    func readAhead() { ahead = Result { try read() } }

    /// The next batches; none at the end.
    func next() throws -> [RowBatch] {
        guard let ahead else { return try read() }
        self.ahead = nil
        return try ahead.get()
    }

    private func read() throws -> [RowBatch] {
        var batches: [RowBatch] = []
        while batches.count < Self.batches, let batch = try stream.next() { batches.append(batch) }
        return batches
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
