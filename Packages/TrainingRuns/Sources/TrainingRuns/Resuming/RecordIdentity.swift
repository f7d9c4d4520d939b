// What a run had recorded when it saved a checkpoint, so that a resumed run notices lost or changed lines.
internal import Checkpoint
internal import Foundation
internal import StrictJSON

/// The content of one record file up to a checkpoint.
struct RecordIdentity: Codable, Equatable {
    /// Lines.
    var lines: Int
    /// Bytes and their SHA-256; nil for timings, which no other run repeats.
    var bytes: Int?
    var sha256: String?

    init(_ data: Data, hasHash: Bool) {
        lines = data.count { $0 == UInt8(ascii: "\n") }
        bytes = hasHash ? data.count : nil
        sha256 = hasHash ? Checkpoint.sha256([UInt8](data)) : nil
    }
}

extension RunDirectory {
    /// What the record files contain now; their bytes are on the disk when this returns.
    func recordIdentities() throws -> [String: RecordIdentity] {
        var all: [String: RecordIdentity] = [:]
        for name in Self.recordNames {
            guard let data = try contents(of: name) else { continue }
            all[name] = RecordIdentity(data, hasHash: name != "timing.jsonl")
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
                let now = RecordIdentity(data, hasHash: false)
                return now.lines < old.lines ? "\(name) has \(now.lines) lines, not \(old.lines)" : nil
            }
            guard data.count >= bytes, RecordIdentity(data.prefix(bytes), hasHash: true) == old else {
                return Self.loss(in: name, data, old.lines, step)
            }
            return nil
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
