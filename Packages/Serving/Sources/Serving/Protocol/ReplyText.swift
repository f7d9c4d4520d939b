// The text of an answer while its bytes arrive: characters are never split.
internal import Tokenizer

/// Bytes that become text as soon as their characters are complete.
struct ReplyText: Sendable {
    private var waiting: [UInt8] = []
    /// The text so far.
    private(set) var whole = ""

    /// Adds bytes; returns the characters that they complete.
    mutating func append(_ bytes: [UInt8]) -> String {
        waiting += bytes
        return take(waiting.count - StreamingDecoder.openTail(waiting))
    }

    /// The rest; bytes of an incomplete character become U+FFFD.
    mutating func finish() -> String { take(waiting.count) }

    private mutating func take(_ count: Int) -> String {
        let text = String(decoding: waiting[..<count], as: UTF8.self)
        waiting.removeFirst(count)
        whole += text
        return text
    }
}
