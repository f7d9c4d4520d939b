// The lines that a command writes for its rows, to a file or to stdout. A row's lines are written together,
// so that a killed run can resume after the last complete row.
import ArgumentParser
import Foundation
import Outputs
import StrictJSON
import ToolKit
import TrainingData

/// Where results go.
struct OutputOptions: ParsableArguments {
    @Option(
        help: "The file to write, one JSON object per line. (default: stdout)", transform: paths.argument)
    var output: String?

    @Flag(help: "Resume an output file: rows whose id is in it are skipped.")
    var resume = false

    @Flag(help: "Start an existing output again; its lines are gone once the model is loaded.")
    var overwrite = false

    /// Checks that the flags make sense together.
    func validate() throws {
        guard !(resume && overwrite) else {
            throw ValidationError("--resume keeps the output, --overwrite does not; give one of them")
        }
        guard output != nil || !(resume || overwrite) else {
            throw ValidationError("--resume and --overwrite need --output")
        }
    }
}

/// Writes rows, and knows which were written by an earlier run.
final class RowOutput {
    private let options: OutputOptions
    private let claim: OutputClaim?
    private let encoder = JSONEncoder.forLines()
    private var handle = FileHandle.standardOutput
    /// Bytes of an earlier run that are kept.
    private var keptByteCount = 0
    private var finished: Set<[UInt8]> = []

    /// Claims the output and reads an existing one; the file is not changed before `open`.
    ///
    /// - Parameters:
    ///   - options: The options of the command.
    ///   - linesPerRow: How many lines a row has.
    ///   - input: The file that the rows come from.
    ///   - rows: The rows; the output must not be one of their images or videos.
    /// - Throws: `OutputError`, and `InferError` when the file exists and may not be replaced, or is not an
    ///   output of this command.
    init(_ options: OutputOptions, linesPerRow: Int, from input: String, _ rows: [Sample]) throws {
        self.options = options
        claim = try options.output.map {
            try OutputClaim($0, existing: .replaced, inputs: [input] + rows.flatMap(\.visualFiles))
        }
        guard let path = options.output, !options.overwrite,
            FileManager.default.fileExists(atPath: path)
        else { return }
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            throw InferError.badOutput(file: path, problem: "cannot be read")
        }
        guard options.resume || bytes.isEmpty else {
            throw InferError.badOutput(
                file: path, problem: "it already exists; --resume continues it, --overwrite replaces it")
        }
        (finished, keptByteCount) = try Self.finishedRows(bytes, file: path, linesPerRow: linesPerRow)
    }

    /// Whether an earlier run wrote the row.
    func holds(_ id: String) -> Bool { finished.contains(Array(id.utf8)) }

    /// Opens the file after the last complete row of an earlier run.
    ///
    /// - Parameter model: The files of the model; the output must be none of them.
    /// - Throws: `OutputError`.
    func open(beside model: [String]) throws {
        guard let claim else { return }
        try claim.requireNoInput(model)
        handle = try claim.open(keeping: keptByteCount)
    }

    /// Writes the lines of one row.
    func write(_ lines: [some Encodable]) throws {
        try write(lines.reduce(into: Data()) { $0 += try encoder.line($1) })
    }

    /// Writes whole lines of one row or several.
    func write(_ bytes: Data) throws {
        guard options.output != nil else { return try console.write(String(decoding: bytes, as: UTF8.self)) }
        do {
            try handle.write(contentsOf: bytes)
        } catch {
            throw InferError.badOutput(
                file: options.output ?? "", problem: "cannot be written: \(error)")
        }
    }

    /// The ids of complete rows, and where the last of them ends.
    ///
    /// Only the last row can be incomplete: a line that was cut off, or too few lines.
    private static func finishedRows(
        _ bytes: Data, file: String, linesPerRow: Int
    ) throws -> (ids: Set<[UInt8]>, byteCount: Int) {
        var ids: Set<[UInt8]> = []
        var row: (id: [UInt8], lineCount: Int) = ([], linesPerRow)
        var (start, kept, number) = (bytes.startIndex, 0, 0)
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            number += 1
            let text = String(decoding: bytes[start..<end], as: UTF8.self)
            guard let line = (try? JSONValue(parsing: text))?.members?["id"]?.text else {
                throw InferError.badOutput(
                    file: "\(file):\(number)",
                    problem: "expected a JSON object with an \"id\", as this command writes")
            }
            let id = Array(line.utf8)
            let isNext = row.lineCount == linesPerRow && !ids.contains(id)
            guard isNext || row.lineCount < linesPerRow && row.id == id else {
                throw InferError.badOutput(
                    file: "\(file):\(number)",
                    problem:
                        "expected \(linesPerRow) line(s) for each row, found another number; was --samples different?"
                )
            }
            row = (id, isNext ? 1 : row.lineCount + 1)
            start = end + 1
            if row.lineCount == linesPerRow {
                ids.insert(id)
                kept = start
            }
        }
        return (ids, kept)
    }
}
