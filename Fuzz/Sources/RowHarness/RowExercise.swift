// Reads bytes as a file of rows, and checks what must always hold: every row is a sample or has a reason that names the
// file.
import Foundation
import Parquet
import Tokenizer
import TrainingData

/// The readers of rows that are fuzzed.
public enum RowKindOfFile: String, Sendable {
    /// A Parquet file.
    case parquet
    /// A table of cells separated by tabs.
    case tsv
    /// A tar archive.
    case tar
    /// JSON lines in any layout.
    case layouts
}

/// Reads files of one kind.
public struct RowExercise: Sendable {
    private let kind: RowKindOfFile
    private let path: String

    /// A broken promise of the readers.
    struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    /// An exercise with a file of its own in the folder of the environment variable `R1_FUZZ_FOLDER`.
    public init(_ kind: RowKindOfFile) {
        self.kind = kind
        let folder =
            ProcessInfo.processInfo.environment["R1_FUZZ_FOLDER"]
            ?? FileManager.default.temporaryDirectory.path
        path = "\(folder)/rows-\(kind.rawValue)-\(getpid())"
    }

    /// Reads the bytes as a file; throws if a promise is broken.
    public func check(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        if kind == .parquet { return try checkParquet() }
        do {
            var options = RowOptions()
            (options.needs, options.rejects) = (.nothing, .collect)
            let (samples, rejects) = try SampleReader.read(path, options)
            for reject in rejects where !reject.reason.contains(path) {
                throw Broken(description: "a reason without the file: \(reject.reason)")
            }
            for sample in samples { try check(sample) }
        } catch let error as SampleError {
            guard error.description.contains(path) else { throw Broken(description: "\(error)") }
        }
    }

    /// A row that was read is read again from its line.
    private func check(_ sample: Sample) throws {
        guard sample.messages.contains(where: { $0.role == .user }) else {
            throw Broken(description: "\(sample.location): no turn of the user")
        }
        _ = (sample.chatMessages, sample.question, sample.hasPlaceholders)
    }

    private func checkParquet() throws {
        var limits = ParquetLimits()
        (limits.pageBytes, limits.pageValues) = (1 << 20, 1 << 14)
        do throws(ParquetError) {
            let reader = try ParquetReader(path, limits: limits)
            var rows = reader.rows()
            var count = 0
            while count < 1000, let row = try rows.next() {
                guard row.count == reader.columns.count else { fatalError("a row of another width") }
                count += 1
            }
        } catch {
            guard error.description.hasPrefix(path) else { throw Broken(description: "\(error)") }
        }
    }
}
