// Decoded bytes and their conversion to text.

/// Decoded bytes that have not been taken as text yet.
struct DecodedText: Sendable {
    /// The replacement of bytes that are not UTF-8.
    enum Replacement: Sendable {
        /// One U+FFFD for each maximal invalid part, as Python's `errors="replace"` does.
        case part
        /// One U+FFFD for each byte, as SentencePiece does.
        case byte
    }

    var bytes: [UInt8] = []
    /// Whether encoding may have added a space here: at the start and after an added token.
    var isAtStart = true
    let replacement: Replacement

    init(_ replacement: Replacement) { self.replacement = replacement }

    /// Takes the first `count` bytes as text.
    mutating func take(_ count: Int) -> String {
        defer { bytes.removeFirst(count) }
        let ready = bytes[..<count]
        switch replacement {
        case .part: return String(decoding: ready, as: UTF8.self)
        case .byte: return Self.replacingBytes(ready)
        }
    }

    private static func replacingBytes(_ bytes: ArraySlice<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var result: [UInt8] = []
        var rest = bytes
        while let lead = rest.first {
            let character = rest.prefix(utf8Length(lead))
            if String(validating: character, as: UTF8.self) != nil {
                result += character
                rest = rest.dropFirst(character.count)
            } else {
                result += "\u{FFFD}".utf8
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
