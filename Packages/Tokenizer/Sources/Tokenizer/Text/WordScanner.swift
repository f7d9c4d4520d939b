// Splits text into words before byte-pair encoding. It implements the pattern of all tokenizer files of the
// Qwen2 family, alternative by alternative:
//   (?i:'s|'t|'re|'ve|'m|'ll|'d) | [^\r\n\p{L}\p{N}]?\p{L}+ | \p{N} |  ?[^\s\p{L}\p{N}]+[\r\n]* | \s*[\r\n]+
//   | \s+(?!\S) | \s+
// Every scalar is part of a match, so the words cover the text. The scanner is linear; the tests compare it
// with a regular-expression engine.

/// The words of a text, in order.
struct WordScanner {
    /// The pattern as tokenizer.json writes it; another pattern needs another scanner.
    static let pattern =
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
        + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#

    private let text: UnsafeBufferPointer<UInt8>
    private var position = 0

    /// A scanner over `text`, which must be valid UTF-8 and outlive the scanner.
    init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

    /// The byte range of the next word; nil at the end of the text.
    mutating func next() -> Range<Int>? {
        guard position < text.count else { return nil }
        let start = position
        position = wordEnd(from: start)
        return start..<position
    }

    private func wordEnd(from start: Int) -> Int {
        let (kind, after) = scalar(at: start)
        if text[start] == UInt8(ascii: "'"), let end = contractionEnd(from: start) { return end }
        switch kind {
        case .letter: return run(of: .letter, from: after)
        case .number: return after
        case .newline: return whitespaceEnd(from: start)
        case .other, .space:
            let following = after < text.count ? scalar(at: after).kind : .newline
            if following == .letter { return run(of: .letter, from: after) }
            if kind == .other || text[start] == UInt8(ascii: " ") && following == .other {
                return run(of: .newline, from: run(of: .other, from: after))
            }
            return whitespaceEnd(from: start)
        }
    }

    /// The end of a contraction (`'s`, `'t`, `'re` and so on) in either case; U+017F (long s) folds to s.
    private func contractionEnd(from start: Int) -> Int? {
        guard start + 1 < text.count else { return nil }
        let first = text[start + 1] | 0x20
        let second = start + 2 < text.count ? text[start + 2] : 0
        switch (first, second | 0x20) {
        case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _), (UInt8(ascii: "d"), _):
            return start + 2
        case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
            (UInt8(ascii: "l"), UInt8(ascii: "l")):
            return start + 3
        default:
            return text[start + 1] == 0xC5 && second == 0xBF ? start + 3 : nil
        }
    }

    /// The end of a word of white space: after its last line break; else before its last scalar, which
    /// belongs to the next word; else its end.
    private func whitespaceEnd(from start: Int) -> Int {
        var (end, last, newlineEnd) = (start, start, start)
        while end < text.count {
            let (kind, after) = scalar(at: end)
            guard kind == .space || kind == .newline else { break }
            last = end
            end = after
            if kind == .newline { newlineEnd = after }
        }
        if newlineEnd > start { return newlineEnd }
        return end == text.count || last == start ? end : last
    }

    private func run(of wanted: ScalarKind, from start: Int) -> Int {
        var end = start
        if wanted == .letter {
            while end < text.count, (text[end] | 0x20) &- UInt8(ascii: "a") < 26 { end += 1 }
        }
        while end < text.count {
            let (kind, after) = scalar(at: end)
            if kind != wanted { break }
            end = after
        }
        return end
    }

    /// The kind of the scalar at a byte offset, and the offset after it.
    @inline(__always)
    private func scalar(at offset: Int) -> (kind: ScalarKind, after: Int) {
        let lead = text[offset]
        if lead < 0x80 { return (ScalarKind(ascii: lead), offset + 1) }
        let (value, after) = decodeScalar(in: text, at: offset)
        return (ScalarKind(value), after)
    }
}
