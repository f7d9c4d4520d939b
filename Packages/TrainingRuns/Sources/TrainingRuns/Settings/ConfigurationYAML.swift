// Reads YAML over the defaults: a file may name any part of the tree, and nothing else.
//
// A scalar is read by the type of the default that it replaces, so `no` remains a text where a text is
// expected. Where the defaults have no element to compare with (empty lists and tables), YAML's own rules
// apply.
internal import Foundation
internal import StrictJSON
internal import TrainingData
internal import Yams

extension RunConfiguration {
    /// Reads a file and assignments over the defaults.
    ///
    /// - Parameters:
    ///   - file: A YAML file, or nil.
    ///   - assignments: Texts such as `grpo.groupSize=4`, applied in order after the file.
    ///   - base: The settings that file and assignments change.
    /// - Returns: The settings, checked for their types; `validate` checks their ranges.
    /// - Throws: `RunError` naming file, path, what was expected and what was found.
    public static func read(
        file: String?, assignments: [String] = [], over base: RunConfiguration = RunConfiguration()
    ) throws -> RunConfiguration {
        var tree = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(base))
        if let file {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw RunError.badFile(file: file, problem: "cannot be read")
            }
            guard let text = String(data: data, encoding: .utf8) else {
                throw RunError.badFile(file: file, problem: "not UTF-8 text")
            }
            tree = try overlay(try node(text, file), on: tree, path: "", file: file)
        }
        for assignment in assignments { tree = try overlay(assignment: assignment, on: tree) }
        return try configuration(tree, over: base)
    }

    /// Lays `path=value` over a tree.
    private static func overlay(assignment: String, on tree: JSONValue) throws -> JSONValue {
        guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
            throw RunError.badAssignment(assignment: assignment, problem: "expected path=value")
        }
        let path = assignment[..<equals].split(separator: ".").map(String.init)
        do {
            let value = try node(String(assignment[assignment.index(after: equals)...]), assignment)
            let nested = path.reversed().reduce(value ?? Node("")) { inner, key in
                Node([(Node(key), inner)])
            }
            return try overlay(nested, on: tree, path: "", file: assignment)
        } catch RunError.unknownSetting(let path, _, let nearest) {
            throw RunError.badAssignment(assignment: assignment, problem: RunError.unknown(path, nearest))
        } catch RunError.badFile(_, let problem) {
            throw RunError.badAssignment(assignment: assignment, problem: problem)
        }
    }

    /// The settings of a tree of values.
    ///
    /// Foundation's error for a number that its setting cannot represent, such as 1.5 steps, has no path. The
    /// number is found by decoding each number alone over the defaults.
    private static func configuration(
        _ tree: JSONValue, over base: RunConfiguration
    ) throws -> RunConfiguration {
        func decoded(_ tree: JSONValue) throws -> RunConfiguration {
            try JSONDecoder().decode(RunConfiguration.self, from: JSONEncoder().encode(tree))
        }
        do {
            return try decoded(tree)
        } catch DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
            DecodingError.keyNotFound(_, let context), DecodingError.valueNotFound(_, let context)
        {
            let defaults = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(base))
            for (path, number) in numbers(tree, []) where context.codingPath.isEmpty {
                guard (try? decoded(replacing(defaults, at: path[...], with: number))) == nil else {
                    continue
                }
                throw RunError.badSetting(
                    path: path.joined(separator: "."), expected: "a whole number in range",
                    found: "\(number.double ?? .nan)")
            }
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw RunError.badSetting(path: path, expected: "another value", found: context.debugDescription)
        }
    }

    /// All numbers of a tree with their paths.
    private static func numbers(
        _ value: JSONValue, _ path: [String]
    ) -> [(path: [String], value: JSONValue)] {
        switch value {
        case .object(let members):
            members.sorted { $0.key < $1.key }.flatMap { numbers($0.value, path + [$0.key]) }
        case .integer, .number: [(path, value)]
        default: []
        }
    }

    private static func replacing(
        _ tree: JSONValue, at path: ArraySlice<String>, with value: JSONValue
    ) -> JSONValue {
        guard let key = path.first, case .object(var members) = tree else { return value }
        members[key] = replacing(members[key] ?? .null, at: path.dropFirst(), with: value)
        return .object(members)
    }

    /// All settings as YAML, for the run directory; every number reads back as the same number.
    public func yaml() throws -> String {
        let tree = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(self))
        let text = try YAMLEncoder().encode(self)
        guard let node = try Yams.compose(yaml: text) else { return text }
        return try Yams.serialize(node: Self.exact(node, tree))
    }

    /// The node with all digits of its numbers: YAMLEncoder keeps 15, but a resumed run must read the same
    /// number.
    private static func exact(_ node: Node, _ value: JSONValue) -> Node {
        switch (node, value) {
        case (.mapping(let mapping), .object(let members)):
            let pairs = mapping.map { key, inner in
                (key, exact(inner, key.string.flatMap { members[$0] } ?? .null))
            }
            return Node(pairs, mapping.tag, mapping.style)
        case (.sequence(let items), .array(let elements)):
            return Node(zip(items, elements).map { exact($0, $1) }, items.tag, items.style)
        case (.scalar, .number(let number)): return Node("\(number)")
        default: return node
        }
    }

    private static func node(_ text: String, _ file: String) throws -> Node? {
        do { return try Yams.compose(yaml: text) } catch {
            throw RunError.badFile(
                file: file, problem: "not YAML: \(error)".replacingOccurrences(of: "\n", with: " "))
        }
    }

    /// Lays one node over a default value.
    private static func overlay(_ node: Node?, on value: JSONValue, path: String, file: String) throws
        -> JSONValue
    {
        guard let node else { return value }
        switch value {
        case .object(let members) where !members.isEmpty:
            return try overlayTable(node, on: members, path: path, file: file)
        case .bool:
            guard let flag = node.bool else { throw wrong(path, "true or false", node) }
            return .bool(flag)
        case .integer, .number:
            guard let text = node.scalar?.string, let number = number(text) else {
                throw wrong(path, "a number", node)
            }
            return number
        case .string:
            guard let text = node.scalar?.string else { throw wrong(path, "a text", node) }
            return .string(text)
        case .array:
            guard let items = node.sequence else { throw wrong(path, "a list", node) }
            return .array(items.map(plain))
        case .object, .null: return plain(node)
        }
    }

    private static func overlayTable(
        _ node: Node, on members: [String: JSONValue], path: String, file: String
    ) throws -> JSONValue {
        guard let mapping = node.mapping else { throw wrong(path, "a table", node) }
        var members = members
        for (key, inner) in mapping {
            let name = key.scalar?.string ?? ""
            let full = path.isEmpty ? name : "\(path).\(name)"
            guard let known = members[name] else {
                let line = key.mark.map { ":\($0.line)" } ?? ""
                throw RunError.unknownSetting(
                    path: full, file: file + line,
                    nearest: nearest(name, among: members.keys.sorted()).map {
                        path.isEmpty ? $0 : "\(path).\($0)"
                    })
            }
            members[name] = try overlay(inner, on: known, path: full, file: file)
        }
        return .object(members)
    }

    private static func number(_ text: String) -> JSONValue? {
        if let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { return nil }
        return .number(number)
    }

    /// A node by YAML's own rules.
    private static func plain(_ node: Node) -> JSONValue {
        if let items = node.sequence { return .array(items.map(plain)) }
        if let mapping = node.mapping {
            let pairs = mapping.map { ($0.key.scalar?.string ?? "", plain($0.value)) }
            return .object(Dictionary(pairs, uniquingKeysWith: { $1 }))
        }
        let text = node.scalar?.string ?? ""
        if node.tag == Tag(.bool), let flag = node.bool { return .bool(flag) }
        if node.tag == Tag(.int) || node.tag == Tag(.float), let number = number(text) { return number }
        return node.null != nil && text != "" ? .null : .string(text)
    }

    private static func wrong(_ path: String, _ expected: String, _ node: Node) -> RunError {
        let found = node.scalar?.string ?? (node.sequence == nil ? "a table" : "a list")
        return .badSetting(path: path, expected: expected, found: found.isEmpty ? "nothing" : found)
    }
}

/// The known name with the fewest edits, when they are few enough for a typing error.
func nearest(_ name: String, among known: [String]) -> String? {
    func distance(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var corner = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let cost = min(row[j + 1] + 1, row[j] + 1, corner + (x == y ? 0 : 1))
                (corner, row[j + 1]) = (row[j + 1], cost)
            }
        }
        return row[b.count]
    }
    let letters = Array(name.lowercased())
    let best = known.map { ($0, distance(letters, Array($0.lowercased()))) }.min { $0.1 < $1.1 }
    guard let best, best.1 <= max(2, letters.count / 2) else { return nil }
    return best.0
}
