// MATH-V's own rule. Source: MATH-V, evaluation/utils.py (is_equal).
import StrictJSON

/// The rule `mathvision.official`.
enum MathVisionRule {
    /// The verdict: the cleaned answer against the gold letter or text, then against the text of the key option.
    static func verdict(_ input: RuleInput) -> RuleVerdict {
        let answer = MathVisionAnswer.extracted(from: PythonText(input.prediction))
        var isTextOnly = false
        // With options the gold is a letter; the text of its option is as good.
        let golds = input.gold.texts + keyOption(input)
        let isRight = golds.contains { areEqual(answer, PythonText($0), isTextOnly: &isTextOnly) }
        var verdict = RuleVerdict(.string(answer.string), isRight, status: answer.isEmpty ? .unread : .ok)
        verdict.isTextOnly = isTextOnly && !isRight
        return verdict
    }

    private static func keyOption(_ input: RuleInput) -> [String] {
        let golds = input.gold.texts
        return input.letteredOptions.filter { golds.contains($0.letter) }.map(\.text)
    }

    /// Whether two texts are equal: as text, tuples part by part, or as values with two decimals.
    ///
    /// Sets `isTextOnly` if one of them has LaTeX that is not computed here.
    static func areEqual(_ a: PythonText, _ b: PythonText, isTextOnly: inout Bool) -> Bool {
        let (a, b) = (a.lowercased, b.lowercased)
        guard !a.replacing(" ", with: "").isEmpty, !b.replacing(" ", with: "").isEmpty else { return false }
        if a.stripped == b.stripped { return true }
        let (left, right) = (computedTuple(a), computedTuple(b))
        if left == right { return true }
        do {
            guard let x = try LatexValue.of(left).hundredths, let y = try LatexValue.of(right).hundredths
            else {
                return false
            }
            return x.equals(y)
        } catch {
            if error == .beyond { isTextOnly = true }
            return false
        }
    }

    /// A text in brackets with a comma, each part computed and rounded; the text itself if a part has no value.
    private static func computedTuple(_ text: PythonText) -> PythonText {
        let ends = (text.points.first, text.points.last)
        guard text.count >= 2, ends == (0x28, 0x29) || ends == (0x5B, 0x5D) else { return text }
        let parts = PythonText(text.points[1..<(text.count - 1)]).split(",")
        // A tuple of thousands of parts is no answer.
        guard (2...1000).contains(parts.count) else { return text }
        var computed: [UInt32] = []
        for (index, part) in parts.enumerated() {
            if index > 0 { computed.append(0x2C) }
            if part.contains("infty") || part == "a" || part == "-a" {
                computed += part.points
            } else if let value = try? LatexValue.of(part).hundredths {  // a part without a value stays text
                computed += PythonText(value.text).points
            } else {
                return text
            }
        }
        return PythonText([text.points[0]] + computed + [text.points[text.count - 1]])
    }
}
