// Decodes tokens one by one to bytes, which may end inside a character, unlike StreamingDecoder.

/// Turns the ids of an answer into bytes one by one; special tokens give none.
///
/// The joined bytes, as text, equal the result of `Tokenizer.decode`.
public struct StreamingBytes: Sendable {
    private let tokenizer: Tokenizer
    private var text: DecodedText

    /// A decoder at the start of an answer.
    public init(_ tokenizer: Tokenizer) {
        self.tokenizer = tokenizer
        text = DecodedText(tokenizer.replacement)
    }

    /// The bytes of this id.
    public mutating func append(_ id: TokenID) -> [UInt8] {
        tokenizer.append(id, skipSpecialTokens: true, to: &text)
        defer { text.bytes.removeAll(keepingCapacity: true) }
        return text.bytes
    }
}
