// The run directory: settings, one JSON line per step, samples, evaluations, checkpoints, summary.
//
//   config.yaml      the resolved settings          metrics.jsonl      one line per step, repeats bit for bit
//   timing.jsonl     seconds and memory per step     samples.jsonl      one group of answers per step
//   evaluations.jsonl  scores on the test rows       checkpoints/       step-000100.h5, ...
//   report.md        the same for people           summary.json       before, after and totals
//   rejects.jsonl    the rows that were set aside, with the reason
//   run.lock         only while a process writes here
//   set-aside-1/     what was recorded after the step that a run was resumed from by --from
internal import Checkpoint
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
    /// The rows that were set aside.
    var rejectsPath: String { path + "/rejects.jsonl" }
    /// The folder of the checkpoints.
    var checkpointFolder: String { path + "/checkpoints" }

    /// The files with one line per step, sample or evaluation.
    static let recordNames = ["metrics.jsonl", "timing.jsonl", "samples.jsonl", "evaluations.jsonl"]
    /// The files that a finished run has besides.
    static let resultNames = ["summary.json", "report.md"]

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
        let names = ["config.yaml", "rejects.jsonl"] + Self.recordNames + Self.resultNames
        let checkpoints = try? FileManager.default.contentsOfDirectory(atPath: checkpointFolder)
        guard checkpoints ?? [] == [],
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
            try FileManager.default.createDirectory(
                atPath: checkpointFolder, withIntermediateDirectories: true)
        } catch {
            throw RunError.cannotWrite(path: path, reason: Self.reason(error))
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
            throw RunError.cannotWrite(path: path + "/" + name, reason: Self.reason(error))
        }
    }

    /// Appends lines to a file and passes them to the system.
    func append(_ lines: [[String: JSONValue]], to name: String) throws {
        guard !lines.isEmpty else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var data = Data()
        for line in lines { data += try encoder.encode(line) + Data("\n".utf8) }
        let file = path + "/" + name
        if !FileManager.default.fileExists(atPath: file) { try write("", to: name) }
        do {
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
            defer { try? handle.close() }
            try handle.seekToEnd()
            try handle.write(contentsOf: data)
        } catch {
            throw RunError.cannotWrite(path: file, reason: Self.reason(error))
        }
    }

    /// The lines of a file, none when it does not exist, without a last line that was cut off.
    ///
    /// - Throws: `RunError.badFile` with the line for any other line that is not a JSON object.
    func lines(of name: String) throws -> [[String: JSONValue]] { try records(of: name).map(\.values) }

    /// The lines of a file as bytes and as values.
    private func records(of name: String) throws -> [(bytes: Data, values: [String: JSONValue])] {
        let file = path + "/" + name
        guard let data = FileManager.default.contents(atPath: file) else { return [] }
        let lines = data.split(separator: UInt8(ascii: "\n"))
        var records: [(bytes: Data, values: [String: JSONValue])] = []
        for (index, line) in lines.enumerated() {
            do {
                let values = try JSONDecoder().decode([String: JSONValue].self, from: Data(line))
                records.append((line, values))
            } catch {
                // A kill may have cut the last line; nothing after it is lost.
                guard index < lines.count - 1 else { break }
                throw RunError.badFile(
                    file: "\(file):\(index + 1)", problem: "expected a JSON object on one line")
            }
        }
        return records
    }

    /// Drops what was recorded after `step` completed steps: a resumed run records it again.
    ///
    /// Each file is replaced in one step and the lines that remain keep their bytes, so a kill in between
    /// loses nothing.
    func rewind(to step: Int) throws {
        for name in Self.recordNames
        where FileManager.default.fileExists(atPath: path + "/" + name) {
            let kept = try records(of: name).filter { ($0.values["step"]?.double ?? 0) <= Double(step) }
            try write(kept.map { String(decoding: $0.bytes, as: UTF8.self) + "\n" }.joined(), to: name)
        }
    }

    /// The path of the checkpoint after `step` steps.
    func checkpoint(_ step: Int) -> String { checkpointFolder + "/" + String(format: "step-%06d.h5", step) }

    /// Steps that have a checkpoint, ascending.
    func checkpointSteps() throws -> [Int] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: checkpointFolder) else {
            throw RunError.notARun(path: path, problem: "no folder checkpoints")
        }
        return names.compactMap { name in
            name.hasPrefix("step-") && name.hasSuffix(".h5") ? Int(name.dropFirst(5).dropLast(3)) : nil
        }.sorted()
    }

    /// Removes all but the newest `count` checkpoints; 0 keeps all.
    func removeOldCheckpoints(keeping count: Int) throws {
        guard count > 0 else { return }
        for step in try checkpointSteps().dropLast(count) {
            try FileManager.default.removeItem(atPath: checkpoint(step))
        }
    }

    static func reason(_ error: any Error) -> String {
        let cocoa = error as NSError
        let underlying = (cocoa.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError }
        return underlying.map { String(cString: strerror(Int32($0.code))) } ?? cocoa.localizedDescription
    }
}

/// Where a run goes on.
struct ResumePoint {
    /// The completed steps.
    let step: Int
    /// Their checkpoint, verified; nil when the run begins again from its model.
    let checkpoint: (any CheckpointReader)?
    /// The last step whose evaluation is kept: a run that begins again keeps none.
    var lastRecordedStep: Int { checkpoint == nil ? -1 : step }
}

extension RunDirectory {
    /// The checkpoint to resume from, verified.
    ///
    /// - Parameter wanted: The completed steps; nil for the newest checkpoint. 0 is the run's model when there
    ///   is no checkpoint after 0 steps.
    /// - Returns: The step and its checkpoint.
    /// - Throws: `RunError.noCheckpoint`, and `RunError.damagedCheckpoint`, which names one that is sound.
    func resumePoint(from wanted: Int?) throws -> ResumePoint {
        let steps = try checkpointSteps()
        let step = wanted ?? steps.last ?? 0
        guard steps.contains(step) else {
            guard step == 0 else { throw RunError.noCheckpoint(path: path, step: step, known: steps) }
            return ResumePoint(step: 0, checkpoint: nil)
        }
        do {
            return ResumePoint(step: step, checkpoint: try soundCheckpoint(step))
        } catch let error as CheckpointError where error.concernsContent {
            let others = steps.filter { $0 < step }.reversed() + steps.filter { $0 > step }
            let sound = try others.first { other in
                do { return try soundCheckpoint(other).location == checkpoint(other) } catch let error
                    as CheckpointError where error.concernsContent
                { return false }
            }
            throw RunError.damagedCheckpoint(path: path, problem: "\(error)", soundStep: sound)
        }
    }

    private func soundCheckpoint(_ step: Int) throws -> any CheckpointReader {
        let reader = try openCheckpoint(checkpoint(step))
        try reader.requireSound()
        return reader
    }

    /// Moves the checkpoints after a resume point, and the results of a finished run, into a new folder
    /// `set-aside-N`, with copies of the records.
    ///
    /// The newest checkpoint moves first, so after a kill in between the run can still be resumed.
    ///
    /// - Returns: The folder and the number of checkpoints, or nil when there are none to move.
    /// - Throws: `RunError.cannotWrite`.
    func setAside(after point: ResumePoint) throws -> (folder: String, count: Int)? {
        let later = try checkpointSteps().filter { $0 > point.lastRecordedStep }
        guard !later.isEmpty else { return nil }
        let files = FileManager.default
        var number = 1
        while files.fileExists(atPath: "\(path)/set-aside-\(number)") { number += 1 }
        let folder = "\(path)/set-aside-\(number)"
        do {
            try files.createDirectory(atPath: "\(folder)/checkpoints", withIntermediateDirectories: true)
            for name in Self.recordNames where files.fileExists(atPath: "\(path)/\(name)") {
                try files.copyItem(atPath: "\(path)/\(name)", toPath: "\(folder)/\(name)")
            }
            for name in Self.resultNames where files.fileExists(atPath: "\(path)/\(name)") {
                try files.moveItem(atPath: "\(path)/\(name)", toPath: "\(folder)/\(name)")
            }
            for step in later.reversed() {
                let name = (checkpoint(step) as NSString).lastPathComponent
                try files.moveItem(atPath: checkpoint(step), toPath: "\(folder)/checkpoints/\(name)")
            }
        } catch {
            throw RunError.cannotWrite(path: folder, reason: Self.reason(error))
        }
        return (folder, later.count)
    }
}

extension CheckpointError {
    /// Whether the problem is what the file contains, and not whether it can be opened.
    fileprivate var concernsContent: Bool {
        switch self {
        case .cannotOpen, .alreadyExists, .cannotWrite, .noSpace: false
        default: true
        }
    }
}
