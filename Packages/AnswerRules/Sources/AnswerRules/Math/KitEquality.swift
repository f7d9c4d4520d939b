// VLMEvalKit's comparison for MathVision, which follows its judge model. Source: VLMEvalKit,
// vlmeval/dataset/utils/mathv.py (is_equal, post_check).
import StrictJSON

/// The rule `vlmevalkit.is-equal`.
enum KitEquality {
    /// The verdict: equal as text without case, as Python arithmetic, or as LaTeX, within 1e-6.
    ///
    /// With options the letter is read as by `vlmevalkit.mcq` first.
    static func verdict(_ input: RuleInput) -> RuleVerdict {
        guard input.letteredOptions.isEmpty else {
            let letter = KitChoice.letter(PythonText(input.prediction), input.letteredOptions)
            let status: RuleStatus? = letter == KitChoice.refusal ? .refusal : nil
            let isRight = areEqual(PythonText(letter ?? "False"), PythonText(input.goldLetter))
            return RuleVerdict(letter.map { .string($0) }, isRight, status: status)
        }
        let answer = PythonText(input.prediction)
        let isRight = input.gold.texts.contains { areEqual(answer, PythonText($0)) }
        return RuleVerdict(answer.isEmpty ? nil : .string(input.prediction), isRight)
    }

    private static func areEqual(_ answer: PythonText, _ gold: PythonText) -> Bool {
        let (answer, gold) = (answer.lowercased.stripped, gold.lowercased.stripped)
        if answer == gold { return true }
        // A slip of the reference: its variable a, the gold's value, is known while the answer is evaluated.
        if let a = PythonArithmetic.value(of: gold),
            let b = PythonArithmetic.value(of: answer, names: [UInt8(ascii: "a"): a]), areClose(a, b)
        {
            return true
        }
        // The printed expressions are evaluated without the names of functions, and with a and b known as above. A text
        // that is no expression raises in the reference, which catches that and calls the answer wrong.
        var grammar = LatexValue.Grammar(hasFunctions: false, hasPercent: false)
        let (a, b) = (try? LatexValue.of(gold, grammar), try? LatexValue.of(answer, grammar))
        grammar.variables[UInt8(ascii: "a")] = a
        grammar.variables[UInt8(ascii: "b")] = b
        guard let x = a ?? (try? LatexValue.of(gold, grammar)),
            let y = b ?? (try? LatexValue.of(answer, grammar))
        else { return false }
        return areClose(x, y)
    }

    private static func areClose(_ a: PythonValue, _ b: PythonValue) -> Bool {
        a.minus(b).map { abs($0.double) < 1e-6 } ?? false
    }
}
