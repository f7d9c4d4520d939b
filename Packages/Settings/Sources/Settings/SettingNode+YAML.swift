// Settings in YAML files: a tree of texts, read and written.
//
// The tree keeps every scalar as its text, and each setting reads the text as its own kind, so `no` remains a text
// where a text is expected.
internal import Basics
internal import Yams

/// A file of settings that cannot be read.
public struct SettingsFileError: Error, Equatable, CustomStringConvertible {
    /// The file.
    public let file: String
    /// What is wrong with it.
    public let problem: String

    /// The file and the problem.
    public var description: String { "\(file): \(problem)" }
}

extension SettingNode {
    /// Reads a YAML file.
    ///
    /// - Throws: ``SettingsFileError`` for a file that cannot be read, is not YAML or has no settings.
    public init(yamlFile file: String) throws {
        let bytes: [UInt8]
        do { bytes = try readRegularFile(file, atMost: 1 << 24) } catch let error as FileError {
            throw SettingsFileError(file: file, problem: error.reason)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SettingsFileError(file: file, problem: "not UTF-8 text")
        }
        guard let node = try SettingNode(yaml: text, of: file) else {
            throw SettingsFileError(file: file, problem: "the file has no settings")
        }
        self = node
    }

    /// Reads YAML text; nil for a text without any value.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - file: Its name in messages.
    /// - Throws: ``SettingsFileError``.
    public init?(yaml text: String, of file: String) throws {
        do {
            guard let node = try Yams.compose(yaml: text) else { return nil }
            self.init(node)
        } catch {
            throw SettingsFileError(
                file: file,
                problem: "not YAML: \(error)".split(whereSeparator: \.isNewline).joined(separator: " "))
        }
    }

    private init(_ node: Node) {
        let line = node.mark?.line
        if let items = node.sequence {
            self.init(.list(items.map { SettingNode($0) }), line: line)
            return
        }
        guard let mapping = node.mapping else {
            self.init(.scalar(node.scalar?.string ?? "", isText: false), line: line)
            return
        }
        let members = mapping.map { key, value in
            // A value that spans lines starts below its name; errors name the line of the name.
            let inner = SettingNode(value)
            return Member(
                key.scalar?.string ?? "", SettingNode(inner.content, line: key.mark?.line ?? inner.line))
        }
        self.init(.table(members), line: line)
    }

    /// The tree as YAML; every number reads back as the same number.
    ///
    /// - Returns: The text.
    /// - Throws: What the YAML library throws.
    public func yaml() throws -> String { try Yams.serialize(node: yamlNode) }

    private var yamlNode: Node {
        switch content {
        case .scalar(let text, let isText):
            // A text that YAML would take for something else is quoted, for other readers of the file.
            let isPlain = !isText || Resolver.default.resolveTag(of: Node(text)) == .str && !text.isEmpty
            return Node(text, isText ? Tag(.str) : .implicit, isPlain ? .any : .singleQuoted)
        case .list(let items): return Node(items.map(\.yamlNode), .implicit, items.isEmpty ? .flow : .any)
        case .table(let members):
            return Node(
                members.map { (Node($0.name), $0.value.yamlNode) }, .implicit, members.isEmpty ? .flow : .any)
        }
    }
}
