// A small JSON reader for files that nobody vouches for: safetensors headers, indexes and configurations.
// Foundation's reader drops the order of keys and lets the last of two equal keys win; here order is kept and a
// repeated key is an error, because two readers that pick different ones would load different models.

/// A JSON value; numbers keep their text so that nothing is rounded.
indirect enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    struct Member: Equatable, Sendable {
        let key: String
        let value: JSON
    }

    /// Reads one value that fills all of `bytes`; throws `JSON.Problem`.
    init(_ bytes: [UInt8]) throws(Problem) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.document()
    }

    /// What is wrong, and at which byte.
    struct Problem: Error, CustomStringConvertible {
        let position: Int
        let text: String
        var description: String { "\(text) at byte \(position)" }
    }

    /// The value under a key of an object.
    subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }

    /// The value as a whole number, or nil.
    var integer: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text)
    }

    /// The value as text, or nil.
    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The value as JSON text without spaces.
    var compact: String {
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

    /// A JSON string literal.
    static func quoted(_ text: String) -> String {
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

/// Walks over the bytes once; nesting is limited so that a hostile file cannot exhaust the stack.
private struct JSONParser {
    let bytes: [UInt8]
    var position = 0
    static let maximumDepth = 64

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSON.Problem) -> JSON {
        let result = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw problem("more text after the value") }
        return result
    }

    private func problem(_ text: String) -> JSON.Problem { JSON.Problem(position: position, text: text) }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Character) throws(JSON.Problem) {
        skipSpace()
        guard let byte = character.asciiValue, take(byte) else { throw problem("expected '\(character)'") }
    }

    private mutating func value(depth: Int) throws(JSON.Problem) -> JSON {
        guard depth < Self.maximumDepth else { throw problem("nested deeper than \(Self.maximumDepth)") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ text: String, _ meaning: JSON) throws(JSON.Problem) -> JSON {
        guard bytes[position...].starts(with: text.utf8) else { throw problem("expected a value") }
        position += text.utf8.count
        return meaning
    }

    private mutating func object(depth: Int) throws(JSON.Problem) -> JSON {
        try expect("{")
        var members: [JSON.Member] = []
        var seen: Set<NameBytes> = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            let key = try string()
            guard seen.insert(key.nameBytes).inserted else {
                throw problem("key '\(key)' stands there twice")
            }
            try expect(":")
            members.append(JSON.Member(key: key, value: try value(depth: depth + 1)))
            skipSpace()
        } while take(UInt8(ascii: ","))
        try expect("}")
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSON.Problem) -> JSON {
        try expect("[")
        var items: [JSON] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(items) }
        repeat {
            items.append(try value(depth: depth + 1))
            skipSpace()
        } while take(UInt8(ascii: ","))
        try expect("]")
        return .array(items)
    }

    private mutating func number() throws(JSON.Problem) -> String {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let leading = next
        guard digits() > 0, leading != UInt8(ascii: "0") || !hasLeadingZero(from: start) else {
            throw problem("expected a value")
        }
        if take(UInt8(ascii: ".")) { guard digits() > 0 else { throw problem("expected a digit") } }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw problem("expected a digit") }
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private func hasLeadingZero(from start: Int) -> Bool {
        position - start - (bytes[start] == UInt8(ascii: "-") ? 1 : 0) > 1
    }

    private mutating func digits() -> Int {
        let start = position
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        return position - start
    }

    private mutating func string() throws(JSON.Problem) -> String {
        guard take(UInt8(ascii: "\"")) else { throw problem("expected a string") }
        var content: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw problem("string is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"): content += try escape()
            case 0..<0x20: throw problem("control character in a string")
            default: content.append(byte)
            }
        }
        throw problem("string without an end")
    }

    private mutating func escape() throws(JSON.Problem) -> [UInt8] {
        guard let byte = next else { throw problem("string without an end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw problem("unknown escape")
        }
    }

    private mutating func unicodeEscape() throws(JSON.Problem) -> [UInt8] {
        var code = try fourHexDigits()
        if (0xD800..<0xDC00).contains(code) {
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
                throw problem("half a surrogate pair")
            }
            let low = try fourHexDigits()
            guard (0xDC00..<0xE000).contains(low) else { throw problem("half a surrogate pair") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw problem("half a surrogate pair") }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func fourHexDigits() throws(JSON.Problem) -> UInt32 {
        guard position + 4 <= bytes.count else { throw problem("string without an end") }
        let digits = bytes[position..<position + 4]
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw problem("expected four hexadecimal digits") }
        position += 4
        return code
    }
}
