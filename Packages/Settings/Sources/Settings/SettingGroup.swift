// A group of settings is a struct that lists its settings; reading, checking, writing and documentation follow
// from the list.

/// A struct whose properties are settings.
public protocol SettingGroup: Sendable, Equatable {
    /// The defaults.
    init()

    /// All settings, in the order in which they are written.
    static var settings: [Setting<Self>] { get }
}

extension SettingGroup {
    /// Reads a table over the present values; settings that it does not name keep theirs.
    ///
    /// - Parameters:
    ///   - node: The table.
    ///   - path: The path of the group, empty at the top.
    /// - Throws: ``SettingError`` for an unknown name, a value of another kind and a value out of range.
    public mutating func read(_ node: SettingNode, at path: String = "") throws {
        guard case .table(let members) = node.content else { throw node.bad(path, "a table of settings") }
        let settings = Self.settings
        for member in members {
            let full = joined(path, member.name)
            guard let setting = settings.first(where: { $0.name == member.name }) else {
                throw SettingError.unknown(
                    path: full,
                    nearest: nearest(member.name, among: settings.map(\.name)).map { joined(path, $0) },
                    line: member.value.line)
            }
            try setting.read(member.value, full, &self)
        }
    }

    /// Reads one setting from a text, as in `--set` without lists and tables.
    ///
    /// - Throws: ``SettingError``; then nothing is changed.
    public mutating func set(_ name: String, to text: String) throws {
        try read(SettingNode(.table([.init(name, .scalar(text, isText: true))])))
    }

    /// Checks the ranges of all values; throws ``SettingError``.
    public func check(at path: String = "") throws {
        for setting in Self.settings { try setting.check(self, joined(path, setting.name)) }
    }

    /// All values as a table.
    public var node: SettingNode {
        SettingNode(.table(Self.settings.map { .init($0.name, $0.write(self)) }))
    }

    /// A description of each setting, those of inner groups included.
    public static func descriptions(at path: String = "") -> [SettingDescription] {
        Self().descriptions(at: path)
    }

    func descriptions(at path: String) -> [SettingDescription] {
        Self.settings.flatMap { $0.describe(self, joined(path, $0.name)) }
    }
}

/// One setting for a page of documentation.
public struct SettingDescription: Sendable, Equatable {
    /// The path, such as `grpo.loss.clipLow`.
    public let path: String
    /// The default as it is written; empty for none.
    public let initial: String
    /// The accepted values.
    public let accepted: String
    /// What the setting does.
    public let summary: String
}

func joined(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
