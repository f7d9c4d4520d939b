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
    private static let batchRows = 1024, batchBytes = 8 << 20

    /// The path as it was given.
    public let path: String
    /// The file in findings, reports and pages.
    let name: String

    /// The rows of a file.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - name: Its name in what is written about the rows; nil for the path.
    public init(_ path: String, name: String? = nil) { (self.path, self.name) = (path, name ?? path) }

    /// The folder of the file, from which the paths in its rows start.
    var folder: String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

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
            let rows = try parallelMap(lines.count) { index in
                lines[index].isBlank ? nil : row(lines[index])
            }
            let found = rows.compactMap { $0 }
            if found.isEmpty { continue }
            isEmpty = false
            try body(found)
        }
        if isEmpty {
            throw DataEngineError.badFile(file: path, problem: "no rows; expected one JSON object per line")
        }
    }

    /// Reads one line.
    private func row(_ line: Line) -> Result<DataRow, DataEngineError> {
        var bytes = line.bytes
        while let last = bytes.last, last == 0x0D || last == 0x20 || last == 0x09 { bytes.removeLast() }
        do {
            // A single line has the number 1; the row gets its own.
            let (samples, rejects) = try SampleReader.read(
                Data(bytes), of: path, requireSolution: false, rejects: .collect)
            guard var sample = samples.first else {
                let reason = rejects.first?.reason ?? "no row"
                let problem =
                    reason.hasPrefix("\(path):1: ") ? String(reason.dropFirst(path.count + 4)) : reason
                return .failure(.badLine(location: "\(name):\(line.number)", problem: problem))
            }
            (sample.line, sample.file) = (line.number, name)
            let row = DataRow(sample: sample, bytes: bytes, offset: line.offset, folder: folder)
            let own = URL(fileURLWithPath: path).lastPathComponent
            guard sample.id == "\(own):1", try row.json["id"] ?? .null == .null else { return .success(row) }
            sample.id = "\(own):\(line.number)"
            return .success(DataRow(sample: sample, bytes: bytes, offset: line.offset, folder: folder))
        } catch {
            return .failure(.badLine(location: "\(name):\(line.number)", problem: "\(error)"))
        }
    }
}
