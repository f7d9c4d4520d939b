// The settings of a run by path, from config.yaml.
internal import Settings

/// The settings of a run.
struct RunSettingsTable: Equatable {
    /// One setting.
    struct Entry: Equatable {
        /// The path, such as `grpo.loss.clipLow`.
        let path: String
        /// The value as it is written.
        let value: String
    }

    /// All settings in the order of the file.
    let entries: [Entry]

    /// Reads a file.
    ///
    /// - Throws: `RunReportError.badFile`.
    init(_ file: String) throws {
        do { entries = Self.flat(try SettingNode(yamlFile: file), "") } catch let error as SettingsFileError {
            throw RunReportError.badFile(file: file, problem: error.problem)
        }
    }

    /// The value under a path; nil when the file does not have it, or nothing under it.
    subscript(path: String) -> String? {
        entries.first { $0.path == path }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    private static func flat(_ node: SettingNode, _ path: String) -> [Entry] {
        guard case .table(let members) = node.content, !members.isEmpty else {
            return [Entry(path: path, value: text(node))]
        }
        return members.flatMap { flat($0.value, path.isEmpty ? $0.name : "\(path).\($0.name)") }
    }

    private static func text(_ node: SettingNode) -> String {
        switch node.content {
        case .scalar(let text, _): text
        case .list(let items): "[" + items.map(text).joined(separator: ", ") + "]"
        case .table(let members):
            "{" + members.map { "\($0.name): \(text($0.value))" }.joined(separator: ", ") + "}"
        }
    }
}
