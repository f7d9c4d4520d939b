// From all the model wrote to the part that answers: after the thinking, inside the tags, inside the box. One
// rule for rewards and evaluation alike; the task's own rule comes after it.

/// What is left of a model's text once thinking and tags are gone.
public struct ExtractedAnswer: Sendable, Equatable {
    /// All the model wrote.
    public let raw: String
    /// The answer without tags and surrounding white space; empty when there is none.
    public let text: String
    /// Whether a closed `<answer>` held the answer.
    public let isTagged: Bool
    /// Whether a `<think>` or `<answer>` was opened and never closed.
    public let isCutOff: Bool

    /// `.ok` or `.noAnswer`.
    public var status: ParseStatus { text.isEmpty ? .noAnswer : .ok }

    init(raw: String, text: String, isTagged: Bool, isCutOff: Bool) {
        (self.raw, self.text, self.isTagged, self.isCutOff) = (raw, text, isTagged, isCutOff)
    }
}

/// Finds the answer in what the model wrote.
///
/// 1. What follows the last `</think>`; a `<think>` opened after it and never closed means no answer at all.
/// 2. In it the last `<answer>...</answer>`; else what follows an unclosed `<answer>` (and `isCutOff` is
///    set); else all.
/// 3. In it the last `\boxed{...}` whose braces match, if any.
///
/// Tags match across lines. Takes time in proportion to the text.
func extractAnswer(_ text: String) -> ExtractedAnswer {
    let bytes = Array(text.utf8)
    var range = 0..<bytes.count
    if let closing = bytes.last("</think>") { range = (closing + 8)..<bytes.count }
    guard bytes.first("<think>", from: range.lowerBound) == nil else {
        return ExtractedAnswer(raw: text, text: "", isTagged: false, isCutOff: true)
    }
    let (inner, isTagged, isCutOff) = answerRange(bytes, range)
    range = bytes.trimmed(boxedRange(bytes, inner) ?? inner)
    return ExtractedAnswer(raw: text, text: bytes.text(range), isTagged: isTagged, isCutOff: isCutOff)
}

/// The inside of the last closed `<answer>`, or what follows an open one.
private func answerRange(_ bytes: [UInt8], _ range: Range<Int>) -> (
    Range<Int>, isTagged: Bool, isCutOff: Bool
) {
    var open: Int?
    var closed: Range<Int>?
    var position = range.lowerBound
    while position < range.upperBound {
        if bytes[position] == UInt8(ascii: "<") {
            if bytes.has("<answer>", at: position) {
                open = position + 8
            } else if bytes.has("</answer>", at: position), let start = open {
                closed = start..<position
                open = nil
            }
        }
        position += 1
    }
    if let closed { return (closed, true, open != nil) }
    if let open { return (open..<range.upperBound, false, true) }
    return (range, false, false)
}

/// The inside of the `\boxed{...}` that starts last among those whose braces match.
private func boxedRange(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int>? {
    var opens: [(start: Int, isBox: Bool)] = []
    var found: Range<Int>?
    for position in range {
        if bytes[position] == UInt8(ascii: "{") {
            let isBox = position - 6 >= range.lowerBound && bytes.has("\\boxed", at: position - 6)
            opens.append((position + 1, isBox))
        } else if bytes[position] == UInt8(ascii: "}"), let open = opens.popLast(), open.isBox {
            if open.start > found?.lowerBound ?? -1 { found = open.start..<position }
        }
    }
    return found
}
