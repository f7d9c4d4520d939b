// Reads files of rows into samples. RowStream.swift finds the rows, RowConverter.swift their layout, and
// SampleRow.swift reads the record; this file handles ids and rejects.
internal import Basics
public import Foundation
internal import StrictJSON

/// Reads rows of the record or of any public layout (docs/data-layouts.md).
public struct SampleReader {
    /// Reads all rows of the file at `path`, in order.
    ///
    /// Blank lines are skipped but counted.
    ///
    /// - Parameters:
    ///   - path: A file, a folder of files, a pattern, or `-` for standard input.
    ///   - requireSolution: Whether every row needs a gold. Without it (generating, scoring elsewhere) a question
    ///     is enough.
    ///   - policy: With `.stop` the first bad row is thrown; with `.collect` bad rows are returned as rejects,
    ///     and there may be no sample left.
    ///   - keepsLines: Whether each sample keeps the bytes of its line (`Sample.sourceLine`).
    /// - Returns: The samples and, with `.collect`, the rejects.
    /// - Throws: ``SampleError`` for a file that cannot be read or has no rows, and for bad rows.
    public static func read(
        _ path: String, requireSolution: Bool = true, rejects policy: RejectPolicy = .stop,
        keepsLines: Bool = false
    ) throws -> (samples: [Sample], rejects: [Reject]) {
        var options = RowOptions()
        (options.needs, options.rejects, options.keepsLines) = (
            requireSolution ? .gold : .nothing, policy, keepsLines
        )
        return try read(path, options)
    }

    /// Reads all rows of the files that `path` names, in order.
    ///
    /// - Parameters:
    ///   - path: A file, a folder of files, a pattern, or `-` for standard input.
    ///   - options: What every row must have, and what happens to others.
    /// - Returns: The samples and, with `.collect`, the rejects.
    /// - Throws: ``SampleError`` for a file that cannot be read or has no rows, and for bad rows.
    public static func read(
        _ path: String, _ options: RowOptions
    ) throws -> (samples: [Sample], rejects: [Reject]) {
        var reader = SampleReader(options)
        var stream = RowStream(try RowFiles.find([path]))
        while let batch = try stream.next() { try reader.read(batch) }
        return try reader.result(path)
    }

    /// Reads all rows of bytes that do not come from a file, such as standard input.
    ///
    /// - Parameters:
    ///   - bytes: Rows in any form that a file may have.
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
        var options = RowOptions()
        (options.needs, options.rejects, options.keepsLines) = (
            requireSolution ? .gold : .nothing, policy, keepsLines
        )
        var reader = SampleReader(options)
        var stream = try RowStream(bytes, name: path)
        while let batch = try stream.next() { try reader.read(batch) }
        return try reader.result(path)
    }

    /// Rows that a thread reads at a time.
    private static let grain = 64

    private let options: RowOptions
    private let converter: RowConverter
    private var samples: [Sample] = []
    private var rejects: [Reject] = []
    private var placeOfID: [[UInt8]: RowPlace] = [:]

    private init(_ options: RowOptions) {
        self.options = options
        converter = RowConverter(map: options.map)
    }

    private func result(_ path: String) throws -> (samples: [Sample], rejects: [Reject]) {
        guard !samples.isEmpty || !rejects.isEmpty else { throw SampleError.noRows(file: path) }
        return (samples, rejects)
    }

    /// Reads the rows of a batch on all threads, then checks their ids in order.
    private mutating func read(_ batch: RowBatch) throws {
        let folder = URL(fileURLWithPath: batch.file).deletingLastPathComponent().path
        let count = (batch.rows.count + Self.grain - 1) / Self.grain
        let results = try parallelMap(count) { [options, converter] part in
            let rows = (part * Self.grain)..<min((part + 1) * Self.grain, batch.rows.count)
            return rows.flatMap { converter.rows(batch, at: $0) }.map { found in
                (line: found.line, sample: Self.sample(found, of: batch.file, folder: folder, options))
            }
        }
        for (line, result) in results.joined() { try add(result, at: RowPlace(file: batch.file, line: line)) }
    }

    private static func sample(
        _ found: FoundRow, of file: String, folder: String, _ options: RowOptions
    ) -> Result<Sample, SampleError> {
        Result { () throws(SampleError) in
            let row = try found.row.get()
            let reader = SampleRow(row, at: RowPlace(file: file, line: found.line))
            var sample = try reader.sample(imageFolder: folder, options)
            if options.keepsLines {
                sample.sourceLine = found.text.map(Array.init) ?? recordLine(row.members)
            }
            return sample
        }
    }

    private mutating func add(_ result: Result<Sample, SampleError>, at place: RowPlace) throws {
        do {
            let sample = try result.get()
            let id = Array(sample.id.utf8)
            if let first = placeOfID[id] {
                throw SampleError.duplicateID(
                    file: place.file, line: place.line, id: sample.id, firstLine: first.line)
            }
            placeOfID[id] = place
            samples.append(sample)
        } catch {
            guard options.rejects == .collect else { throw error }
            rejects.append(
                Reject(
                    file: place.file, line: place.line, key: (error as? SampleError)?.key, reason: "\(error)")
            )
        }
    }
}
