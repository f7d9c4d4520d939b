// The run directory: settings, one JSON line per step, samples, evaluations, checkpoints, summary.
//
//   config.yaml      the resolved settings          metrics.jsonl      one line per step, repeats bit for bit
//   timing.jsonl     seconds and memory per step     samples.jsonl      one group of answers per step
//   sets.jsonl       scores on benchmarks (evaluation.sets)
//   evaluations.jsonl  scores on the test rows       checkpoints/       step-000100.h5, ...
//   answers/         step-000100.jsonl, ...: the answers to the test rows at each evaluation
//   report.md        the same for people           summary.json       before, after and totals
//   report.html      curves and answers            events/            the numbers for TensorBoard
//   diagnosis.jsonl  what was wrong, since which step; only then
//   nonfinite/       step-000012, ...: what led to values that are not finite; only then
//   rejects.jsonl    the rows that were set aside, with the reason
//   run.json         settings, model and rows at the start   inputs.jsonl   hashes of each row and its pictures
//   changes.jsonl    what was different when the run was resumed; only then
//   run.lock         only while a process writes here
//   set-aside-1/     what was recorded after the step that a run was resumed from by --from
internal import Basics
internal import Foundation
internal import Outputs
internal import StrictJSON
internal import TrainingData

/// Files of one run.
public struct RunDirectory: Sendable {
    /// The folder.
    let path: String

    /// Names a run directory; creates nothing.
    public init(_ path: String) { self.path = path }

    /// The resolved settings.
    var configurationPath: String { path + "/config.yaml" }
    /// The page about the run.
    public var page: String { path + "/" + Self.pageName }
    /// The rows that were set aside.
    var rejectsPath: String { path + "/rejects.jsonl" }
    /// The name of the file of the answers to the test rows after `step` steps.
    func answersName(_ step: Int) -> String { Self.answerFolder + String(format: "/step-%06d.jsonl", step) }
    /// The folder of the checkpoints.
    var checkpointFolder: String { path + "/checkpoints" }

    /// The files with one line per step, sample or evaluation.
    static let recordNames = [
        "metrics.jsonl", "timing.jsonl", "samples.jsonl", "evaluations.jsonl", "sets.jsonl",
        "diagnosis.jsonl",
    ]
    /// The files that a finished run has besides.
    static let resultNames = ["summary.json", "report.md", pageName]
    /// The page about the run, which is written while the run goes.
    static let pageName = "report.html"
    /// The folder of the event files.
    static let eventFolder = "events"
    /// The files that tell what the run is, for resuming it.
    static let identityNames = ["run.json", "inputs.jsonl", "changes.jsonl"]
    static let answerFolder = "answers"
    /// The folder of the dumps of steps with values that are not finite.
    static let nonFiniteFolder = "nonfinite"

    /// Locks the folder for this process until the returned value is gone.
    ///
    /// - Throws: `OutputError.inUse` or `.otherHost` when another process writes there.
    func lock() throws -> FileLock { try FileLock(path + "/run.lock", for: path) }

    /// Locks the folder if it exists, and checks that it contains no run.
    ///
    /// - Throws: As `lock()`, or `RunError.alreadyARun`.
    func lockUnused() throws -> FileLock? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let lock = try lock()
        let names =
            ["config.yaml", "rejects.jsonl"] + Self.recordNames + Self.resultNames + Self.identityNames
        // A folder that cannot be listed cannot be written to either, and then writing says why.
        let folders = [
            checkpointFolder, path + "/" + Self.answerFolder, path + "/" + Self.eventFolder,
            path + "/" + Self.nonFiniteFolder,
        ]
        let inside = folders.flatMap {
            (try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? []
        }
        guard inside.isEmpty,
            !names.contains(where: { FileManager.default.fileExists(atPath: path + "/" + $0) })
        else { throw RunError.alreadyARun(path: path) }
        return lock
    }

    /// Creates the folders, locks them and writes the settings.
    ///
    /// - Parameters:
    ///   - configuration: The settings.
    ///   - held: The lock of `lockUnused()`, nil when the folder did not exist then.
    /// - Returns: The lock.
    /// - Throws: `RunError.cannotWrite`, or what `lockUnused()` throws.
    func create(_ configuration: RunConfiguration, held: FileLock?) throws -> FileLock {
        let isNew = !FileManager.default.fileExists(atPath: path)
        do {
            for folder in [checkpointFolder, path + "/" + Self.answerFolder] {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
        } catch {
            throw RunError.cannotWrite(path: path, reason: systemReason(of: error))
        }
        do {
            guard let lock = try held ?? lockUnused() else {
                throw RunError.cannotWrite(path: path, reason: "it was removed by another program")
            }
            try write(try configuration.yaml(), to: "config.yaml")
            return lock
        } catch {
            switch error {
            // Another process made a run of the folder in the meantime.
            case OutputError.inUse, OutputError.otherHost, RunError.alreadyARun: break
            // If this fails too, the error below already says what is wrong.
            default: if isNew { try? FileManager.default.removeItem(atPath: path) }
            }
            throw error
        }
    }

    /// Replaces a file in one step.
    func write(_ text: String, to name: String) throws {
        do { try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name), options: .atomic) } catch
        {
            throw RunError.cannotWrite(path: path + "/" + name, reason: systemReason(of: error))
        }
    }

    /// Appends lines to a file and passes them to the system.
    func append(_ lines: [JSONObject], to name: String) throws {
        guard !lines.isEmpty else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var data = Data()
        for line in lines { data += try encoder.encode(line) + Data("\n".utf8) }
        let file = path + "/" + name
        if !FileManager.default.fileExists(atPath: file) { try write("", to: name) }
        do {
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
            // What was written is with the system by then.
            defer { try? handle.close() }
            try handle.seekToEnd()
            try handle.write(contentsOf: data)
        } catch {
            throw RunError.cannotWrite(path: file, reason: systemReason(of: error))
        }
    }

    /// The lines of a file, none when it does not exist, without a last line that was cut off.
    ///
    /// - Throws: `RunError.badFile` with the line for any other line that is not a JSON object.
    func lines(of name: String) throws -> [JSONObject] {
        guard let data = try contents(of: name) else { return [] }
        let lines = Self.parsed(data)
        let count = data.split(separator: UInt8(ascii: "\n")).count
        // A kill may have cut the last line; nothing after it is lost.
        for (index, line) in lines.enumerated() where line.number != index + 1 {
            throw badLine(name, index + 1)
        }
        if lines.count < count - 1 { throw badLine(name, lines.count + 1) }
        return lines.map(\.values)
    }

    private func badLine(_ name: String, _ line: Int) -> RunError {
        .badFile(file: "\(path)/\(name):\(line)", problem: "expected a JSON object on one line")
    }

    /// The lines that are JSON objects, with their numbers among the lines that are not empty, counted from 1.
    static func parsed(_ data: Data) -> [(number: Int, bytes: Data, values: JSONObject)] {
        data.split(separator: UInt8(ascii: "\n")).enumerated().compactMap { index, line in
            // A line that a crash cut off is none.
            (try? JSONValue(parsing: String(decoding: line, as: UTF8.self)))?.members.map {
                (index + 1, Data(line), $0)
            }
        }
    }

    /// The bytes of a file; nil when it does not exist.
    ///
    /// - Throws: `RunError.badFile` when it exists but cannot be read.
    func contents(of name: String) throws -> Data? {
        let file = path + "/" + name
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        do { return try Data(contentsOf: URL(fileURLWithPath: file)) } catch {
            throw RunError.badFile(file: file, problem: systemReason(of: error))
        }
    }

    /// Waits until a file's bytes are on the disk.
    func synchronize(_ name: String) throws {
        let file = path + "/" + name
        do {
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: file))
            // What was written is with the system by then.
            defer { try? handle.close() }
            try handle.synchronize()
        } catch {
            throw RunError.cannotWrite(path: file, reason: systemReason(of: error))
        }
    }

    /// The path of the checkpoint after `step` steps.
    func checkpoint(_ step: Int) -> String { checkpointFolder + "/" + String(format: "step-%06d.h5", step) }

    /// The paths of the checkpoints, the newest one first; a file may still be incomplete.
    ///
    /// - Throws: `RunError.notARun` for a folder without checkpoints' folder.
    public func newestCheckpoints() throws -> [String] { try checkpointSteps().reversed().map(checkpoint) }

    /// Steps that have a checkpoint, ascending.
    func checkpointSteps() throws -> [Int] {
        // Each reason for which it cannot be listed means that this is no run that can go on.
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: checkpointFolder) else {
            throw RunError.notARun(path: path, problem: "no folder checkpoints")
        }
        return names.compactMap { name in
            name.hasPrefix("step-") && name.hasSuffix(".h5") ? Int(name.dropFirst(5).dropLast(3)) : nil
        }.sorted()
    }
}
