// The schema of a file as a tree, with the levels of each node (the Dremel encoding).
// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md describes lists and maps.

/// A node of the schema.
struct SchemaNode {
    /// What a node holds.
    enum Kind {
        case leaf(LeafType, index: Int)
        case group([SchemaNode])
        /// A list: its element, whose repetition level is `repetition`.
        indirect case list(SchemaNode, repetition: Int, definition: Int)
        /// A map: key and value.
        indirect case map(SchemaNode, repetition: Int, definition: Int)
    }

    let name: String
    let kind: Kind
    /// The definition level at which the node is not null.
    let definition: Int
    /// The first and last leaf below the node.
    let leaves: Range<Int>
}

/// A column of values.
struct Leaf {
    let path: [String]
    let type: LeafType
    let maxDefinition: Int
    let maxRepetition: Int
    var name: String { path.joined(separator: ".") }
}

/// Builds the tree from the flat list of the footer.
struct SchemaBuilder {
    /// The most levels of nesting.
    private static let depthLimit = 40
    private let elements: [ThriftValue]
    private var position = 1
    private(set) var leaves: [Leaf] = []

    /// The columns and leaves of a footer's schema; throws ``ParquetError``.
    static func build(_ elements: [ThriftValue]) throws(ParquetError) -> (
        columns: [SchemaNode], leaves: [Leaf]
    ) {
        guard let root = elements.first, let count = root[5]?.int, count >= 0 else {
            throw ParquetError("its schema has no root")
        }
        var builder = SchemaBuilder(elements: elements)
        let columns = try builder.children(Int(clamping: count), path: [], definition: 0, repetition: 0)
        return (columns, builder.leaves)
    }

    private init(elements: [ThriftValue]) { self.elements = elements }

    private mutating func children(
        _ count: Int, path: [String], definition: Int, repetition: Int
    ) throws(ParquetError) -> [SchemaNode] {
        var nodes: [SchemaNode] = []
        guard (0...(elements.count - position)).contains(count) else {
            throw ParquetError("its schema says \(count) columns, \(elements.count - position) are left")
        }
        for _ in 0..<count {
            nodes.append(try node(path: path, definition: definition, repetition: repetition))
        }
        return nodes
    }

    private mutating func node(
        path: [String], definition: Int, repetition: Int
    ) throws(ParquetError) -> SchemaNode {
        guard position < elements.count else {
            throw ParquetError("its schema has fewer columns than it says")
        }
        guard path.count < Self.depthLimit else { throw ParquetError("its schema is nested too deep") }
        let element = elements[position]
        guard let name = element[4]?.text else { throw ParquetError("a column of its schema has no name") }
        position += 1
        let form = element[3]?.int ?? 0
        guard (0...2).contains(form) else {
            throw ParquetError(column: name, "an unknown repetition \(form)")
        }
        let path = path + [name]
        guard form == 2 else {
            return try plain(element, name, path, definition: definition + Int(form), repetition: repetition)
        }
        // A repeated field outside a list is a list of its own.
        let inner = try plain(element, name, path, definition: definition + 1, repetition: repetition + 1)
        return SchemaNode(
            name: name, kind: .list(inner, repetition: repetition + 1, definition: definition + 1),
            definition: definition, leaves: inner.leaves)
    }

    /// A node that is not repeated itself.
    private mutating func plain(
        _ element: ThriftValue, _ name: String, _ path: [String], definition: Int, repetition: Int
    ) throws(ParquetError) -> SchemaNode {
        let first = leaves.count
        guard let count = element[5]?.int, count > 0 || element[1] == nil else {
            let type = try LeafType(element, column: path.joined(separator: "."))
            leaves.append(Leaf(path: path, type: type, maxDefinition: definition, maxRepetition: repetition))
            return SchemaNode(
                name: name, kind: .leaf(type, index: first), definition: definition, leaves: first..<first + 1
            )
        }
        let nodes = try children(
            Int(clamping: count), path: path, definition: definition, repetition: repetition)
        guard !nodes.isEmpty else { throw ParquetError(column: name, "a group without fields") }
        let isList = element[6]?.int == 3 || element[10]?[3] != nil
        let isMap = element[6]?.int == 1 || element[6]?.int == 2 || element[10]?[2] != nil
        var kind = SchemaNode.Kind.group(nodes)
        if nodes.count == 1, case .list(let inner, let level, let present) = nodes[0].kind {
            if isMap, case .group(let pair) = inner.kind, pair.count == 2 {
                kind = .map(inner, repetition: level, definition: present)
            } else if isList {
                kind = .list(Self.listElement(inner, of: name), repetition: level, definition: present)
            }
        }
        return SchemaNode(name: name, kind: kind, definition: definition, leaves: first..<leaves.count)
    }

    /// The element of a list: the only field of the repeated group, or the group itself in files of old writers.
    private static func listElement(_ repeated: SchemaNode, of list: String) -> SchemaNode {
        guard case .group(let fields) = repeated.kind, fields.count == 1, repeated.name != "array",
            repeated.name != "\(list)_tuple"
        else { return repeated }
        return fields[0]
    }
}
