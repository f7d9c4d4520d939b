// What a run is: everything that can change a score, besides the rules.
internal import Basics
internal import Foundation
public import StrictJSON
internal import TrainingData

/// One file that a set was read from.
public struct SetFile: Codable, Sendable, Equatable {
    /// The path as it was given.
    public let path: String
    /// Its size.
    public let bytes: Int
    /// SHA-256 of its content, in hexadecimal.
    public let sha256: String
}

/// One set of a run.
public struct SetManifest: Codable, Sendable, Equatable {
    /// The name in answers and tables, unique in the run.
    public var name: String
    /// The benchmark's id.
    public var benchmark: String
    /// The path that was given.
    public var path: String
    /// The files that were read.
    public var files: [SetFile]
    /// Rows, each rotation counted.
    public var rows: Int
    /// The most questions that were asked; 0 for all.
    public var limit = 0
    /// Whether these are a sample of the set instead of its first questions.
    public var isSampled = false
    /// The split of a folder with several.
    public var split: String?
    /// Whether cells that pandas reads as missing are missing.
    public var pandasMissing = false
    /// How the questions are answered.
    public var answers: AnswerSettings
}

/// What a run is.
public struct RunManifest: Codable, Sendable, Equatable {
    /// The version of this form.
    public static let currentVersion = 1

    /// The version of the form.
    public var version = Self.currentVersion
    /// The program and its version.
    public var tool: String
    /// The model: path, identity and what changes its answers.
    public var model: JSONValue
    /// The prompt style.
    public var style: String
    /// The system prompt; nil for none.
    public var system: String?
    /// The sets, in the order of the answers.
    public var sets: [SetManifest]

    /// The name of the file in a run's folder.
    public static let fileName = "manifest.json"

    /// A manifest.
    public init(
        tool: String, model: JSONObject, style: String, system: String?, sets: [SetManifest]
    ) {
        (self.tool, self.style, self.system, self.sets) = (tool, style, system, sets)
        self.model = .object(model)
    }

    /// Reads the manifest of a run.
    ///
    /// - Parameter folder: The run's folder.
    /// - Throws: `BenchmarkRunError.badFile`.
    public init(readingFrom folder: String) throws {
        let path = "\(folder)/\(Self.fileName)"
        guard FileManager.default.fileExists(atPath: path) else {
            throw BenchmarkRunError.badFile(
                folder, "it has no \(Self.fileName), so it is not the folder of a run; r1-eval run makes one")
        }
        do {
            let bytes = try readRegularFile(path)
            struct Version: Decodable { var version: Int }
            let found = try JSONDecoder().decode(Version.self, from: Data(bytes)).version
            guard found == Self.currentVersion else {
                throw BenchmarkRunError.badFile(
                    path, "expected version \(Self.currentVersion), found \(found): another release wrote it")
            }
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw BenchmarkRunError.badFile(path, "it cannot be read: \(error.place)")
        }
    }

    /// The bytes of the file: keys in one order.
    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(self) + [0x0A]
    }

    /// The names and values of everything that differs from another manifest, such as `style: r1, now v.default`.
    public func differences(from now: RunManifest) throws -> [String] {
        let (old, new) = (try tree().leaves(), try now.tree().leaves())
        return Set(old.keys).union(new.keys).sorted().compactMap { key in
            let (before, after) = (old[key] ?? "none", new[key] ?? "none")
            return before == after ? nil : "\(key): \(before), now \(after)"
        }
    }

    /// What can change a score, for the heads of reports.
    public var facts: [(name: String, value: String)] {
        let members = (model.members ?? JSONObject()).filter { !$0.value.isNull }
        let names = members.map { member in
            let text = member.value.plainText ?? member.value.summary
            // The start of a hash tells two models apart.
            return (
                name: "model \(member.key)", value: member.key == "identity" ? String(text.prefix(16)) : text
            )
        }
        let limits = sets.map { "\($0.name): \($0.answers.maxNewTokens)" }.joined(separator: ", ")
        let first = sets.first?.answers ?? AnswerSettings()
        return names.sorted { $0.name < $1.name } + [
            ("prompt style", style + (system == nil ? "" : " with a system prompt")),
            ("most new tokens", limits),
            ("temperature", "\(first.temperature)"), ("answers to a question", "\(first.samples)"),
            ("seed", "\(first.seed)"), ("made by", tool),
        ]
    }

    private func tree() throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(self))
    }
}

extension JSONValue {
    /// The leaves by their path, such as `sets[0].answers.seed`.
    fileprivate func leaves(at path: String = "") -> [String: String] {
        switch self {
        case .object(let members):
            members.reduce(into: [:]) { result, member in
                let place = path.isEmpty ? member.key : "\(path).\(member.key)"
                result.merge(member.value.leaves(at: place)) { $1 }
            }
        case .array(let values):
            values.enumerated().reduce(into: [:]) { result, element in
                result.merge(element.element.leaves(at: "\(path)[\(element.offset)]")) { $1 }
            }
        default: [path: plainText ?? summary]
        }
    }
}

extension DecodingError {
    /// The key where decoding failed and why.
    var place: String {
        let context: Context
        switch self {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found):
            context = found
        case .keyNotFound(let key, let found):
            return "\((found.codingPath + [key]).map(\.stringValue).joined(separator: ".")) is missing"
        @unknown default: return "\(self)"
        }
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return (path.isEmpty ? "" : "\(path): ") + context.debugDescription
    }
}
