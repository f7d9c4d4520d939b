// Turns a JSON schema into a graph of kinds of values. The scalar keywords are in SchemaCompiler+Scalars.swift.
internal import StrictJSON

/// Reads one schema.
struct SchemaCompiler {
    /// The most bytes of a schema.
    static let mostBytes = 1 << 18
    /// The most kinds of values.
    static let mostKinds = 5_000
    /// The most states of all machines together.
    static let mostStates = 200_000
    /// The most properties of an object.
    private static let mostProperties = 500
    /// The deepest nesting of references that are followed without a value between them.
    private static let deepest = 64

    private let root: OrderedJSON
    private var graph = ValueGraph()
    /// The kinds behind references.
    private var references: [String: Int] = [:]
    private var states = 0
    private var depth = 0
    /// Any JSON value, once it is needed.
    private var anything: Int?

    /// The graph of a schema.
    static func graph(of schema: OrderedJSON) throws(SchemaError) -> ValueGraph {
        var compiler = SchemaCompiler(root: schema)
        compiler.references["#"] = try compiler.add(.unknown, "")
        let root = try compiler.kind(SchemaNode(value: schema, path: ""))
        compiler.graph.replace(compiler.references["#"] ?? root, .choice([root]))
        return try compiler.finished(root)
    }

    /// The graph of any JSON object.
    static func anyObject() throws(SchemaError) -> ValueGraph {
        var compiler = SchemaCompiler(root: .bool(true))
        let any = try compiler.anyValue("")
        let root = try compiler.add(.object(.init(properties: [], others: any)), "")
        return try compiler.finished(root)
    }

    private init(root: OrderedJSON) { self.root = root }

    private func finished(_ root: Int) throws(SchemaError) -> ValueGraph {
        var graph = graph
        graph.root = root
        do { try graph.finish() } catch { throw SchemaError("", error.description) }
        guard graph.heights[root] <= ValueGraph.deepest else {
            throw SchemaError(
                "",
                "no finite value satisfies it within \(ValueGraph.deepest) levels: a part requires itself "
                    + "again and again, or items that are not allowed")
        }
        return graph
    }

    /// Adds a kind; throws when there are too many.
    mutating func add(_ kind: ValueGraph.Kind, _ path: String) throws(SchemaError) -> Int {
        if case .machine(let machine) = kind { states += machine.stateCount }
        guard graph.kinds.count < Self.mostKinds, states <= Self.mostStates else {
            throw SchemaError(
                path, "the schema is too large: at most \(Self.mostKinds) parts and \(Self.mostStates) states"
            )
        }
        return graph.add(kind)
    }

    /// Adds a machine, with its problem as an error of the place.
    mutating func add(
        _ path: String, _ machine: () throws(MachineError) -> ByteMachine
    ) throws(SchemaError) -> Int {
        let built: ByteMachine
        do { built = try machine() } catch { throw SchemaError(path, error.description) }
        return try add(.machine(built), path)
    }

    // MARK: - Kinds

    /// The kind of the values that a schema allows.
    private mutating func kind(_ node: SchemaNode) throws(SchemaError) -> Int {
        guard depth < Self.deepest else { throw node.error("nested deeper than \(Self.deepest) levels") }
        depth += 1
        defer { depth -= 1 }
        switch node.value {
        case .bool(true): return try anyValue(node.path)
        case .bool(false): throw node.error("no value satisfies false")
        case .object: break
        default: throw node.bad("a schema: an object, true or false")
        }
        if node["$ref"] != nil { return try reference(node) }
        for word in ["anyOf", "oneOf", "allOf"] where node[word] != nil { return try combination(node, word) }
        if node["const"] != nil || node["enum"] != nil { return try constants(node) }
        let types = try node.types()
        if types.isEmpty {
            guard node.keywords.isEmpty else {
                throw node.error("type is missing beside \(node.keywords[0])")
            }
            return try anyValue(node.path)
        }
        try node.allow(["type"] + types.flatMap(\.keywords))
        var kinds: [Int] = []
        for type in types { kinds.append(try kind(type, node)) }
        return kinds.count == 1 ? kinds[0] : try add(.choice(kinds), node.path)
    }

    private mutating func kind(_ type: SchemaType, _ node: SchemaNode) throws(SchemaError) -> Int {
        switch type {
        case .null: try words(["null"], node.path)
        case .boolean: try words(["true", "false"], node.path)
        case .integer, .number: try number(type, node)
        case .string: try string(node)
        case .array: try list(node)
        case .object: try object(node)
        }
    }

    mutating func words(_ words: [String], _ path: String) throws(SchemaError) -> Int {
        try add(path) { () throws(MachineError) in try ByteMachine(texts: words.map { Array($0.utf8) }) }
    }

    /// Any JSON value.
    private mutating func anyValue(_ path: String) throws(SchemaError) -> Int {
        if let anything { return anything }
        let any = try add(.unknown, path)
        anything = any
        let numbers = try number(.number, SchemaNode(value: .object([]), path: path))
        let kinds = [
            try words(["null", "true", "false"], path), numbers, try add(.string(least: 0, most: nil), path),
            try add(.list(.init(first: [], others: any, least: 0, most: nil)), path),
            try add(.object(.init(properties: [], others: any)), path),
        ]
        graph.replace(any, .choice(kinds))
        return any
    }

    private mutating func reference(_ node: SchemaNode) throws(SchemaError) -> Int {
        try node.allow(["$ref"])
        let target = try target(of: node)
        guard let pointer = node["$ref"]?.value.text else { throw node.error("$ref is not a text") }
        if let known = references[pointer] { return known }
        let number = try add(.unknown, node.path)
        references[pointer] = number
        graph.replace(number, .choice([try kind(target)]))
        return number
    }

    /// The schema that `$ref` names.
    func target(of node: SchemaNode) throws(SchemaError) -> SchemaNode {
        guard let place = node["$ref"], let pointer = place.value.text else {
            throw node.error("$ref is not a text")
        }
        guard pointer == "#" || pointer.hasPrefix("#/") else {
            throw place.error(
                "only references inside the schema are followed, such as #/$defs/name; found \(pointer)")
        }
        var target = SchemaNode(value: root, path: "")
        guard pointer != "#" else { return target }
        for part in pointer.dropFirst(2).split(separator: "/", omittingEmptySubsequences: false) {
            let key = part.split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
                .split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
            var next = target[key]
            if case .array(let items) = target.value, let index = Int(key), items.indices.contains(index) {
                next = SchemaNode(value: items[index], path: "\(target.path)/\(index)")
            }
            guard let next else { throw place.error("nothing is at \(pointer)") }
            target = next
        }
        return target
    }

    private mutating func combination(_ node: SchemaNode, _ word: String) throws(SchemaError) -> Int {
        try node.allow([word])
        guard let parts = try node[word]?.items("a list of schemas") else { throw node.error("no \(word)") }
        if word == "allOf", parts.count > 1 {
            throw SchemaError(
                node.inside(word), "only one schema is supported in allOf, found \(parts.count)")
        }
        if word == "oneOf" { try requireDisjoint(parts) }
        var kinds: [Int] = []
        for part in parts { kinds.append(try kind(part)) }
        return kinds.count == 1 ? kinds[0] : try add(.choice(kinds), node.path)
    }

    // MARK: - Containers

    private mutating func list(_ node: SchemaNode) throws(SchemaError) -> Int {
        let (least, most) = try node.counts("minItems", "maxItems")
        if let unique = node["uniqueItems"], unique.value != .bool(false) {
            throw unique.error("unique items are not supported")
        }
        var list = ValueGraph.List(first: [], others: nil, least: least, most: most)
        if let first = node["prefixItems"] {
            for item in try first.items("a list of schemas") { list.first.append(try kind(item)) }
        }
        switch node["items"] {
        case nil where list.first.isEmpty: list.others = try anyValue(node.path)
        case nil: list.others = nil
        case let items?: if items.value != .bool(false) { list.others = try kind(items) }
        }
        if list.others == nil {
            guard least <= list.first.count else {
                throw node.error("minItems is \(least), but only \(list.first.count) items are described")
            }
            list.most = min(most ?? list.first.count, list.first.count)
        }
        return try add(.list(list), node.path)
    }

    private mutating func object(_ node: SchemaNode) throws(SchemaError) -> Int {
        var required: [String] = []
        if let names = node["required"] {
            guard case .array(let items) = names.value else { throw names.bad("a list of names") }
            for item in items {
                guard let name = item.text else { throw names.bad("a list of names") }
                required.append(name)
            }
        }
        let members = try node["properties"]?.members("an object of schemas") ?? []
        guard members.count + required.count <= Self.mostProperties else {
            throw node.error("at most \(Self.mostProperties) properties and required names are supported")
        }
        var others: Int?
        switch node["additionalProperties"] {
        case nil: others = node["properties"] == nil ? try anyValue(node.path) : nil
        case let more?: if more.value != .bool(false) { others = try kind(more) }
        }
        var properties: [ValueGraph.Property] = []
        func property(_ name: String, _ kind: Int) -> ValueGraph.Property {
            .init(
                name: name, text: Array((OrderedJSON.quoted(name) + ":").utf8),
                isRequired: required.contains(name), kind: kind)
        }
        for (name, schema) in members {
            guard !properties.contains(where: { $0.name == name }) else {
                throw schema.error("two names that differ only in how their characters are composed")
            }
            if schema.value == .bool(false), others == nil, !required.contains(name) { continue }
            properties.append(property(name, try kind(schema)))
        }
        for name in required where !properties.contains(where: { $0.name == name }) {
            guard let others else {
                throw SchemaError(
                    node.inside("required"), "\(OrderedJSON.quoted(name)) is not among the properties")
            }
            properties.append(property(name, others))
        }
        return try add(.object(.init(properties: properties, others: others)), node.path)
    }
}
