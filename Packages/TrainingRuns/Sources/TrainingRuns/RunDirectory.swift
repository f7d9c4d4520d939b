// The run directory: settings, one JSON line per step, samples, evaluations, checkpoints, summary.
//
//   config.yaml      the resolved settings          metrics.jsonl      one line per step, repeats bit for bit
//   timing.jsonl     seconds and memory per step     samples.jsonl      one group of answers per step
//   evaluations.jsonl  scores on the test rows       checkpoints/       step-000100.h5, ...
//   report.md        the same for people           summary.json       before, after and totals
internal import Foundation
internal import StrictJSON
internal import TrainingData

/// Files of one run.
public struct RunDirectory: Sendable {
    /// The folder.
    public let path: String

    /// Names a run directory; nothing is made yet.
    public init(_ path: String) { self.path = path }

    /// The resolved settings.
    public var configurationPath: String { path + "/config.yaml" }
    /// The folder of the checkpoints.
    public var checkpointFolder: String { path + "/checkpoints" }

    /// Makes the folders and writes the settings.
    ///
    /// - Throws: `RunError.cannotWrite`, also when the folder already holds a run.
    func create(_ configuration: RunConfiguration) throws {
        guard !FileManager.default.fileExists(atPath: configurationPath) else {
            throw RunError.cannotWrite(
                path: path,
                reason: "it already holds a run; go on with `r1-train resume \(path)` or name another folder")
        }
        let isNew = !FileManager.default.fileExists(atPath: path)
        do {
            try FileManager.default.createDirectory(
                atPath: checkpointFolder, withIntermediateDirectories: true)
        } catch {
            throw RunError.cannotWrite(path: path, reason: Self.reason(error))
        }
        do { try write(try configuration.yaml(), to: "config.yaml") } catch {
            if isNew { try? FileManager.default.removeItem(atPath: path) }  // What is wrong is said already.
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

    /// Appends lines to a file and hands them to the system.
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

    /// The lines of a file, none when it does not exist; a last line that was cut off is left out.
    ///
    /// - Throws: `RunError.badFile` with the line for any other line that is not a JSON object.
    func lines(of name: String) throws -> [[String: JSONValue]] { try records(of: name).map(\.values) }

    /// The lines of a file as they stand and as values.
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
    /// Each file is replaced in one step and what stays keeps its bytes, so a kill in here loses nothing.
    func rewind(to step: Int) throws {
        for name in ["metrics.jsonl", "timing.jsonl", "samples.jsonl", "evaluations.jsonl"]
        where FileManager.default.fileExists(atPath: path + "/" + name) {
            let kept = try records(of: name).filter { ($0.values["step"]?.double ?? 0) <= Double(step) }
            try write(kept.map { String(decoding: $0.bytes, as: UTF8.self) + "\n" }.joined(), to: name)
        }
    }

    /// Where the checkpoint after `step` steps lies.
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

    private static func reason(_ error: any Error) -> String {
        let cocoa = error as NSError
        let underlying = (cocoa.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError }
        return underlying.map { String(cString: strerror(Int32($0.code))) } ?? cocoa.localizedDescription
    }
}
