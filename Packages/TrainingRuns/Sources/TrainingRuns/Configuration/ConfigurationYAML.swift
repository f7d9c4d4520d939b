// Reads YAML over the defaults and writes it: a file may name any part of the tree, and nothing else.
//
// The tree keeps every scalar as its text, and each setting reads the text as its own kind, so `no` remains a text
// where a text is expected.
internal import Basics
internal import Foundation
internal import Settings
internal import Yams

extension RunConfiguration {
    /// Reads a file and assignments over the defaults.
    ///
    /// - Parameters:
    ///   - file: A YAML file, or nil.
    ///   - assignments: Texts such as `grpo.groupSize=4`, applied in order after the file.
    ///   - base: The settings that file and assignments change.
    /// - Returns: The settings; the range of every value that was given is checked, `validate` checks the rest.
    /// - Throws: `RunError` naming file, line, path, what was expected and what was found.
    public static func read(
        file: String?, assignments: [String] = [], over base: RunConfiguration = RunConfiguration()
    ) throws -> RunConfiguration {
        var configuration = base
        if let file { try configuration.read(file: file) }
        for assignment in assignments { try configuration.read(assignment: assignment) }
        return configuration
    }

    /// The settings of this configuration that a file does not name, by path.
    ///
    /// - Throws: `RunError.badFile` when the file cannot be read.
    func unnamedSettings(in file: String) throws -> Set<String> {
        func paths(_ node: SettingNode, _ path: String) -> Set<String> {
            guard case .table(let members) = node.content, !members.isEmpty else { return [path] }
            return members.reduce(into: []) { all, member in
                all.formUnion(paths(member.value, path.isEmpty ? member.name : "\(path).\(member.name)"))
            }
        }
        return paths(node, "").subtracting(paths(try Self.node(in: file), ""))
    }

    private mutating func read(file: String) throws {
        let node = try Self.node(in: file)
        do { try read(node) } catch let error as SettingError {
            throw RunError(error, file: file)
        }
    }

    private static func node(in file: String) throws -> SettingNode {
        let bytes: [UInt8]
        do { bytes = try readRegularFile(file, atMost: 1 << 24) } catch let error as FileError {
            throw RunError.badFile(file: file, problem: error.reason)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw RunError.badFile(file: file, problem: "not UTF-8 text")
        }
        guard let node = try Self.node(text, file) else {
            throw RunError.badFile(file: file, problem: "the file has no settings")
        }
        return node
    }

    /// Lays `path=value` over the settings.
    private mutating func read(assignment: String) throws {
        guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
            throw RunError.badAssignment(assignment: assignment, problem: "expected path=value")
        }
        let path = assignment[..<equals].split(separator: ".", omittingEmptySubsequences: false)
        do {
            let text = String(assignment[assignment.index(after: equals)...])
            let value = try Self.node(text, assignment) ?? SettingNode(.scalar("", isText: false))
            try read(
                path.reversed().reduce(value) { inner, name in
                    SettingNode(.table([.init(String(name), inner)]))
                })
        } catch let error as SettingError {
            throw RunError(error, assignment: assignment, path: String(assignment[..<equals]))
        } catch RunError.badFile(_, let problem) {
            throw RunError.badAssignment(assignment: assignment, problem: problem)
        }
    }

    private static func node(_ text: String, _ file: String) throws -> SettingNode? {
        do {
            return try Yams.compose(yaml: text).map { try settingNode($0) }
        } catch let error as RunError {
            throw error
        } catch {
            throw RunError.badFile(
                file: file, problem: "not YAML: \(error)".replacingOccurrences(of: "\n", with: " "))
        }
    }

    private static func settingNode(_ node: Node) throws -> SettingNode {
        let line = node.mark?.line
        if let items = node.sequence { return SettingNode(.list(try items.map(settingNode)), line: line) }
        guard let mapping = node.mapping else {
            return SettingNode(.scalar(node.scalar?.string ?? "", isText: false), line: line)
        }
        let members = try mapping.map { key, value in
            // A value that spans lines starts below its name; errors name the line of the name.
            let inner = try settingNode(value)
            return SettingNode.Member(
                key.scalar?.string ?? "", SettingNode(inner.content, line: key.mark?.line ?? inner.line))
        }
        return SettingNode(.table(members), line: line)
    }

    // MARK: - Writing

    /// All settings as YAML, for the run directory; every number reads back as the same number.
    public func yaml() throws -> String { try Yams.serialize(node: Self.yaml(node)) }

    private static func yaml(_ node: SettingNode) -> Node {
        switch node.content {
        case .scalar(let text, let isText):
            // A text that YAML would take for something else is quoted, for other readers of the file.
            let isPlain = !isText || Resolver.default.resolveTag(of: Node(text)) == .str && !text.isEmpty
            return Node(text, isText ? Tag(.str) : .implicit, isPlain ? .any : .singleQuoted)
        case .list(let items): return Node(items.map(yaml), .implicit, items.isEmpty ? .flow : .any)
        case .table(let members):
            return Node(
                members.map { (Node($0.name), yaml($0.value)) }, .implicit, members.isEmpty ? .flow : .any)
        }
    }
}
