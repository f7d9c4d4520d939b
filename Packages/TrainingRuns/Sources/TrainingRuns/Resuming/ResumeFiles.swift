// The files of a run directory that are about resuming: how the run began, and what changed since.
internal import Checkpoint
internal import Foundation
internal import StrictJSON

extension RunDirectory {
    private static let identityName = "run.json"

    /// What the run was at its start.
    var identityPath: String { "\(path)/\(Self.identityName)" }

    /// Writes what the run is at its start.
    func write(_ identity: RunIdentity) throws {
        try write(
            String(decoding: try RunIdentity.encoder.encode(identity), as: UTF8.self) + "\n",
            to: Self.identityName)
    }

    /// What the run was at its start; nil when the file is missing.
    ///
    /// - Throws: `RunError.badFile` when it is damaged.
    func identity() throws -> RunIdentity? {
        guard let data = try contents(of: Self.identityName) else { return nil }
        guard let identity = try? JSONDecoder().decode(RunIdentity.self, from: data),
            try identity.hash() == identity.run
        else {
            throw RunError.badFile(
                file: "\(path)/\(Self.identityName)",
                problem:
                    "is damaged: it does not have its own SHA-256; restore it, or delete it to take what the "
                    + "newest checkpoint says instead")
        }
        return identity
    }

    /// Writes JSON lines as one file, in one step.
    ///
    /// - Returns: The SHA-256 of the file.
    func write(_ lines: [JSONObject], to name: String) throws -> String {
        let texts = try lines.map {
            String(decoding: try RunIdentity.encoder.encode($0), as: UTF8.self) + "\n"
        }
        try write(texts.joined(), to: name)
        return sha256(Array(texts.joined().utf8))
    }

    /// The steps whose test answers are not what was recorded with their scores.
    func lostAnswers(upTo step: Int) throws -> [Int] {
        guard let data = try contents(of: "evaluations.jsonl") else { return [] }
        return try Self.parsed(data).compactMap { line in
            guard case .integer(let place) = line.values["step"], place <= step,
                case .string(let hash) = line.values["answers"]
            else { return nil }
            let answers = try contents(of: answersName(place))
            return answers.map { sha256([UInt8]($0)) } == hash ? nil : place
        }
    }

    /// Appends what was different when the run was resumed to `changes.jsonl`, each difference once.
    func record(_ check: ResumeCheck, at step: Int) throws {
        let name = "changes.jsonl"
        let known = try contents(of: name).map { Self.parsed($0).map(\.values) } ?? []
        let lines: [JSONObject] =
            check.harmless.map {
                ["step": .integer(step), "setting": .string($0.path), "from": $0.old, "to": $0.new]
            }
            + check.acceptable.map {
                ["step": .integer(step), "accepted": .string($0.kind.rawValue), "what": .string($0.text)]
            }
        try append(lines.filter { !known.contains($0) }, to: name)
    }
}

extension ResumeCheck {
    /// Compares a checkpoint's state with its name, with the start of the run, and with what was recorded.
    mutating func compare(
        _ saved: TrainerState, step: Int, began: RunIdentity?, _ directory: RunDirectory,
        _ configuration: RunConfiguration
    ) throws {
        if saved.completedSteps != step {
            others.append("it is the checkpoint of step \(saved.completedSteps), not \(step)")
        }
        if let began, began.run != saved.identity.run { others.append("it is a checkpoint of another run") }
        if configuration.steps < saved.completedSteps {
            others.append(
                "the setting steps is \(configuration.steps), fewer than the \(saved.completedSteps) made")
        }
        var lost = try directory.lostRecords(saved.records, upTo: saved.completedSteps)
        if began == nil { lost.append("run.json is missing") }
        lost += try directory.lostAnswers(upTo: saved.completedSteps).map {
            "\(directory.answersName($0)) is missing or changed"
        }
        acceptable += lost.map { (.records, $0) }
    }
}
