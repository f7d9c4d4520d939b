// The text of an answer while its bytes arrive: characters are never split.

/// Bytes that become text as soon as their characters are complete.
struct AnswerText: Sendable {
    private var waiting: [UInt8] = []
    /// The text so far.
    private(set) var whole = ""

    /// Adds bytes; returns the characters that they complete.
    mutating func append(_ bytes: [UInt8]) -> String {
        waiting += bytes
        return take(waiting.count - Self.openTail(waiting))
    }

    /// The rest; bytes of an incomplete character become U+FFFD.
    mutating func finish() -> String { take(waiting.count) }

    private mutating func take(_ count: Int) -> String {
        let text = String(decoding: waiting[..<count], as: UTF8.self)
        waiting.removeFirst(count)
        whole += text
        return text
    }

    /// The length of an unfinished character at the end, 0 to 3; invalid bytes are not waited for.
    private static func openTail(_ bytes: [UInt8]) -> Int {
        for back in 1...3 where back <= bytes.count {
            let byte = bytes[bytes.count - back]
            if byte & 0xC0 == 0x80 { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1
            guard back < length, byte <= 0xF4 else { return 0 }
            // The decoder says whether the bytes so far may begin a character: then they are one error, not several.
            let tail = bytes.suffix(back)
            return String(decoding: tail, as: UTF8.self).unicodeScalars.count == 1 ? back : 0
        }
        return 0
    }
}
