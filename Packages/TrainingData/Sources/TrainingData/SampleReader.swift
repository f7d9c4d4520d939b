// Reads a JSON-lines file into samples. SampleRow.swift decodes one row; this file handles lines, ids and
// rejects.
internal import Basics
public import Foundation
import StrictJSON

/// Reads the neutral record, one JSON object per line.
public struct SampleReader {
    /// Reads all rows of the file at `path`, in order.
    ///
    /// Blank lines are skipped but counted.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - requireSolution: Whether every row needs a task and a gold. Without it (generating, scoring
    ///     elsewhere) a row without a task has the task `open`.
    ///   - policy: With `.stop` the first bad row is thrown; with `.collect` bad rows are returned as rejects,
    ///     and there may be no sample left.
    ///   - keepsLines: Whether each sample keeps the bytes of its line (`Sample.sourceLine`).
    /// - Returns: The samples and, with `.collect`, the rejects.
    /// - Throws: ``SampleError`` for a file that cannot be read or has no rows, and for bad rows.
    public static func read(
        _ path: String, requireSolution: Bool = true, rejects policy: RejectPolicy = .stop,
        keepsLines: Bool = false
    ) throws -> (samples: [Sample], rejects: [Reject]) {
        try read(
            contents(of: path), of: path, requireSolution: requireSolution, rejects: policy,
            keepsLines: keepsLines)
    }

    /// Reads all rows of bytes that do not come from a file, such as standard input.
    ///
    /// - Parameters:
    ///   - bytes: JSON lines.
    ///   - path: The name in messages; its folder is the base of relative image paths.
    ///   - requireSolution: As in `read`.
    ///   - policy: As in `read`.
    ///   - keepsLines: As in `read`.
    /// - Returns: The samples and, with `.collect`, the rejects.
    /// - Throws: ``SampleError`` when there are no rows, and for bad rows.
    public static func read(
        _ bytes: Data, of path: String, requireSolution: Bool = true, rejects policy: RejectPolicy = .stop,
        keepsLines: Bool = false
    ) throws -> (samples: [Sample], rejects: [Reject]) {
        var reader = SampleReader(
            path: path, requireSolution: requireSolution, policy: policy, keepsLines: keepsLines)
        try reader.readRows(of: bytes)
        guard !reader.samples.isEmpty || !reader.rejects.isEmpty else { throw SampleError.noRows(file: path) }
        return (reader.samples, reader.rejects)
    }

    private let path: String
    private let folder: String
    private let requireSolution: Bool
    private let policy: RejectPolicy
    private let keepsLines: Bool
    private var samples: [Sample] = []
    private var rejects: [Reject] = []
    private var lineOfID: [[UInt8]: Int] = [:]

    private init(path: String, requireSolution: Bool, policy: RejectPolicy, keepsLines: Bool) {
        self.path = path
        folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        self.requireSolution = requireSolution
        self.policy = policy
        self.keepsLines = keepsLines
    }

    private static func contents(of path: String) throws -> Data {
        do {
            try requireRegularFile(path)
            return try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
        } catch let error as FileError {
            throw SampleError.unreadable(file: path, reason: error.reason)
        } catch {
            throw SampleError.unreadable(file: path, reason: error.localizedDescription)
        }
    }

    private mutating func readRows(of data: Data) throws {
        try data.withUnsafeBytes { raw in
            let bytes = raw.bindMemory(to: UInt8.self)
            var (start, line) = (bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0, 1)
            while start < bytes.count {
                let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
                try readRow(UnsafeBufferPointer(rebasing: bytes[start..<end]), line: line)
                start = end + 1
                line += 1
            }
        }
    }

    private mutating func readRow(_ bytes: UnsafeBufferPointer<UInt8>, line: Int) throws {
        guard !bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { return }
        do {
            var sample = try sample(in: bytes, line: line)
            if keepsLines { sample.sourceLine = Array(bytes) }
            if let firstLine = lineOfID.updateValue(line, forKey: Array(sample.id.utf8)) {
                lineOfID[Array(sample.id.utf8)] = firstLine
                throw SampleError.duplicateID(file: path, line: line, id: sample.id, firstLine: firstLine)
            }
            samples.append(sample)
        } catch {
            guard policy == .collect else { throw error }
            rejects.append(Reject(file: path, line: line, reason: "\(error)"))
        }
    }

    private func sample(in bytes: UnsafeBufferPointer<UInt8>, line: Int) throws(SampleError) -> Sample {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw .invalidJSON(file: path, line: line, reason: error.description)
        }
        guard let members = value.members else {
            throw .invalidJSON(file: path, line: line, reason: "found \(value.summary)")
        }
        let row = SampleRow(file: path, line: line, members: members)
        return try row.sample(imageFolder: folder, requireSolution: requireSolution)
    }
}
