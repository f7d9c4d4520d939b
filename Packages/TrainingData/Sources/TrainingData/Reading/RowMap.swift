// A user's map: which key of a row is which key of the record, for rows in no public layout.
internal import Basics
internal import Foundation
internal import StrictJSON
internal import Yams

/// Renames and constants that are applied to a row before its layout is found.
///
/// `solution=answer` takes the value of the row's key `answer` (a dot enters objects); `task=mcq` sets a task;
/// `source="my set"`, in double quotes, is a text.
public struct RowMap: Sendable, Equatable {
    /// Where a value comes from.
    enum Origin: Sendable, Equatable { case key(String), constant(JSONValue) }

    /// A map that is no map.
    struct Fault: Error, CustomStringConvertible { let description: String }

    /// Keys whose bare values are names rather than keys of the row.
    private static let constants: Set<String> = ["task", "license", "source"]
    /// The keys that a map may set.
    static let targets =
        RecordKeys.ordered + [
            "system", "question", "problem", "query", "response", "prompt", "hint", "image", "answer",
        ]

    private(set) var entries: [(target: String, origin: Origin)] = []

    /// A map that changes nothing.
    public init() {}

    /// Two maps are equal when they set the same keys in the same order.
    public static func == (left: RowMap, right: RowMap) -> Bool {
        left.entries.elementsEqual(right.entries) { $0.target == $1.target && $0.origin == $1.origin }
    }

    /// Reads words: each is `key=value`, or the path of a YAML file with a line `key: value` for each.
    ///
    /// Throws an error that names the word and the keys that may be set.
    public init(_ words: [String]) throws {
        for word in words {
            if word.hasSuffix(".yaml") || word.hasSuffix(".yml") {
                try readFile(word)
            } else {
                let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                    String.init)
                guard parts.count == 2 else {
                    throw Fault(description: "--map \(word): expected KEY=VALUE or a file that ends in .yaml")
                }
                try add(parts[0], parts[1], in: "--map \(word)")
            }
        }
    }

    private mutating func readFile(_ path: String) throws {
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw Fault(description: "\(path): the map cannot be read: \(systemReason(of: error))")
        }
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch {
            throw Fault(description: "\(path): not YAML: \(error)")
        }
        guard let mapping = node?.mapping else {
            throw Fault(
                description:
                    "\(path): expected lines KEY: VALUE, found \(text.isEmpty ? "nothing" : "something else")"
            )
        }
        for (key, value) in mapping {
            guard let key = key.string, let scalar = value.scalar else {
                throw Fault(description: "\(path): \"\(key.string ?? "?")\": expected a text")
            }
            let isQuoted = scalar.style == .doubleQuoted || scalar.style == .singleQuoted
            try add(key, isQuoted ? "\"\(scalar.string)\"" : scalar.string, in: path)
        }
    }

    private mutating func add(_ target: String, _ value: String, in place: String) throws {
        guard Self.targets.contains(target) else {
            throw Fault(
                description:
                    "\(place): a map cannot set \"\(target)\"; it can set \(Self.targets.joined(separator: ", "))"
            )
        }
        guard !entries.contains(where: { $0.target == target }) else {
            throw Fault(description: "\(place): \"\(target)\" is set twice")
        }
        guard !value.isEmpty else {
            throw Fault(description: "\(place): \"\(target)\": expected a key or a text in double quotes")
        }
        if value.utf8.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
            entries.append((target, .constant(.string(String(value.dropFirst().dropLast())))))
        } else {
            entries.append((target, .key(value)))
        }
    }

    /// The row with the map applied, and what became of its keys.
    func apply(
        to members: JSONObject, at place: RowPlace
    ) throws(SampleError) -> (members: JSONObject, uses: [KeyUse]) {
        var result = members
        var uses: [KeyUse] = []
        for (target, origin) in entries {
            switch origin {
            case .constant(let value):
                result[target] = value
                uses.append(KeyUse(key: target, use: "set by the map"))
            case .key(let key):
                if let value = Self.value(key, in: members) {
                    if key != target { result[key] = nil }
                    result[target] = value
                    uses.append(KeyUse(key: key, use: "\(target), by the map"))
                } else if Self.constants.contains(target) {
                    result[target] = .string(key)
                    uses.append(KeyUse(key: target, use: "set by the map"))
                } else {
                    throw place.fault(
                        target,
                        expected:
                            "the row's key \"\(key)\", as the map says (a text is written in double quotes)",
                        found: "a row with the keys \(members.keys.sorted().joined(separator: ", "))")
                }
            }
        }
        return (result, uses)
    }

    private static func value(_ key: String, in members: JSONObject) -> JSONValue? {
        if let value = members[key] { return value == .null ? nil : value }
        var value = JSONValue.object(members)
        for part in key.split(separator: ".") {
            guard let next = value.members?[String(part)] else { return nil }
            value = next
        }
        return value == .null ? nil : value
    }
}
