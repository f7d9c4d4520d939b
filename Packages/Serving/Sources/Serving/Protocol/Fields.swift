// Typed access to the fields of a request; every error names the field.
internal import StrictJSON

/// The fields of an object of a request.
struct Fields {
    private let members: [OrderedJSON.Member]
    /// The path of the object, empty at the top.
    let path: String

    /// The fields of a value; throws for anything but an object.
    init(_ value: OrderedJSON, path: String = "") throws(APIError) {
        guard case .object(let members) = value else {
            throw .bad(path.isEmpty ? nil : path, "expected an object, found \(Self.summary(value))")
        }
        (self.members, self.path) = (members, path)
    }

    func inside(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The keys.
    var keys: [String] { members.map(\.key) }

    /// The value of a key; null counts as absent.
    subscript(key: String) -> OrderedJSON? {
        let value = members.first { $0.key == key }?.value
        return value == .null ? nil : value
    }

    func bad(_ key: String, _ expected: String) -> APIError {
        guard let value = self[key] else { return .bad(inside(key), "expected \(expected), found nothing") }
        return .bad(inside(key), "expected \(expected), found \(Self.summary(value))")
    }

    /// A number for a message, `"a text"`, `a list of 3`.
    static func summary(_ value: OrderedJSON) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .number(let text): "the number \(text.prefix(40))"
        case .string(let text): "the text \(OrderedJSON.quoted(String(text.prefix(40))))"
        case .array(let items): "a list of \(items.count)"
        case .object: "an object"
        }
    }

    func text(_ key: String) throws(APIError) -> String? {
        guard let value = self[key] else { return nil }
        guard case .string(let text) = value else { throw bad(key, "a text") }
        return text
    }

    func flag(_ key: String) throws(APIError) -> Bool? {
        guard let value = self[key] else { return nil }
        guard case .bool(let flag) = value else { throw bad(key, "true or false") }
        return flag
    }

    func object(_ key: String) throws(APIError) -> Fields? {
        guard let value = self[key] else { return nil }
        return try Fields(value, path: inside(key))
    }

    func list(_ key: String, _ what: String) throws(APIError) -> [OrderedJSON]? {
        guard let value = self[key] else { return nil }
        guard case .array(let items) = value else { throw bad(key, what) }
        return items
    }

    /// A whole number; `1.0` and `1e2` are whole numbers too, as JSON does not tell them apart.
    func whole(_ key: String, _ range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let value = self[key] else { return nil }
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard case .number(let text) = value,
            let number = Int(text) ?? Double(text).flatMap({ Int(exactly: $0) }), range.contains(number)
        else { throw bad(key, expected) }
        return number
    }

    /// A number.
    func number(
        _ key: String, _ range: ClosedRange<Double>, above least: Double? = nil
    ) throws(APIError) -> Double? {
        guard let value = self[key] else { return nil }
        let from =
            least == nil ? "from \(Self.short(range.lowerBound))" : "above \(Self.short(range.lowerBound))"
        guard case .number(let text) = value, let number = Double(text), range.contains(number),
            least.map({ number > $0 }) ?? true
        else { throw bad(key, "a number \(from) to \(Self.short(range.upperBound))") }
        return number
    }

    private static func short(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }
}
