// Lists as Python prints them, which golds are stored as: ["No", 'None', 3].

/// A Python literal: what `eval` makes of a text that is one.
enum PythonLiteral: Equatable {
    /// A text in quotes.
    case text(String)
    /// A number, True, False or None, as Python prints it.
    case word(String)
    /// A list or, in round brackets, a tuple.
    case list([PythonLiteral], isTuple: Bool)

    /// The elements of a text that is a list; nil for any other text.
    static func list(_ text: String) -> [PythonLiteral]? {
        var reader = LiteralReader(bytes: Array(text.utf8))
        reader.skipSpace()
        guard reader.peek == UInt8(ascii: "["), case .list(let items, false)? = reader.value() else {
            return nil
        }
        reader.skipSpace()
        return reader.isAtEnd ? items : nil
    }

    /// The literal as `str` prints it.
    var printed: String {
        if case .text(let text) = self { return text }
        return represented
    }

    /// The literal as `repr` prints it, as within a list.
    var represented: String {
        switch self {
        case .text(let text): return Self.represented(text)
        case .word(let word): return word
        case .list(let items, let isTuple):
            let inner = items.map(\.represented).joined(separator: ", ")
            if isTuple { return items.count == 1 ? "(\(inner),)" : "(\(inner))" }
            return "[\(inner)]"
        }
    }

    /// A list of texts as `str` prints it.
    static func represented(_ texts: [String]) -> String {
        "[" + texts.map { represented($0) }.joined(separator: ", ") + "]"
    }

    /// A text as `repr` prints it: in single quotes unless it has one and no double quote.
    private static func represented(_ text: String) -> String {
        let quote: Unicode.Scalar = text.utf8.contains(0x27) && !text.utf8.contains(0x22) ? "\"" : "'"
        var result = String.UnicodeScalarView([quote])
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\r": result.append(contentsOf: "\\r".unicodeScalars)
            case "\t": result.append(contentsOf: "\\t".unicodeScalars)
            case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
            case quote: result.append(contentsOf: ["\\", quote])
            default: result.append(scalar)
            }
        }
        result.append(quote)
        return String(result)
    }
}

private struct LiteralReader {
    let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }
    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
    }

    /// The next literal; nil if none follows, or it is nested deeper than 32.
    mutating func value() -> PythonLiteral? {
        skipSpace()
        switch peek {
        case UInt8(ascii: "["): return items(until: UInt8(ascii: "]"), isTuple: false)
        case UInt8(ascii: "("): return items(until: UInt8(ascii: ")"), isTuple: true)
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return quoted()
        default: return word()
        }
    }

    private mutating func items(until close: UInt8, isTuple: Bool) -> PythonLiteral? {
        position += 1
        depth += 1
        defer { depth -= 1 }
        guard depth <= 32 else { return nil }
        var items: [PythonLiteral] = []
        var hasComma = false
        while true {
            skipSpace()
            if peek == close {
                position += 1
                // Brackets around one value without a comma are no tuple.
                if isTuple, items.count == 1, !hasComma { return items[0] }
                return .list(items, isTuple: isTuple)
            }
            guard items.isEmpty || hasComma, let item = value() else { return nil }
            items.append(item)
            skipSpace()
            hasComma = peek == UInt8(ascii: ",")
            if hasComma { position += 1 }
        }
    }

    private mutating func quoted() -> PythonLiteral? {
        let quote = bytes[position]
        position += 1
        var text: [UInt8] = []
        while let byte = peek, byte != 0x0A {
            position += 1
            if byte == quote { return .text(String(decoding: text, as: UTF8.self)) }
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard let escaped = peek else { return nil }
            position += 1
            switch escaped {
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): text.append(escaped)
            default: text += [byte, escaped]
            }
        }
        return nil
    }

    private mutating func word() -> PythonLiteral? {
        let start = position
        while let byte = peek, byte != 0x20, !(0x09...0x0D).contains(byte), !",[](){}'\"".utf8.contains(byte)
        {
            position += 1
        }
        let word = String(decoding: bytes[start..<position], as: UTF8.self)
        if ["None", "True", "False"].contains(word) { return .word(word) }
        guard let first = word.utf8.first(where: { $0 != 0x2B && $0 != 0x2D }),
            (0x30...0x39).contains(first) || first == 0x2E
        else { return nil }
        let text = PythonText(word)
        if let (isNegative, digits) = text.integerDigits {
            // A literal with a leading zero is a syntax error.
            let isPadded = word.drop { $0 == "-" || $0 == "+" }.hasPrefix("0") && digits != "0"
            return isPadded ? nil : .word((isNegative ? "-" : "") + digits)
        }
        return text.float.map { .word(PythonNumber.text($0)) }
    }
}
