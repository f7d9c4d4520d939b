// Settings as they are written, before their kinds are known: a tree of texts, lists and tables.

/// A part of a settings file, or of an assignment.
public struct SettingNode: Sendable, Equatable {
    /// What the part is.
    public enum Content: Sendable, Equatable {
        /// A single word, number or text; `isText` when only quotes would keep its kind in YAML.
        case scalar(String, isText: Bool)
        /// Several values.
        case list([SettingNode])
        /// Named values in the order of the file.
        case table([Member])
    }

    /// One named value.
    public struct Member: Sendable, Equatable {
        /// The name.
        public let name: String
        /// The value.
        public let value: SettingNode

        /// Pairs a name with its value.
        public init(_ name: String, _ value: SettingNode) { (self.name, self.value) = (name, value) }
    }

    /// What the part is.
    public let content: Content
    /// The line of the file that it is on, from 1; nil outside files.
    public let line: Int?

    /// A part of a file.
    public init(_ content: Content, line: Int? = nil) { (self.content, self.line) = (content, line) }

    /// The part inside tables with these names, the outermost first.
    public func inside(_ names: [String]) -> SettingNode {
        names.reversed().reduce(self) { inner, name in SettingNode(.table([.init(name, inner)])) }
    }

    /// A word, number or text.
    static func scalar(_ text: String, isText: Bool) -> SettingNode {
        SettingNode(.scalar(text, isText: isText))
    }

    /// The part for messages.
    var summary: String {
        switch content {
        case .scalar(let text, _): text.isEmpty ? "nothing" : text
        case .list(let items): "a list of \(items.count)"
        case .table: "a table"
        }
    }

    /// The text; throws `SettingError.bad` for lists and tables.
    func text(at path: String, expecting expected: String) throws -> String {
        guard case .scalar(let text, _) = content else { throw bad(path, expected) }
        return text
    }

    /// The error for this part.
    func bad(_ path: String, _ expected: String) -> SettingError {
        .bad(path: path, expected: expected, found: summary, line: line)
    }
}
