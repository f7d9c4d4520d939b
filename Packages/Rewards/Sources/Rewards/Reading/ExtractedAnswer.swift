// Extracts the answer from the text of a model: after the thinking, inside the tags, inside the box. Rewards
// and evaluation share this rule; the rule of the task follows.

/// The answer in the text of a model, without thinking and tags.
public struct ExtractedAnswer: Sendable, Equatable {
    /// The whole text of the model.
    public let raw: String
    /// The answer without tags and surrounding white space; empty if there is none.
    public let text: String
    /// Whether the answer was in a closed `<answer>`.
    public let isTagged: Bool
    /// Whether a `<think>` or `<answer>` is not closed.
    public let isCutOff: Bool

    /// `.ok` or `.noAnswer`.
    public var status: ParseStatus { text.isEmpty ? .noAnswer : .ok }

    init(raw: String, text: String, isTagged: Bool, isCutOff: Bool) {
        (self.raw, self.text, self.isTagged, self.isCutOff) = (raw, text, isTagged, isCutOff)
    }
}

/// Finds the answer in the text of a model.
///
/// 1. Take the text after the last `</think>`; an unclosed `<think>` after it means that there is no answer.
/// 2. In it take the last `<answer>...</answer>`; else the text after an unclosed `<answer>` (which sets
///    `isCutOff`); else all.
/// 3. In it take the last `\boxed{...}` with matching braces, if any.
///
/// Tags match across lines. The time is linear in the text.
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

/// The inside of the last closed `<answer>`, or the text after an open one.
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

/// The inside of the last `\boxed{...}` with matching braces.
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
