// The types of JSON Schema, and which keywords go with each.
internal import StrictJSON

/// A word of `type`.
enum SchemaType: String, CaseIterable {
    case null, boolean, integer, number, string, array, object

    var keywords: [String] {
        switch self {
        case .null, .boolean: []
        case .integer, .number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
        case .string: ["minLength", "maxLength", "pattern"]
        case .array: ["items", "prefixItems", "minItems", "maxItems", "uniqueItems"]
        case .object: ["properties", "required", "additionalProperties"]
        }
    }

    /// Whether a constant is of the type.
    func holds(_ value: OrderedJSON) -> Bool {
        switch (self, value) {
        case (.null, .null), (.boolean, .bool), (.number, .number), (.string, .string), (.array, .array),
            (.object, .object):
            true
        case (.integer, .number): value.integer != nil
        default: false
        }
    }
}

extension SchemaNode {
    /// The types that the schema names; empty when it names none.
    func types() throws(SchemaError) -> [SchemaType] {
        guard let place = self["type"] else { return [] }
        var words = [place]
        if case .array = place.value { words = try place.items("a list of types") }
        var types: [SchemaType] = []
        for word in words {
            guard let type = word.value.text.flatMap({ SchemaType(rawValue: $0) }) else {
                throw word.bad("a type: " + SchemaType.allCases.map(\.rawValue).joined(separator: ", "))
            }
            if !types.contains(type) { types.append(type) }
        }
        // Every whole number is a number already.
        return types.contains(.number) ? types.filter { $0 != .integer } : types
    }
}
