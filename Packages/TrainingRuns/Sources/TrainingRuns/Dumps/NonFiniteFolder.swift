// nonfinite/step-000012/ (and step-000012-process-1/ ...): what led to values that are not finite in a step, for the user who looks for the cause.
//
//   step.json      numbers of the step, all settings, and the counters that repeat it
//   rows.jsonl     the rows with the tokens of their prompts
//   answers.jsonl  the answers with rewards, advantages and each token's log-probabilities
//   weights.jsonl  norms of all weights and of their gradients, those that are not finite first
internal import Basics
internal import Foundation
internal import PolicyOptimization
internal import StrictJSON

/// Writes dumps into a run directory: a limited number of limited size.
final class NonFiniteFolder: NonFiniteRecorder {
    /// The most bytes of one file.
    static let byteLimit = 16 << 20
    private let directory: RunDirectory
    /// The end of the name of a dump: each process has its own.
    private let suffix: String
    private let limit: Int
    private let settings: JSONValue
    /// The folders of the dumps.
    private var names: Set<String> = []
    /// The step, counted from 1, of the last dump of this process: a step has one, of its first problem.
    private var last: Int?

    /// A writer for the dumps of a run.
    ///
    /// - Parameters:
    ///   - directory: The run.
    ///   - configuration: Its settings.
    ///   - process: The number of this process.
    /// - Throws: What encoding the settings throws, and reading the names of earlier dumps.
    init(_ directory: RunDirectory, _ configuration: RunConfiguration, process: Int = 0) throws {
        (self.directory, limit) = (directory, configuration.nonFinite.dumps)
        suffix = process == 0 ? "" : "-process-\(process)"
        settings = try configuration.tree()
        let path = directory.path + "/" + RunDirectory.nonFiniteFolder
        if FileManager.default.fileExists(atPath: path) {
            names = Set(
                try FileManager.default.contentsOfDirectory(atPath: path)
                    .filter { $0.contains("-process-") ? process > 0 && $0.hasSuffix(suffix) : process == 0 })
        }
    }

    /// Whether there is room for one more; a step that is repeated after a resume replaces its dump.
    func wants(step: Int) -> Bool {
        guard limit > 0, step != last else { return false }
        return names.contains(name(step)) || names.count < limit
    }

    var kept: String? {
        names.isEmpty ? nil : "\(directory.path)/\(RunDirectory.nonFiniteFolder) has what led to earlier ones"
    }

    func write(_ dump: NonFiniteDump) -> String {
        last = dump.step
        names.insert(name(dump.step))
        let name = RunDirectory.nonFiniteFolder + "/" + self.name(dump.step)
        do {
            try FileManager.default.createDirectory(
                atPath: directory.path + "/" + name, withIntermediateDirectories: true)
            var facts = dump.facts
            facts["settings"] = settings
            for (file, lines) in [
                ("rows", dump.rows), ("answers", dump.answers), ("weights", dump.weights),
            ] {
                let (text, leftOut) = try Self.text(lines, limit: Self.byteLimit)
                try directory.write(text, to: "\(name)/\(file).jsonl")
                facts["\(file)_left_out"] = .integer(leftOut)
            }
            let encoder = RunIdentity.encoder
            encoder.outputFormatting.insert(.prettyPrinted)
            let text = String(decoding: try encoder.encode(facts), as: UTF8.self)
            try directory.write(text + "\n", to: "\(name)/step.json")
        } catch {
            // The run has a problem already, which must not hide behind this one.
            return "what led to it could not be written to \(name): \(systemReason(of: error))"
        }
        return "\(directory.path)/\(name) has what led to it"
    }

    /// Lines as a text of at most `limit` bytes, and how many did not fit.
    static func text(_ lines: [JSONObject], limit: Int) throws -> (String, leftOut: Int) {
        var (data, leftOut) = (Data(), 0)
        for line in lines {
            let bytes = try RunIdentity.encoder.encode(line)
            guard data.count + bytes.count < limit else {
                leftOut += 1
                continue
            }
            data += bytes + Data("\n".utf8)
        }
        return (String(decoding: data, as: UTF8.self), leftOut)
    }

    private func name(_ step: Int) -> String { String(format: "step-%06d", step) + suffix }
}
