// When no value can satisfy two schemas, which oneOf needs.
internal import StrictJSON

extension SchemaCompiler {
    /// Throws unless no value can satisfy two of the schemas: `oneOf` would refuse it.
    func requireDisjoint(_ parts: [SchemaNode]) throws(SchemaError) {
        guard parts.count <= ValueGraph.mostChoices else {
            throw SchemaError(parts[0].path, "one of more than \(ValueGraph.mostChoices) schemas")
        }
        var resolved: [SchemaNode] = []
        for part in parts { resolved.append(part["$ref"] == nil ? part : try target(of: part)) }
        for (index, part) in resolved.enumerated() {
            for other in resolved[..<index] {
                if try areDisjoint(part, other) { continue }
                throw parts[index].error(
                    "may allow the same value as a part before it, which oneOf forbids; use anyOf, give the parts "
                        + "different types, or a required property with different constants")
            }
        }
    }

    private func areDisjoint(_ a: SchemaNode, _ b: SchemaNode) throws(SchemaError) -> Bool {
        if let one = try constants(of: a), let other = try constants(of: b) {
            return !one.contains { other.contains($0) }
        }
        let (one, other) = (try kinds(of: a), try kinds(of: b))
        guard !one.isEmpty, !other.isEmpty else { return false }
        if !one.contains(where: other.contains) { return true }
        guard one == [.object], other == [.object] else { return false }
        let tags = try tags(b)
        for tag in try self.tags(a) {
            let same = tags.filter { $0.name == tag.name }
            if same.contains(where: { !$0.values.contains { tag.values.contains($0) } }) { return true }
        }
        return false
    }

    /// The types of a schema's values; empty when they are not evident.
    private func kinds(of node: SchemaNode) throws(SchemaError) -> [SchemaType] {
        let types = try node.types().map { $0 == .integer ? SchemaType.number : $0 }
        if !types.isEmpty { return types }
        return try constants(of: node)?.compactMap { value in
            [.null, .boolean, .number, .string, .array, .object].first { $0.holds(value) }
        } ?? []
    }

    /// The constants of a schema, texts and words only: numbers and containers have several forms.
    private func constants(of node: SchemaNode) throws(SchemaError) -> [OrderedJSON]? {
        var values: [OrderedJSON] = []
        if let value = node["const"]?.value {
            values = [value]
        } else if let list = node["enum"] {
            values = try list.items("a list of values").map(\.value)
        }
        let areSimple = values.allSatisfy { value in
            switch value {
            case .string, .bool, .null: true
            default: false
            }
        }
        return areSimple && !values.isEmpty ? values : nil
    }

    /// The required properties that are constants.
    private func tags(_ node: SchemaNode) throws(SchemaError) -> [(name: String, values: [OrderedJSON])] {
        guard case .array(let required)? = node["required"]?.value else { return [] }
        var tags: [(name: String, values: [OrderedJSON])] = []
        for (name, property) in try node["properties"]?.members("an object of schemas") ?? []
        where required.contains(.string(name)) {
            if let values = try constants(of: property) { tags.append((name, values)) }
        }
        return tags
    }
}
