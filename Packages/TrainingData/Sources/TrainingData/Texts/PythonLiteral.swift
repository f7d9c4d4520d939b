// Lists as Python prints them, which tables have as text: ['a', "it's", 3].

/// Reads texts that hold a Python literal.
public enum PythonLiteral {
    /// The elements of a list of texts and numbers as texts; nil when the text is not such a list.
    ///
    /// - Parameters:
    ///   - text: Such as `['a', "it's", 3]`.
    ///   - needsQuotes: Whether an element without quotes must be a number. `[yes, no]` is no Python, but people write
    ///     it.
    /// - Returns: The elements without their quotes.
    public static func list(_ text: String, needsQuotes: Bool = false) -> [String]? {
        var bytes = Array(text.utf8)[...]
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        func skipSpace() { bytes = bytes.drop(while: isSpace) }
        skipSpace()
        guard bytes.first == UInt8(ascii: "[") else { return nil }
        bytes = bytes.dropFirst()
        var items: [String] = []
        while true {
            skipSpace()
            guard let first = bytes.first else { return nil }
            if first == UInt8(ascii: "]") { break }
            if first == UInt8(ascii: "'") || first == UInt8(ascii: "\"") {
                guard let item = quoted(&bytes) else { return nil }
                items.append(item)
            } else {
                let word = bytes.prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "]") }
                guard !word.contains(where: { "[{(".utf8.contains($0) }) else { return nil }
                let item = String(decoding: word, as: UTF8.self).trimmingSpace()
                guard !item.isEmpty, !needsQuotes || Double(item) != nil else { return nil }
                items.append(item)
                bytes = bytes.dropFirst(word.count)
            }
            skipSpace()
            if bytes.first == UInt8(ascii: ",") {
                bytes = bytes.dropFirst()
            } else if bytes.first != UInt8(ascii: "]") {
                return nil
            }
        }
        bytes = bytes.dropFirst()
        skipSpace()
        return bytes.isEmpty ? items : nil
    }

    /// A text in single or double quotes with Python's escapes.
    private static func quoted(_ bytes: inout ArraySlice<UInt8>) -> String? {
        guard let quote = bytes.popFirst() else { return nil }
        var text: [UInt8] = []
        while true {
            // Pictures are megabytes without a quote.
            let plain = bytes.prefix { $0 != quote && $0 != UInt8(ascii: "\\") }
            text += plain
            bytes = bytes.dropFirst(plain.count)
            guard let byte = bytes.popFirst() else { return nil }
            if byte == quote { return String(decoding: text, as: UTF8.self) }
            guard let escaped = bytes.popFirst() else { return nil }
            switch escaped {
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): text.append(escaped)
            case UInt8(ascii: "x"), UInt8(ascii: "u"), UInt8(ascii: "U"):
                let count = escaped == UInt8(ascii: "x") ? 2 : escaped == UInt8(ascii: "u") ? 4 : 8
                let digits = bytes.prefix(count)
                guard digits.count == count,
                    let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                    let scalar = Unicode.Scalar(number)
                else { return nil }
                text += String(Character(scalar)).utf8
                bytes = bytes.dropFirst(count)
            default: text += [byte, escaped]
            }
        }
    }
}
