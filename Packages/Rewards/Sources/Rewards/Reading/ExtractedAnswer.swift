// Extracts the answer from the text of a model: after the thinking, inside the tags, inside the box. Rewards
// and evaluation share this rule, and golds pass through it too; the rule of the task follows.
import TrainingData

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

/// Finds the answer in the text of a model, or in a gold.
///
/// 1. Take the text after the last `</think>`; an unclosed `<think>` after it means that there is no answer.
/// 2. In it take the last `<answer>...</answer>`; else the text after an unclosed `<answer>` (which sets
///    `isCutOff`); else all.
/// 3. In it take the last `\boxed{...}` with matching braces, or `<|begin_of_box|>...<|end_of_box|>`, if any;
///    else the rest of a last line that begins with `####`; else the inside of a fence around all of it.
///
/// Tags match across lines. The time is linear in the text.
public func extractAnswer(_ text: String) -> ExtractedAnswer {
    let bytes = Array(text.utf8)
    var range = 0..<bytes.count
    if let closing = bytes.last("</think>") { range = (closing + 8)..<bytes.count }
    guard bytes.first("<think>", from: range.lowerBound) == nil else {
        return ExtractedAnswer(raw: text, text: "", isTagged: false, isCutOff: true)
    }
    let (inner, isTagged, isCutOff) = answerRange(bytes, range)
    range = bytes.trimmed(boxedRange(bytes, inner) ?? hashedRange(bytes, inner) ?? fencedRange(bytes, inner))
    return ExtractedAnswer(raw: text, text: bytes.text(range), isTagged: isTagged, isCutOff: isCutOff)
}

extension Sample {
    /// The golds as answers are read: without tags, boxes and fences.
    var goldTexts: [String] { solutions.map { extractAnswer($0).text } }
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

/// The inside of the last `\boxed{...}` with matching braces, or of the last pair of box tokens.
private func boxedRange(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int>? {
    var opens: [(start: Int, isBox: Bool)] = []
    var found: Range<Int>?
    var token: Int?
    for position in range {
        switch bytes[position] {
        case UInt8(ascii: "{"):
            let isBox = position - 6 >= range.lowerBound && bytes.has("\\boxed", at: position - 6)
            opens.append((position + 1, isBox))
        case UInt8(ascii: "}"):
            if let open = opens.popLast(), open.isBox, open.start > found?.lowerBound ?? -1 {
                found = open.start..<position
            }
        case UInt8(ascii: "<"):
            if bytes.has("<|begin_of_box|>", at: position) {
                token = position + 16
            } else if bytes.has("<|end_of_box|>", at: position), let start = token {
                (found, token) = (start..<position, nil)
            }
        default: break
        }
    }
    return found
}

/// The rest of the last line that is not empty, if it begins with `####` (GSM8K).
private func hashedRange(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int>? {
    let text = bytes.trimmed(range)
    let start = bytes[text].lastIndex(of: 0x0A).map { $0 + 1 } ?? text.lowerBound
    guard bytes.has("####", at: start), start + 4 < text.upperBound else { return nil }
    return (start + 4)..<text.upperBound
}

/// The inside of a code fence around the whole range, else the range.
private func fencedRange(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int> {
    let text = bytes.trimmed(range)
    guard text.count > 6, bytes.has("```", at: text.lowerBound), bytes.has("```", at: text.upperBound - 3)
    else { return range }
    // The rest of the opening line names a language.
    var start = text.lowerBound + 3
    while start < text.upperBound - 3, bytes[start].isASCIILetter || bytes[start].isDigit { start += 1 }
    guard start < text.upperBound - 3, bytes[start] == 0x0A || bytes[start] == 0x0D else {
        return (text.lowerBound + 3)..<(text.upperBound - 3)
    }
    return start..<(text.upperBound - 3)
}
