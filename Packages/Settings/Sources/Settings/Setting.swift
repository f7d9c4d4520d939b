// One setting of a group: its name, what it does, and how it is read, checked, written and described.

/// One setting of a group.
public struct Setting<Group: Sendable>: Sendable {
    /// The name in the group's table.
    public let name: String
    let read: @Sendable (SettingNode, String, inout Group) throws -> Void
    let check: @Sendable (Group, String) throws -> Void
    let write: @Sendable (Group) -> SettingNode
    let describe: @Sendable (Group, String) -> [SettingDescription]

    /// A single value.
    ///
    /// - Parameters:
    ///   - name: The name in the group's table.
    ///   - property: The value's place.
    ///   - accepted: The values that it accepts.
    ///   - summary: What it does, for the page of settings.
    /// - Returns: The entry.
    public static func value<Value>(
        _ name: String, _ property: any WritableKeyPath<Group, Value> & Sendable, _ accepted: Accepted<Value>,
        _ summary: String
    ) -> Self {
        Self(
            name: name,
            read: { node, path, group in
                let text = try node.text(at: path, expecting: accepted.expected)
                group[keyPath: property] = try naming(path, node.line) { try accepted.value(text) }
            },
            check: { group, path in try naming(path) { try accepted.check(group[keyPath: property]) } },
            write: { .scalar(accepted.text($0[keyPath: property]), isText: accepted.isText) },
            describe: {
                [
                    SettingDescription(
                        path: $1, initial: accepted.text($0[keyPath: property]), accepted: accepted.expected,
                        summary: summary)
                ]
            })
    }

    /// A list of values; a list that is read replaces the present one.
    ///
    /// - Parameters:
    ///   - name: The name in the group's table.
    ///   - property: The list's place.
    ///   - accepted: The elements that it accepts.
    ///   - least: The fewest elements.
    ///   - what: The list for messages, such as `a list of words`.
    ///   - summary: What it does, for the page of settings.
    /// - Returns: The entry.
    public static func list<Value>(
        _ name: String, _ property: any WritableKeyPath<Group, [Value]> & Sendable,
        of accepted: Accepted<Value>,
        atLeast least: Int = 0, _ what: String, _ summary: String
    ) -> Self {
        Self(
            name: name,
            read: { node, path, group in
                guard case .list(let items) = node.content, items.count >= least else {
                    throw node.bad(path, what)
                }
                group[keyPath: property] = try items.enumerated().map { index, item in
                    let place = "\(path)[\(index)]"
                    let text = try item.text(at: place, expecting: accepted.expected)
                    return try naming(place, item.line) { try accepted.value(text) }
                }
            },
            check: { group, path in
                let values = group[keyPath: property]
                guard values.count >= least else {
                    throw SettingError.bad(path: path, expected: what, found: "nothing", line: nil)
                }
                for (index, value) in values.enumerated() {
                    try naming("\(path)[\(index)]") { try accepted.check(value) }
                }
            },
            write: { group in
                SettingNode(
                    .list(
                        group[keyPath: property].map {
                            .scalar(accepted.text($0), isText: accepted.isText)
                        }))
            },
            describe: { [SettingDescription(path: $1, initial: "[]", accepted: what, summary: summary)] })
    }

    /// A group inside the group.
    public static func group<Inner: SettingGroup>(
        _ name: String, _ property: any WritableKeyPath<Group, Inner> & Sendable
    ) -> Self {
        Self(
            name: name, read: { try $2[keyPath: property].read($0, at: $1) },
            check: { try $0[keyPath: property].check(at: $1) }, write: { $0[keyPath: property].node },
            describe: { $0[keyPath: property].descriptions(at: $1) })
    }

    /// A setting of a part of the group, under the same name.
    public static func part<Inner: SettingGroup>(
        _ property: any WritableKeyPath<Group, Inner> & Sendable, _ setting: Setting<Inner>
    ) -> Self {
        Self(
            name: setting.name, read: { try setting.read($0, $1, &$2[keyPath: property]) },
            check: { try setting.check($0[keyPath: property], $1) },
            write: { setting.write($0[keyPath: property]) },
            describe: { setting.describe($0[keyPath: property], $1) })
    }

    /// A list of groups; each begins with the defaults, and the list that is read replaces the present one.
    public static func groups<Inner: SettingGroup>(
        _ name: String, _ property: any WritableKeyPath<Group, [Inner]> & Sendable, _ summary: String
    ) -> Self {
        Self(
            name: name,
            read: { node, path, group in
                guard case .list(let items) = node.content else { throw node.bad(path, "a list of tables") }
                group[keyPath: property] = try items.enumerated().map { index, item in
                    var inner = Inner()
                    try inner.read(item, at: "\(path)[\(index)]")
                    return inner
                }
            },
            check: { group, path in
                for (index, inner) in group[keyPath: property].enumerated() {
                    try inner.check(at: "\(path)[\(index)]")
                }
            },
            write: { SettingNode(.list($0[keyPath: property].map(\.node))) },
            describe: {
                [SettingDescription(path: $1, initial: "[]", accepted: "a list of tables", summary: summary)]
                    + Inner.descriptions(at: "\($1)[]")
            })
    }

    /// A table of single values by names that the user chooses; a table that is read replaces the present one.
    ///
    /// - Parameters:
    ///   - name: The name in the group's table.
    ///   - property: The table's place.
    ///   - key: What the names are, for the page of settings: `TASK`.
    ///   - accepted: The values that it accepts.
    ///   - summary: What the table does.
    /// - Returns: The entry.
    public static func values<Value>(
        _ name: String, _ property: any WritableKeyPath<Group, [String: Value]> & Sendable, by key: String,
        _ accepted: Accepted<Value>, _ summary: String
    ) -> Self {
        let what = "a table by \(key) of \(accepted.expected)"
        return Self(
            name: name,
            read: { node, path, group in
                guard case .table(let members) = node.content else { throw node.bad(path, what) }
                var values: [String: Value] = [:]
                for member in members {
                    let place = joined(path, member.name)
                    guard !member.name.isEmpty else { throw node.bad(path, "a name for each value") }
                    let text = try member.value.text(at: place, expecting: accepted.expected)
                    values[member.name] = try naming(place, member.value.line) { try accepted.value(text) }
                }
                group[keyPath: property] = values
            },
            check: { group, path in
                for (name, value) in group[keyPath: property].sorted(by: { $0.key < $1.key }) {
                    try naming(joined(path, name)) { try accepted.check(value) }
                }
            },
            write: { group in
                let members = group[keyPath: property].sorted { $0.key < $1.key }
                return SettingNode(
                    .table(
                        members.map {
                            .init($0.key, .scalar(accepted.text($0.value), isText: accepted.isText))
                        }))
            },
            describe: { [SettingDescription(path: $1, initial: "{}", accepted: what, summary: summary)] })
    }

    /// A table of groups by names that the user chooses; what a table leaves out keeps its value or default.
    ///
    /// - Parameters:
    ///   - name: The name in the group's table.
    ///   - property: The table's place.
    ///   - key: What the names are, for the page of settings: `TASK`.
    ///   - summary: What the table does.
    /// - Returns: The entry.
    public static func table<Inner: SettingGroup>(
        _ name: String, _ property: any WritableKeyPath<Group, [String: Inner]> & Sendable, by key: String,
        _ summary: String
    ) -> Self {
        Self(
            name: name,
            read: { node, path, group in
                guard case .table(let members) = node.content else { throw node.bad(path, "a table") }
                for member in members {
                    guard !member.name.isEmpty else { throw node.bad(path, "a name for each entry") }
                    try group[keyPath: property][member.name, default: Inner()].read(
                        member.value, at: joined(path, member.name))
                }
            },
            check: { group, path in
                for (name, inner) in group[keyPath: property].sorted(by: { $0.key < $1.key }) {
                    try inner.check(at: joined(path, name))
                }
            },
            write: { group in
                let members = group[keyPath: property].sorted { $0.key < $1.key }
                return SettingNode(.table(members.map { .init($0.key, $0.value.node) }))
            },
            describe: {
                [SettingDescription(path: $1, initial: "{}", accepted: "a table by \(key)", summary: summary)]
                    + Inner.descriptions(at: joined($1, key))
            })
    }
}

/// Adds path and line to what was not accepted.
private func naming<R>(_ path: String, _ line: Int? = nil, _ body: () throws -> R) throws -> R {
    do {
        return try body()
    } catch let error as NotAccepted {
        throw SettingError.bad(
            path: path, expected: error.expected, found: error.found.isEmpty ? "nothing" : error.found,
            line: line)
    }
}
