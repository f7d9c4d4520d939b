// The format reward: thinking between tags, then an answer between tags, and nothing else.
import TrainingData

/// The format reward, 0 to 1.
///
/// It reads the whole text and does not depend on the answer being right.
struct FormatReward: Reward {
    /// The rule in force.
    let options: FormatOptions

    /// A format reward with one of the rules.
    init(_ options: FormatOptions = FormatOptions()) { self.options = options }

    /// `format`.
    var name: String { "format" }

    /// The format value of `answer.raw`; the status is always `.ok`.
    func score(
        _ answer: ExtractedAnswer, for sample: Sample, context: RewardContext
    ) -> (value: Double, status: ParseStatus, detail: String?) {
        (value(of: answer.raw), .ok, nil)
    }

    /// The format value of a whole text.
    func value(of text: String) -> Double {
        let bytes = Array(text.utf8)
        switch options.rule {
        case .whole:
            return hasWholeShape(bytes) ? 1 : 0
        case .perTag:
            return Self.tags.reduce(0) { $0 + (bytes.occurrences(of: $1) == 1 ? 0.25 : 0) }
        }
    }

    /// `<think>...</think><answer>...</answer>` with each tag exactly once, and only white space around and
    /// between the two parts.
    private func hasWholeShape(_ bytes: [UInt8]) -> Bool {
        let range = bytes.trimmed(0..<bytes.count)
        let end = range.upperBound - 9
        guard bytes.has("<think>", at: range.lowerBound), bytes.has("</answer>", at: end),
            Self.tags.allSatisfy({ bytes.occurrences(of: $0) == 1 }), let closing = bytes.first("</think>")
        else { return false }
        var position = closing + 8
        while position < end, bytes[position].isSpace { position += 1 }
        return bytes.has("<answer>", at: position) && position + 8 <= end
    }

    private static let tags: [StaticString] = ["<think>", "</think>", "<answer>", "</answer>"]
}
