// What a run had recorded when it saved a checkpoint, so that a resumed run notices lost or changed lines.
internal import Checkpoint
internal import Foundation
internal import StrictJSON

/// The content of one record file up to a checkpoint.
struct RecordIdentity: Codable, Equatable {
    /// Lines; for timings, the steps that have a time.
    var lines: Int
    /// Bytes and their SHA-256; nil for timings, which no other run repeats.
    var bytes: Int?
    var sha256: String?

    init(_ data: Data) {
        lines = data.count { $0 == UInt8(ascii: "\n") }
        bytes = data.count
        sha256 = Checkpoint.sha256([UInt8](data))
    }

    init(timings data: Data) {
        lines = Set(RunDirectory.timings(data).map(\.step)).count
    }
}

extension RunDirectory {
    /// What the record files contain now; their bytes are on the disk when this returns.
    func recordIdentities() throws -> [String: RecordIdentity] {
        var all: [String: RecordIdentity] = [:]
        for name in Self.recordNames {
            guard let data = try contents(of: name) else { continue }
            all[name] = name == "timing.jsonl" ? RecordIdentity(timings: data) : RecordIdentity(data)
            try synchronize(name)
        }
        return all
    }

    /// What is missing or changed among the records of the first `step` steps; empty when nothing is.
    func lostRecords(_ recorded: [String: RecordIdentity], upTo step: Int) throws -> [String] {
        try Self.recordNames.compactMap { name in
            guard let old = recorded[name] else { return nil }
            let data = try contents(of: name) ?? Data()
            guard let bytes = old.bytes else {
                let now = RecordIdentity(timings: data).lines
                return now < old.lines ? "\(name) has the times of \(now) of \(old.lines) steps" : nil
            }
            guard data.count >= bytes, RecordIdentity(data.prefix(bytes)) == old else {
                return Self.loss(in: name, data, old.lines, step)
            }
            return nil
        }
    }

    /// Drops what was recorded after `step` completed steps: a resumed run records it again.
    ///
    /// What the checkpoint knows stays as it is. Of the lines after that, only the evaluation of the same step stays:
    /// it is made after the checkpoint. Files that are not what the checkpoint knows keep the lines whose step is not
    /// later. Each file is replaced in one step, so a kill in between loses nothing.
    ///
    /// - Parameters:
    ///   - step: Completed steps.
    ///   - recorded: The record files at that step; empty for a run that begins again.
    /// - Throws: `RunError` for a file that cannot be read or written.
    func rewind(to step: Int, recorded: [String: RecordIdentity] = [:]) throws {
        for name in Self.recordNames {
            guard let data = try contents(of: name) else { continue }
            let lines: [Data]
            if name == "timing.jsonl" {
                // A line of a later step whose number was damaged must not become a second time of an earlier one.
                var known: Set<Int> = []
                lines = Self.timings(data).filter { $0.step <= step && known.insert($0.step).inserted }
                    .map(\.bytes)
            } else if let old = recorded[name], let bytes = old.bytes, data.count >= bytes,
                RecordIdentity(data.prefix(bytes)) == old
            {
                let rest = name == "evaluations.jsonl" ? Self.parsed(data.dropFirst(bytes)) : []
                let evaluation = rest.first { $0.values["step"] == .integer(step) }
                lines = data.prefix(bytes).split(separator: 10) + (evaluation.map { [$0.bytes] } ?? [])
            } else {
                lines = Self.parsed(data).filter {
                    ($0.values["step"]?.double ?? .infinity) <= Double(step)
                }.map(\.bytes)
            }
            try write(lines.map { String(decoding: $0, as: UTF8.self) + "\n" }.joined(), to: name)
        }
    }

    /// The lines that have a step and its time.
    static func timings(_ data: Data) -> [(step: Int, bytes: Data)] {
        parsed(data).compactMap { line in
            guard case .integer(let step)? = line.values["step"], line.values["step_time"]?.double != nil
            else { return nil }
            return (step, line.bytes)
        }
    }

    private static func loss(in name: String, _ data: Data, _ lines: Int, _ step: Int) -> String {
        guard !data.isEmpty else { return "\(name) is missing or empty" }
        let steps = Set(
            parsed(data).compactMap { line -> Int? in
                guard case .integer(let step) = line.values["step"] else { return nil }
                return step
            })
        let missing = name == "metrics.jsonl" && step > 0 ? (1...step).filter { !steps.contains($0) } : []
        if let first = missing.first, let last = missing.last {
            return "\(name) lacks the lines of \(missing.count) steps between \(first) and \(last)"
        }
        return
            "\(name) is not what the run wrote (\(lines) lines then, \(data.split(separator: 10).count) now)"
    }
}
