// What Python's eval gives for arithmetic, with which VLMEvalKit compares answers.

/// Evaluates an arithmetic expression of Python.
///
/// Numbers (also hexadecimal, octal, binary, with underscores), names with given values, brackets, unary signs,
/// `+ - * / // % **` and, for whole numbers, `& | ^ << >> ~`; a comment may follow. Anything else is nil.
struct PythonArithmetic {
    private struct Refused: Error {}

    private static let byteLimit = 2000
    private static let depthLimit = 48

    private let bytes: [UInt8]
    private let names: [UInt8: PythonValue]
    private var position = 0
    private var depth = 0

    /// The value of a text; nil where Python raises, and for values that are no real number.
    static func value(of text: PythonText, names: [UInt8: PythonValue] = [:]) -> PythonValue? {
        guard text.count <= byteLimit, text.points.allSatisfy({ $0 < 0x80 }) else { return nil }
        var reader = PythonArithmetic(bytes: text.points.map { UInt8($0) }, names: names)
        guard let value = try? reader.binary(0) else { return nil }  // Python raises
        reader.skipSpace()
        let isComment = reader.peek == UInt8(ascii: "#") && !reader.bytes[reader.position...].contains(0x0A)
        return reader.position == reader.bytes.count || isComment ? value : nil
    }

    private init(bytes: [UInt8], names: [UInt8: PythonValue]) { (self.bytes, self.names) = (bytes, names) }

    /// The operators by how close they bind, loosest first; longer signs before their beginnings.
    private static let levels: [[StaticString]] = [
        ["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "//", "/", "%"],
    ]

    private mutating func binary(_ level: Int) throws -> PythonValue {
        guard level < Self.levels.count else { return try unary() }
        var value = try binary(level + 1)
        while let sign = Self.levels[level].first(where: { take($0) }) {
            guard let result = Self.apply(sign.description, value, try binary(level + 1)) else {
                throw Refused()
            }
            value = result
        }
        return value
    }

    private static func apply(_ sign: String, _ a: PythonValue, _ b: PythonValue) -> PythonValue? {
        switch sign {
        case "+": return a.plus(b)
        case "-": return a.minus(b)
        case "*": return a.times(b)
        case "/": return a.over(b)
        case "//": return a.floorOver(b)
        case "%": return a.modulo(b)
        default: break
        }
        guard case .integer(let x) = a, case .integer(let y) = b else { return nil }
        switch sign {
        case "|": return .integer(x | y)
        case "^": return .integer(x ^ y)
        case "&": return .integer(x & y)
        case ">>": return y < 0 ? nil : .integer(x >> min(y, 127))
        default:
            guard y >= 0, let factor = PythonValue.integer(2).power(.integer(y)) else { return nil }
            return a.times(factor)
        }
    }

    private mutating func unary() throws -> PythonValue {
        for sign: StaticString in ["-", "+", "~"] where take(sign) {
            depth += 1
            guard depth <= Self.depthLimit else { throw Refused() }
            let value = try unary()
            depth -= 1
            switch sign.description {
            case "+": return value
            case "-":
                guard let negated = value.negated else { throw Refused() }
                return negated
            default:
                guard case .integer(let whole) = value else { throw Refused() }
                return .integer(~whole)
            }
        }
        let base = try primary()
        guard take("**") else { return base }
        depth += 1
        guard depth <= Self.depthLimit, let power = base.power(try unary()) else { throw Refused() }
        depth -= 1
        return power
    }

    private mutating func primary() throws -> PythonValue {
        skipSpace()
        guard let byte = peek else { throw Refused() }
        if byte == UInt8(ascii: "(") {
            position += 1
            depth += 1
            guard depth <= Self.depthLimit else { throw Refused() }
            let value = try binary(0)
            guard take(")") else { throw Refused() }
            depth -= 1
            return value
        }
        let start = position
        while let byte = peek, Self.isWord(byte) || byte == UInt8(ascii: ".") || isExponentSign {
            position += 1
        }
        let word = Array(bytes[start..<position])
        if word.count == 1, let value = names[word[0]] { return value }
        guard let value = Self.literal(word) else { throw Refused() }
        return value
    }

    /// Whether a sign here belongs to the exponent before it, as in 1e-3.
    private var isExponentSign: Bool {
        guard position > 0, peek == UInt8(ascii: "-") || peek == UInt8(ascii: "+") else { return false }
        var start = position - 1
        guard bytes[start] | 0x20 == UInt8(ascii: "e") else { return false }
        while start > 0, Self.isWord(bytes[start - 1]) || bytes[start - 1] == UInt8(ascii: ".") { start -= 1 }
        let number = bytes[start..<(position - 1)]
        return !number.isEmpty && number.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x5F }
    }

    private static func literal(_ word: [UInt8]) -> PythonValue? {
        guard let first = word.first, (0x30...0x39).contains(first) || first == UInt8(ascii: ".") else {
            return nil
        }
        let text = PythonText(word.map(UInt32.init))
        if let (_, digits) = text.integerDigits {
            // Python refuses 012, but not 000.
            guard digits == "0" || first != 0x30 else { return nil }
            return PythonValue(digits: digits)
        }
        if word.count > 2, first == 0x30, let radix = [0x78: 16, 0x6F: 8, 0x62: 2][word[1] | 0x20] {
            let digits = String(decoding: word[2...], as: UTF8.self)
            guard !digits.hasSuffix("_"), !digits.contains("__"), !digits.hasPrefix("+") else { return nil }
            return Int128(digits.filter { $0 != "_" }, radix: radix).map(PythonValue.integer)
        }
        // An exponent or a point makes a double; it may have leading zeros.
        return text.float.map(PythonValue.float)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & ~0x20) || byte == UInt8(ascii: "_")
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        // Within brackets a line may end.
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0C || depth > 0 && byte == 0x0A {
            position += 1
        }
    }

    private mutating func take(_ sign: StaticString) -> Bool {
        skipSpace()
        let length = sign.utf8CodeUnitCount
        guard position + length <= bytes.count else { return false }
        let isHere = sign.withUTF8Buffer { $0.elementsEqual(bytes[position..<(position + length)]) }
        // A single star or slash is no beginning of a double one.
        let doubles =
            length == 1 && position + 1 < bytes.count && "*/<>".utf8.contains(bytes[position])
            && bytes[position + 1] == bytes[position]
        guard isHere, !doubles else { return false }
        position += length
        return true
    }
}
