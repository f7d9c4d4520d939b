// An independent validator: the meaning of each keyword as JSON Schema states it.
import Foundation
import StrictJSON

/// Whether a value satisfies a schema.
struct Validator {
    let root: JSONValue

    func accepts(_ value: JSONValue, _ schema: JSONValue) -> Bool {
        guard case .object(let schema) = schema else { return schema == .bool(true) }
        if case .string(let pointer)? = schema["$ref"] { return accepts(value, target(pointer)) }
        if let any = schema["anyOf"]?.elements, !any.contains(where: { accepts(value, $0) }) { return false }
        if let one = schema["oneOf"]?.elements, one.count(where: { accepts(value, $0) }) != 1 { return false }
        if let all = schema["allOf"]?.elements, !all.allSatisfy({ accepts(value, $0) }) { return false }
        if let list = schema["enum"]?.elements, !list.contains(value) { return false }
        if let only = schema["const"], only != value { return false }
        if let types = schema["type"]?.elements ?? schema["type"].map({ [$0] }),
            !types.contains(where: { $0.text.map { holds(value, $0) } ?? false })
        {
            return false
        }
        switch value {
        case .string(let text): return accepts(text, schema)
        case .integer, .number: return acceptsNumber(value.double ?? .nan, schema)
        case .array(let items): return accepts(items, schema)
        case .object(let members): return accepts(members, schema)
        default: return true
        }
    }

    private func target(_ pointer: String) -> JSONValue {
        pointer.dropFirst(1).split(separator: "/").reduce(root) { $0.members?[String($1)] ?? .bool(false) }
    }

    private func holds(_ value: JSONValue, _ type: String) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("integer", .integer), ("number", .integer),
            ("number", .number), ("string", .string), ("array", .array), ("object", .object):
            true
        default: false
        }
    }

    private func accepts(_ text: String, _ schema: JSONObject) -> Bool {
        let count = Double(text.unicodeScalars.count)
        if let least = schema["minLength"]?.double, count < least { return false }
        if let most = schema["maxLength"]?.double, count > most { return false }
        guard let pattern = schema["pattern"]?.text else { return true }
        // A pattern that does not compile is a mistake of the test.
        let expression = try? NSRegularExpression(pattern: pattern)
        let whole = NSRange(text.startIndex..., in: text)
        return expression?.firstMatch(in: text, range: whole) != nil
    }

    private func acceptsNumber(_ value: Double, _ schema: JSONObject) -> Bool {
        if let bound = schema["minimum"]?.double, value < bound { return false }
        if let bound = schema["maximum"]?.double, value > bound { return false }
        if let bound = schema["exclusiveMinimum"]?.double, value <= bound { return false }
        if let bound = schema["exclusiveMaximum"]?.double, value >= bound { return false }
        return true
    }

    private func accepts(_ items: [JSONValue], _ schema: JSONObject) -> Bool {
        if let least = schema["minItems"]?.double, Double(items.count) < least { return false }
        if let most = schema["maxItems"]?.double, Double(items.count) > most { return false }
        let first = schema["prefixItems"]?.elements ?? []
        return items.enumerated().allSatisfy { index, item in
            accepts(item, index < first.count ? first[index] : schema["items"] ?? .bool(true))
        }
    }

    private func accepts(_ members: JSONObject, _ schema: JSONObject) -> Bool {
        let properties = schema["properties"]?.members ?? [:]
        for name in schema["required"]?.elements ?? [] where members[name.text ?? ""] == nil { return false }
        return members.allSatisfy { name, value in
            accepts(value, properties[name] ?? schema["additionalProperties"] ?? .bool(true))
        }
    }
}
