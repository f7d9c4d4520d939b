// JSON values in a convenient form: configurations, rows of data, replies of other programs.
// OrderedJSON.swift keeps the order of keys and the text of numbers; JSONScanner.swift parses the syntax.

/// One JSON value of any kind.
public enum JSONValue: Sendable, Equatable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction or exponent that fits in 64 bits.
    case integer(Int)
    /// Any other number; always finite.
    case number(Double)
    /// A text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// An object; the order of its keys is not kept.
    case object(JSONObject)

    /// Whether the value is `null`.
    public var isNull: Bool {
        guard case .null = self else { return false }
        return true
    }

    /// The text, when the value is one.
    public var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The number as a double, when the value is a number of either kind.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The elements, when the value is a list.
    public var elements: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members, when the value is an object.
    public var members: JSONObject? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// A description for error messages: `the number 3`, `a list of 2`.
    public var summary: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "the number \(value)"
        case .number(let value): "the number \(value)"
        case .string(let text):
            text.utf8.count > 60 ? "the text \"\(text.prefix(60))...\"" : "the text \"\(text)\""
        case .array(let elements): "a list of \(elements.count)"
        case .object: "an object"
        }
    }
}

extension JSONValue {
    /// Parses one JSON text in linear time.
    ///
    /// Throws ``JSONSyntaxError``, also for repeated keys and for anything but white space after the value.
    public init(parsing bytes: UnsafeBufferPointer<UInt8>) throws(JSONSyntaxError) {
        var scanner = JSONScanner(bytes)
        self = try JSONValue(next: &scanner)
        try scanner.finish()
    }

    /// Parses one JSON text.
    ///
    /// Throws ``JSONSyntaxError``.
    public init(parsing text: String) throws(JSONSyntaxError) {
        self = try Array(text.utf8).withUnsafeBufferPointer { bytes throws(JSONSyntaxError) in
            try JSONValue(parsing: bytes)
        }
    }

    /// Reads the next value of a scanner.
    private init(next scanner: inout JSONScanner) throws(JSONSyntaxError) {
        switch scanner.peek() {
        case UInt8(ascii: "{"):
            var members = JSONObject()
            var key: [UInt8] = []
            try scanner.openObject()
            while try scanner.nextKey(into: &key) {
                let name = String(decoding: key, as: UTF8.self)
                guard members[name] == nil else { throw scanner.repeated(name) }
                members[name] = try JSONValue(next: &scanner)
            }
            self = .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try scanner.openArray()
            while try scanner.nextElement() { elements.append(try JSONValue(next: &scanner)) }
            self = .array(elements)
        case UInt8(ascii: "\""): self = .string(try scanner.string())
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            self = try scanner.literal().map(JSONValue.bool) ?? .null
        default: self = try JSONValue(scanner.number(), in: scanner.bytes)
        }
    }

    private init(
        _ number: (range: Range<Int>, integer: Int?), in bytes: UnsafeBufferPointer<UInt8>
    ) throws(JSONSyntaxError) {
        if let integer = number.integer {
            self = .integer(integer)
            return
        }
        let text = String(decoding: bytes[number.range], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw JSONSyntaxError(
                offset: number.range.lowerBound, expected: "a number that fits a double", found: text)
        }
        self = .number(value)
    }
}

extension JSONValue: Codable {
    /// Decodes a value of any kind.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode(JSONObject.self))
        }
    }

    /// Encodes the value without a wrapper.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
