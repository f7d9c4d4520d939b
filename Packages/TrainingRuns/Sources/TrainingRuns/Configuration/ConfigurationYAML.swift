// Reads YAML over the defaults and writes it: a file may name any part of the tree, and nothing else.
//
// SettingNode+YAML.swift in Settings keeps every scalar as its text, and each setting reads the text as its own kind,
// so `no` remains a text where a text is expected.
internal import Foundation
internal import Settings

extension RunConfiguration {
    /// Reads a file and assignments over the defaults.
    ///
    /// - Parameters:
    ///   - file: A YAML file, or nil.
    ///   - assignments: Texts such as `grpo.groupSize=4`, applied in order after the file.
    ///   - base: The settings that file and assignments change.
    /// - Returns: The settings, with those of `lora.adapter`; the range of every value that was given is checked,
    ///   `validate` checks the rest.
    /// - Throws: `RunError` naming file, line, path, what was expected and what was found, and what opening the
    ///   adapter throws.
    public static func read(
        file: String?, assignments: [String] = [], over base: RunConfiguration = RunConfiguration()
    ) throws -> RunConfiguration {
        var configuration = base, named: Set<String> = []
        if let file { named.formUnion(try configuration.read(file: file)) }
        for assignment in assignments { named.formUnion(try configuration.read(assignment: assignment)) }
        try configuration.takeAdapter(named: named)
        return configuration
    }

    /// The settings of this configuration that a file does not name, by path.
    ///
    /// - Throws: `RunError.badFile` when the file cannot be read.
    func unnamedSettings(in file: String) throws -> Set<String> {
        Self.paths(node).subtracting(Self.paths(try Self.node(in: file)))
    }

    /// The settings that a tree names.
    private static func paths(_ node: SettingNode, _ path: String = "") -> Set<String> {
        guard case .table(let members) = node.content, !members.isEmpty else { return [path] }
        return members.reduce(into: []) { all, member in
            all.formUnion(paths(member.value, path.isEmpty ? member.name : "\(path).\(member.name)"))
        }
    }

    /// Lays a file over the settings; returns those that it names.
    private mutating func read(file: String) throws -> Set<String> {
        do {
            let node = try Self.node(in: file)
            try read(node)
            return Self.paths(node)
        } catch let error as SettingError {
            throw RunError(error, file: file)
        }
    }

    private static func node(in file: String) throws -> SettingNode {
        do { return try SettingNode(yamlFile: file) } catch let error as SettingsFileError {
            throw RunError.badFile(file: file, problem: error.problem)
        }
    }

    /// Lays `path=value` over the settings; returns those that it names.
    private mutating func read(assignment: String) throws -> Set<String> {
        guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
            throw RunError.badAssignment(assignment: assignment, problem: "expected path=value")
        }
        let path = assignment[..<equals].split(separator: ".", omittingEmptySubsequences: false)
        do {
            let text = String(assignment[assignment.index(after: equals)...])
            let value = try SettingNode(yaml: text, of: assignment) ?? SettingNode(.scalar("", isText: false))
            let node = value.inside(path.map(String.init))
            try read(node)
            return Self.paths(node)
        } catch let error as SettingError {
            throw RunError(error, assignment: assignment, path: String(assignment[..<equals]))
        } catch let error as SettingsFileError {
            throw RunError.badAssignment(assignment: assignment, problem: error.problem)
        }
    }

    // MARK: - Writing

    /// All settings as YAML, for the run directory; every number reads back as the same number.
    public func yaml() throws -> String { try node.yaml() }
}
