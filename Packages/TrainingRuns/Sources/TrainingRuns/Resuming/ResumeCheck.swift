// Whether a checkpoint and the files around it are still those of one run, before it is continued.
internal import Foundation
internal import Rollouts
internal import StrictJSON
internal import VisionLanguageModel

/// A change that a user may accept, knowing that the run is then no longer what an undisturbed one would be.
public enum AcceptedChange: String, CaseIterable, Sendable {
    /// Lost or changed lines of metrics, samples, timings, evaluations or test answers.
    case records
    /// Changed, reordered, added or missing rows.
    case rows
    /// Changed pictures or videos.
    case pictures
}

/// A setting that was changed between two parts of a run.
struct ChangedSetting: Equatable {
    var path: String
    var old, new: JSONValue

    /// Settings that change no weight beyond rounding, or only how long a run is, and those that name files
    /// whose content is compared.
    private static let harmless = [
        "threads", "steps", "microBatchTokens", "gradientCheckpointing", "grpo.cacheTokens", "model",
        "lora.adapter",
        "data.train", "data.test",
        "data.requireKnownTemplate",
    ]
    private static let harmlessParts = ["evaluation.", "checkpoints.", "budget.", "nonFinite."]
    private static let harmlessEnds = [".timeLimit", ".failureLimit"]

    var isHarmless: Bool {
        Self.harmless.contains(path) || Self.harmlessParts.contains { path.hasPrefix($0) }
            || (path.hasPrefix("rewards.external.") && Self.harmlessEnds.contains { path.hasSuffix($0) })
    }

    /// The settings by path.
    static func flat(_ settings: JSONValue) -> JSONObject {
        func add(_ value: JSONValue, _ path: String, to all: inout JSONObject) {
            guard let members = value.members, !members.isEmpty else {
                all[path] = value
                return
            }
            for (key, inner) in members { add(inner, path.isEmpty ? key : "\(path).\(key)", to: &all) }
        }
        var all: JSONObject = [:]
        add(settings, "", to: &all)
        return all
    }

    /// The settings that differ; one that an older version did not have counts as having its default.
    static func between(_ old: JSONValue, _ new: JSONValue) throws -> [ChangedSetting] {
        let (before, after, defaults) = (flat(old), flat(new), flat(try RunConfiguration().tree()))
        return Set(before.keys).union(after.keys).sorted().compactMap { path in
            let (old, new) = (before[path] ?? defaults[path] ?? .null, after[path] ?? .null)
            // Whole numbers are written without a fraction, so both kinds of number may be one value.
            let isSame = old == new || (old.double != nil && old.double == new.double)
            return isSame ? nil : ChangedSetting(path: path, old: old, new: new)
        }
    }
}

/// What differs between the run that saved a checkpoint and the files that it would be continued with.
struct ResumeCheck {
    /// The checkpoint, or the start of the run, for messages.
    let place: String
    /// Differences that a user may accept, each with its kind.
    var acceptable: [(kind: AcceptedChange, text: String)] = []
    /// Differences that end the run.
    var others: [String] = []
    /// Harmless differences of the settings.
    var harmless: [ChangedSetting] = []

    init(place: String) { self.place = place }

    /// Compares settings, model, rows and pictures.
    ///
    /// - Parameters:
    ///   - old: The run when it saved.
    ///   - new: The run as it would go on.
    ///   - known: The rows at the start of the run, if they are still known.
    ///   - inputs: The rows now.
    ///   - configuration: The settings now.
    /// - Throws: What encoding the settings throws.
    mutating func compare(
        _ old: RunIdentity, with new: RunIdentity, known: RunInputs?, inputs: RunInputs,
        _ configuration: RunConfiguration
    ) throws {
        for change in try ChangedSetting.between(old.settings, new.settings) {
            if change.isHarmless {
                harmless.append(change)
            } else if change.path == "method" {
                others.append("it is of the method \(change.old.plain), the run of \(change.new.plain)")
            } else {
                others.append("the setting \(change.path) was \(change.old.plain) and is \(change.new.plain)")
            }
        }
        if old.model != new.model {
            others.append("\(configuration.model) is not the model the run started from")
        }
        if old.adapter != new.adapter {
            let path = configuration.lora.adapter
            others.append(
                old.adapter == nil
                    ? "the run started without an adapter, and lora.adapter is \(path)"
                    : "\(path) is not the adapter the run started from")
        }
        compare(configuration.data.train, old.train, known?.train, inputs.train)
        compare(configuration.data.test, old.test, known?.test, inputs.test)
    }

    /// Compares one file; a file that the run did not have, or no longer has, is a change of settings.
    private mutating func compare(
        _ path: String, _ old: SetIdentity?, _ known: [RowIdentity]?, _ new: [RowIdentity]?
    ) {
        guard let old, let new else { return }
        let changes = InputChanges(path, old: old, known: known, new: new)
        if let rows = changes.rows { acceptable.append((.rows, rows)) }
        if let pictures = changes.pictures { acceptable.append((.pictures, pictures)) }
    }

    /// Checks that the file of settings is whole: the run wrote every setting into it.
    ///
    /// - Parameters:
    ///   - configuration: The settings as read from the file.
    ///   - file: The file.
    ///   - old: The run when it saved, or at its start.
    /// - Throws: `RunError.badFile` for a setting of the run that the file does not name.
    static func requireWhole(_ configuration: RunConfiguration, _ file: String, _ old: RunIdentity) throws {
        let before = ChangedSetting.flat(old.settings)
        let missing = try configuration.unnamedSettings(in: file).filter { before[$0] != nil }.sorted()
        guard let first = missing.first, let value = before[first] else { return }
        throw RunError.badFile(
            file: file,
            problem: "\(missing.count) settings are missing, the first is \(first), "
                + "which was \(value.plain); a run's file names every setting, so it may be cut off; put them back"
        )
    }

    /// Throws `RunError.cannotContinue` unless every difference was accepted.
    func require(accepting accepted: Set<AcceptedChange>, _ path: String) throws {
        let refused = acceptable.filter { !accepted.contains($0.kind) }
        guard !others.isEmpty || !refused.isEmpty else { return }
        let kinds = AcceptedChange.allCases.filter { kind in refused.contains { $0.kind == kind } }
        var remedy = "put back what changed"
        if others.isEmpty {
            remedy += ", or continue with " + kinds.map { "--accept \($0.rawValue)" }.joined(separator: " ")
        } else {
            remedy += ", or start a new run"
        }
        throw RunError.cannotContinue(
            path: path, place: place, problems: others + refused.map(\.text), remedy: remedy)
    }
}

extension JSONValue {
    /// The value as a person writes it.
    fileprivate var plain: String {
        switch self {
        case .string(let text): text.isEmpty ? "empty" : text
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .null: "not given"
        case .array(let elements): "[" + elements.map(\.plain).joined(separator: ", ") + "]"
        case .object: "a table"
        }
    }
}
