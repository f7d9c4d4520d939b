// Reads and cleans an answer as MATH-V's script does, step by step. Source: MATH-V, evaluation/evaluate.py and
// evaluation/utils.py (find_math_answer).

/// The steps from a response to the text that is compared.
enum MathVisionAnswer {
    /// The answer of a response: read, then cleaned.
    static func extracted(from response: PythonText) -> PythonText { cleaned(read(response)) }

    // MARK: - Reading

    /// What of the response is the answer: a letter, a number, what follows a phrase, or the last box.
    private static func read(_ response: PythonText) -> PythonText {
        var text = response.stripped
        for letter in letterNames(5).map({ PythonText($0) }) where names(letter, text) { text = letter }
        let tail = text.after(last: "is ").strippedAtEnd(of: ".")
        if tail.float != nil { text = tail }
        guard text.contains("oxed{") else { return afterPhrases(text) }
        let boxes = text.places(of: "oxed{")
        guard boxes.count > 1, let last = boxes.last else { return text }
        return "\\boxed{" + PythonText(text.points[(last + 5)...])
    }

    /// Whether the text ends with ` B.` or ` (B).`, or begins with a line `B` or `(B)`.
    private static func names(_ letter: PythonText, _ text: PythonText) -> Bool {
        text.hasSuffix(" " + letter + ".") || text.hasSuffix(" (" + letter + ").")
            || text.hasPrefix(letter + "\n") || text.hasPrefix("(" + letter + ")\n")
            || text.hasPrefix("(" + letter + ") " + letter + "\n")
    }

    private static func afterPhrases(_ text: PythonText) -> PythonText {
        var text = text
        for phrase: PythonText in [
            "the final answer is", "the answer is", "the correct answer is", "the answer should be",
        ] {
            for phrase in [phrase, phrase.replacing("the", with: "The")] {
                let hasPhrase = text.contains(phrase)
                text = text.after(last: phrase).stripped
                if hasPhrase { text = text.before(first: "\n").before(first: ". ") }
            }
        }
        return text
    }

    // MARK: - Cleaning

    /// The answer in the form that is compared; the rule `r1` cleans golds too.
    static func cleaned(_ answer: PythonText) -> PythonText {
        var text = inside(answer.lowercased.replacing("{}", with: ""))
        if let close = text.find("}"), text.find("{").map({ close < $0 }) ?? true {
            text = PythonText(text.points[..<close])
        }
        text = text.after(last: "=").after(last: "\\approx")
        for (old, new) in [
            (" ", ""), ("\\,", ""), ("\u{221E}", "\\infty"), ("+\\infty", "\\infty"), ("\\\\", "\\"),
            ("\n", ""),
            ("\\text", ""), ("\\mbox", ""), ("bmatrix", "pmatrix"), ("\\left", ""), ("\\right", ""),
            ("^{\\circ}", ""), ("^\\circ", ""), ("{m}^3", ""), ("m^3", ""), ("{units}", ""), ("units", ""),
            ("{km}", ""), ("km", ""),
        ] as [(PythonText, PythonText)] {
            text = text.replacing(old, with: new)
        }
        text = stripped(text)
        for letter in ["a", "b", "c", "d", "e"] {
            text = text.replacing(PythonText("(\(letter))"), with: PythonText(letter))
        }
        for letter in ["a", "b", "c", "d", "e"] {
            text = text.replacing(PythonText("{\(letter)}"), with: PythonText(letter))
        }
        return text.strippedAtEnd(of: ".").strippedAtStart(of: ":").stripped
    }

    /// What is between the first `oxed{` and the last brace after it.
    private static func inside(_ text: PythonText) -> PythonText {
        guard let open = text.find("oxed{"), let close = text.findLast("}"), close >= open + 5 else {
            return text
        }
        return PythonText(text.points[(open + 5)..<close])
    }

    /// The second half of the cleaning, which repeats a part of the first: what that left may have grown together.
    private static func stripped(_ text: PythonText) -> PythonText {
        var text = text
        for (old, new) in [
            ("\n", ""), ("\\!", ""), ("\\\\", "\\"), ("tfrac", "frac"), ("dfrac", "frac"), ("\\left", ""),
            ("\\right", ""), ("^{\\circ}", ""), ("^\\circ", ""), ("\\$", ""), ("$", ""),
        ] as [(PythonText, PythonText)] {
            text = text.replacing(old, with: new)
        }
        text = text.before(first: "\\text{ ").replacing("\\%", with: "").replacing(" .", with: " 0.")
            .replacing("{.", with: "{0.")
        guard let first = text.points.first else { return text }
        if first == 0x2E { text = "0" + text }
        for sign: PythonText in ["=", "\\approx"] where text.places(of: sign).count == 1 {
            text = text.after(last: sign)
        }
        if text.contains("sqrt") { text = withBracedRoots(text) }
        text = text.replacing(" ", with: "")
        if text.contains("sqrt") { text = withBracedFractions(text) }
        if text == "0.5" { text = "\\frac{1}{2}" }
        return asFraction(text) ?? text
    }

    /// `\sqrt2` becomes `\sqrt{2}`.
    private static func withBracedRoots(_ text: PythonText) -> PythonText {
        let parts = text.split("\\sqrt")
        return parts.dropFirst().reduce(into: parts[0]) { result, part in
            let isOpen = part.points.first.map { $0 != 0x7B } ?? false
            result =
                result + "\\sqrt"
                + (isOpen
                    ? "{" + PythonText(part.points.prefix(1)) + "}" + PythonText(part.points.dropFirst())
                    : part)
        }
    }

    /// `\frac12` becomes `\frac{1}{2}`; nothing changes if a `\frac` has fewer than two characters.
    private static func withBracedFractions(_ text: PythonText) -> PythonText {
        let parts = text.split("\\frac")
        var result = parts[0].points
        for part in parts.dropFirst().map(\.points) {
            result += PythonText("\\frac").points
            if part.first == 0x7B {
                result += part
                continue
            }
            guard part.count >= 2 else { return text }
            result += [0x7B, part[0], 0x7D]
            result += part[1] == 0x7B ? part[1...] : [0x7B, part[1], 0x7D] + part[2...]
        }
        return PythonText(result)
    }

    /// `a/b` of two whole numbers, written as Python prints them, becomes `\frac{a}{b}`.
    private static func asFraction(_ text: PythonText) -> PythonText? {
        let parts = text.split("/")
        guard parts.count == 2, let a = parts[0].integerDigits, let b = parts[1].integerDigits else {
            return nil
        }
        let texts = [a, b].map { ($0.isNegative ? "-" : "") + $0.digits }
        guard text == PythonText(texts[0] + "/" + texts[1]) else { return nil }
        return PythonText("\\frac{\(texts[0])}{\(texts[1])}")
    }
}
