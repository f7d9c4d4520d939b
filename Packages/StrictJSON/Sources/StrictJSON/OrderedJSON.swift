// JSON that keeps the order of members and the text of numbers, so that 1e-6 does not become 1e-06. Repeated
// keys are refused: readers that pick different ones of two equal keys would load different models.

/// A JSON value that keeps the order of keys and the text of numbers.
public indirect enum OrderedJSON: Equatable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// The text of a number, unrounded.
    case number(String)
    /// A text.
    case string(String)
    /// A list.
    case array([OrderedJSON])
    /// An object; no two keys have the same bytes.
    case object([Member])

    /// One member of an object.
    public struct Member: Equatable, Sendable {
        /// The key.
        public let key: String
        /// The value under it.
        public let value: OrderedJSON

        /// Pairs a key with its value.
        public init(key: String, value: OrderedJSON) {
            self.key = key
            self.value = value
        }
    }

    /// Parses `bytes` as one JSON text; throws ``JSONSyntaxError``.
    public init(parsing bytes: [UInt8]) throws(JSONSyntaxError) {
        self = try bytes.withUnsafeBufferPointer { buffer throws(JSONSyntaxError) in
            // Editors on Windows put a byte-order mark before the text; RFC 8259 lets a parser ignore it.
            let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            var scanner = JSONScanner(buffer, start..<buffer.count)
            let value = try OrderedJSON(next: &scanner)
            try scanner.finish()
            return value
        }
    }

    /// Reads the next value of a scanner.
    private init(next scanner: inout JSONScanner) throws(JSONSyntaxError) {
        switch scanner.peek() {
        case UInt8(ascii: "{"):
            var members: [Member] = []
            var keys: Set<[UInt8]> = []
            var key: [UInt8] = []
            try scanner.openObject()
            while try scanner.nextKey(into: &key) {
                let name = String(decoding: key, as: UTF8.self)
                guard keys.insert(key).inserted else { throw scanner.repeated(name) }
                members.append(Member(key: name, value: try OrderedJSON(next: &scanner)))
            }
            self = .object(members)
        case UInt8(ascii: "["):
            var items: [OrderedJSON] = []
            try scanner.openArray()
            while try scanner.nextElement() { items.append(try OrderedJSON(next: &scanner)) }
            self = .array(items)
        case UInt8(ascii: "\""): self = .string(try scanner.string())
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            self = try scanner.literal().map(OrderedJSON.bool) ?? .null
        default: self = .number(String(decoding: scanner.bytes[try scanner.number().range], as: UTF8.self))
        }
    }

    /// The value under a key of an object; keys are compared by their bytes.
    public subscript(key: String) -> OrderedJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }

    /// The value if it is a whole number.
    public var integer: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text)
    }

    /// The value if it is a string.
    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The value as JSON text without spaces.
    public var compact: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let text): text
        case .string(let text): Self.quoted(text)
        case .array(let items): "[" + items.map(\.compact).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { Self.quoted($0.key) + ":" + $0.value.compact }.joined(separator: ",") + "}"
        }
    }

    /// The value as JSON text with a line for each member, two spaces deeper at each level.
    public var indented: String { indented(by: "") }

    private func indented(by margin: String) -> String {
        let deeper = margin + "  "
        let (open, lines, close): (String, [String], String)
        switch self {
        case .array(let items) where !items.isEmpty:
            (open, close) = ("[", "]")
            lines = items.map { $0.indented(by: deeper) }
        case .object(let members) where !members.isEmpty:
            (open, close) = ("{", "}")
            lines = members.map { "\(Self.quoted($0.key)): \($0.value.indented(by: deeper))" }
        default: return compact
        }
        return open + "\n" + lines.map { deeper + $0 }.joined(separator: ",\n") + "\n\(margin)\(close)"
    }

    /// A JSON string literal.
    public static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
