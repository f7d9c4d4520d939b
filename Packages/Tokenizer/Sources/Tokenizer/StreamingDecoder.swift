// Decodes tokens one by one. A token may end inside a character, so up to three bytes wait for the next
// token.

/// Turns ids into text one by one; its joined results equal the result of `Tokenizer.decode` for all ids.
public struct StreamingDecoder: Sendable {
    private let tokenizer: Tokenizer
    private let skipSpecialTokens: Bool
    private var pending: DecodedText

    /// A decoder at the start of an answer.
    public init(_ tokenizer: Tokenizer, skipSpecialTokens: Bool) {
        self.tokenizer = tokenizer
        self.skipSpecialTokens = skipSpecialTokens
        pending = DecodedText(tokenizer.replacement)
    }

    /// The characters that this id completes; empty while a character is incomplete.
    public mutating func append(_ id: TokenID) -> String {
        tokenizer.append(id, skipSpecialTokens: skipSpecialTokens, to: &pending)
        return takeComplete()
    }

    /// The characters that these bytes, which ``StreamingBytes`` made of ids, complete.
    public mutating func append(bytes: [UInt8]) -> String {
        pending.bytes += bytes
        return takeComplete()
    }

    private mutating func takeComplete() -> String {
        pending.take(pending.bytes.count - Self.openTail(pending.bytes))
    }

    /// The rest: U+FFFD if the last character is incomplete, else nothing.
    ///
    /// The decoder can then be used for another answer.
    public mutating func finish() -> String {
        defer { pending = DecodedText(tokenizer.replacement) }
        return pending.take(pending.bytes.count)
    }

    /// The length of an unfinished but so far valid UTF-8 sequence at the end, 0 to 3.
    ///
    /// The bounds of the second byte are those of table 3-7 of the Unicode standard; a sequence that breaks
    /// them is invalid already and is not held back.
    public static func openTail(_ bytes: [UInt8]) -> Int {
        for back in 1...3 where back <= bytes.count {
            let lead = bytes[bytes.count - back]
            if lead & 0xC0 == 0x80 { continue }
            let length = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 ? 3 : 2
            guard lead >= 0xC2, lead <= 0xF4, back < length else { return 0 }
            guard back > 1 else { return 1 }
            let second = bytes[bytes.count - back + 1]
            let allowed: ClosedRange<UInt8> =
                switch lead {
                case 0xE0: 0xA0...0xBF
                case 0xED: 0x80...0x9F
                case 0xF0: 0x90...0xBF
                case 0xF4: 0x80...0x8F
                default: 0x80...0xBF
                }
            return allowed.contains(second) ? back : 0
        }
        return 0
    }
}
