// A file of rows, read in batches: memory holds one batch, whatever the size of the file.
internal import Basics
internal import Foundation
public import StrictJSON
public import TrainingData

/// One row of a file with the bytes that it was read from.
public struct DataRow: Sendable {
    /// The row as rewards and prompts see it.
    public let sample: Sample
    /// The line without its line end.
    let bytes: [UInt8]
    /// Where the line begins in the file, in bytes.
    let offset: Int
    /// The folder of the file, from which the row's paths start.
    let folder: String

    /// `file:line`.
    var location: String { sample.location }

    /// The row with the order of its keys.
    public var json: OrderedJSON {
        get throws {
            do { return try OrderedJSON(parsing: bytes) } catch {
                throw DataEngineError.badLine(location: location, problem: "not JSON: \(error)")
            }
        }
    }
}

/// A line that is not a row, and why.
struct BadRow: Sendable {
    let line: Int
    /// The reason with file and line.
    let reason: String
}

/// A JSON-lines file of rows.
public struct RowFile: Sendable {
    /// The most rows and bytes of a batch.
    private static let batchRows = 2048, batchBytes = 8 << 20
    /// Rows that a thread reads at once.
    private static let chunkRows = 64

    /// The path as it was given.
    public let path: String
    /// The file in findings, reports and pages.
    let name: String
    /// The folder of the file, from which the paths in its rows start.
    let folder: String
    private let fileName: String

    /// The rows of a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - name: Its name in what is written about the rows; nil for the path.
    public init(_ path: String, name: String? = nil) {
        (self.path, self.name) = (path, name ?? path)
        let url = URL(fileURLWithPath: path)
        (folder, fileName) = (url.deletingLastPathComponent().path, url.lastPathComponent)
    }

    /// Calls `body` for every row in order.
    ///
    /// - Throws: ``DataEngineError`` for a file that cannot be read or has no rows and for the first bad row; what
    ///   `body` throws.
    public func forEach(_ body: (DataRow) throws -> Void) throws {
        try forEachBatch { for result in $0 { try body(try result.get()) } }
    }

    /// Calls `body` with the rows of each batch, in order.
    ///
    /// - Throws: As `forEach` does.
    func forEachWhole(_ body: ([DataRow]) throws -> Void) throws {
        try forEachBatch { try body($0.map { try $0.get() }) }
    }

    /// Calls `body` for every line that is a row, with the hash of its content.
    ///
    /// - Throws: ``DataEngineError`` for a file that cannot be read or has no rows; what `body` throws.
    public func forEachReadable(_ body: (_ sample: Sample, _ hash: String) throws -> Void) throws {
        try forEachBatch { results in
            for case .success(let row) in results { try body(row.sample, try rowHash(row.bytes)) }
        }
    }

    /// Calls `body` with the rows of each batch, and the reasons for lines that are no rows.
    ///
    /// - Throws: ``DataEngineError`` for a file that cannot be read or has no rows; what `body` throws.
    func forEachBatch(_ body: ([Result<DataRow, DataEngineError>]) throws -> Void) throws {
        let reader = try LineReader(path)
        var isEmpty = true
        while true {
            let lines = try reader.next(atMost: Self.batchRows, byteCount: Self.batchBytes)
            if lines.isEmpty { break }
            let written = lines.filter { !$0.isBlank }
            if written.isEmpty { continue }
            let starts = Array(stride(from: 0, to: written.count, by: Self.chunkRows))
            let chunks = try parallelMap(starts.count) { index in
                rows(Array(written[starts[index]..<min(written.count, starts[index] + Self.chunkRows)]))
            }
            let found = Array(chunks.joined())
            isEmpty = false
            try body(found)
        }
        if isEmpty {
            throw DataEngineError.badFile(file: path, problem: "no rows; expected one JSON object per line")
        }
    }

    /// Reads several lines.
    private func rows(_ lines: [Line]) -> [Result<DataRow, DataEngineError>] {
        let texts = lines.map { line in
            var bytes = line.bytes
            while let last = bytes.last, last == 0x0D || last == 0x20 || last == 0x09 { bytes.removeLast() }
            return bytes
        }
        let all = Data(texts.joined(separator: CollectionOfOne(0x0A)))
        // Any error of the whole chunk is found again line by line.
        let read = try? SampleReader.read(all, of: path, requireSolution: false, rejects: .collect)
        let samples = Dictionary(uniqueKeysWithValues: (read?.samples ?? []).map { ($0.line, $0) })
        return zip(lines, texts).enumerated().map { index, pair in
            // A row that repeats the id of another one is not among the samples.
            if let sample = samples[index + 1] { return row(sample, readAs: index + 1, pair.0, pair.1) }
            return single(pair.0, pair.1)
        }
    }

    /// Reads one line.
    private func single(_ line: Line, _ bytes: [UInt8]) -> Result<DataRow, DataEngineError> {
        func bad(_ problem: String) -> Result<DataRow, DataEngineError> {
            .failure(.badLine(location: "\(name):\(line.number)", problem: problem))
        }
        do {
            let (samples, rejects) = try SampleReader.read(
                Data(bytes), of: path, requireSolution: false, rejects: .collect)
            if let sample = samples.first { return row(sample, readAs: 1, line, bytes) }
            let reason = rejects.first?.reason ?? "no row"
            return bad(reason.hasPrefix("\(path):1: ") ? String(reason.dropFirst(path.count + 4)) : reason)
        } catch { return bad("\(error)") }
    }

    /// The row with the number of its line in the file.
    private func row(
        _ sample: Sample, readAs number: Int, _ line: Line, _ bytes: [UInt8]
    ) -> Result<DataRow, DataEngineError> {
        var sample = sample
        (sample.line, sample.file) = (line.number, name)
        func row() -> DataRow { DataRow(sample: sample, bytes: bytes, offset: line.offset, folder: folder) }
        // A row without an id has one of file and line. Its text was parsed before.
        if sample.id == "\(fileName):\(number)", (try? row().json["id"]) ?? .null == .null {
            sample.id = "\(fileName):\(line.number)"
        }
        return .success(row())
    }
}
