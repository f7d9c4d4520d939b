// One schema object with its place: typed access to its keywords.
internal import StrictJSON

/// A part of a schema, and where it is.
struct SchemaNode {
    let value: OrderedJSON
    /// As a JSON pointer.
    let path: String

    /// The largest length or number of items that a keyword may name.
    static let mostCount = 1_000_000

    /// Keywords that only describe; they allow every value.
    static let annotations: Set<String> = [
        "title", "description", "default", "example", "examples", "$schema", "$id", "$comment", "deprecated",
        "readOnly", "writeOnly", "discriminator", "$defs", "definitions",
    ]

    /// The keywords that are not annotations, in the order of the text.
    var keywords: [String] {
        guard case .object(let members) = value else { return [] }
        return members.map(\.key).filter { !Self.annotations.contains($0) }
    }

    /// The part under a keyword.
    subscript(key: String) -> SchemaNode? { value[key].map { SchemaNode(value: $0, path: inside(key)) } }

    /// The items of a list; throws for another value and for an empty list.
    func items(_ what: String) throws(SchemaError) -> [SchemaNode] {
        guard case .array(let items) = value, !items.isEmpty else { throw bad(what) }
        return items.enumerated().map { SchemaNode(value: $1, path: "\(path)/\($0)") }
    }

    /// The members of an object.
    func members(_ what: String) throws(SchemaError) -> [(key: String, node: SchemaNode)] {
        guard case .object(let members) = value else { throw bad(what) }
        return members.map { ($0.key, SchemaNode(value: $0.value, path: inside($0.key))) }
    }

    /// The pointer of a member.
    func inside(_ key: String) -> String {
        path + "/"
            + key.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0")
            .split(separator: "/", omittingEmptySubsequences: false).joined(separator: "~1")
    }

    /// The error for a value of another kind.
    func bad(_ expected: String) -> SchemaError {
        let text = value.compact
        let found = text.utf8.count > 60 ? "\(text.prefix(60))..." : text
        return SchemaError(path, "expected \(expected), found \(found)")
    }

    func error(_ problem: String) -> SchemaError { SchemaError(path, problem) }

    /// A number of things under a keyword.
    func count(_ key: String) throws(SchemaError) -> Int? {
        guard let node = self[key] else { return nil }
        guard let value = node.value.integer, value >= 0, value <= Self.mostCount else {
            throw node.bad("a whole number from 0 to \(Self.mostCount)")
        }
        return value
    }

    /// The fewest and the most of something.
    func counts(_ least: String, _ most: String) throws(SchemaError) -> (least: Int, most: Int?) {
        let (low, high) = (try count(least) ?? 0, try count(most))
        if let high, high < low { throw error("\(least) is \(low), but \(most) is \(high)") }
        return (low, high)
    }

    /// Throws unless every keyword is among those that apply here.
    func allow(_ known: [String]) throws(SchemaError) {
        for key in keywords where !known.contains(key) {
            throw SchemaError(
                inside(key), "this keyword is not supported here; supported: \(known.joined(separator: ", "))"
            )
        }
    }
}
