// MathVista's own rule for an extraction, and VLMEvalKit's two checks around its judge model. Sources: MathVista,
// evaluation/calculate_score.py; VLMEvalKit, vlmeval/dataset/utils/mathvista.py.
import StrictJSON

/// The rules `mathvista.official`, `vlmevalkit.mathvista-prefetch` and `vlmevalkit.mathvista-after-judge`.
enum MathVistaRules {
    /// `mathvista.official`: brings an extraction into the form of the answer type and compares it as text.
    static func official(_ input: RuleInput) -> RuleVerdict {
        let options = input.letteredOptions
        let answer = PythonText(input.prediction)
        let read = options.isEmpty ? number(answer, input) : option(answer.stripped, options)
        let golds = options.isEmpty ? input.gold.texts : [goldOption(input)]
        return RuleVerdict(
            read.map { .string($0) },
            golds.contains { gold in read.map { $0.unicodeScalars.elementsEqual(gold.unicodeScalars) } == true
            })
    }

    /// The text of the right option, which the gold is or names by its letter.
    private static func goldOption(_ input: RuleInput) -> String {
        let (options, gold) = (input.letteredOptions, input.goldText)
        if options.contains(where: { $0.text == gold }) { return gold }
        return options.first { $0.letter == gold }?.text ?? gold
    }

    /// The option of a letter in brackets, of a capital letter, else the most similar one.
    private static func option(_ answer: PythonText, _ options: [(letter: String, text: String)]) -> String? {
        let name = bracketedLetter(answer) ?? (answer.count == 1 ? answer.string : nil)
        if let name, let option = options.first(where: { $0.letter == name }) { return option.text }
        let text = bracketedLetter(answer).map { PythonText($0) } ?? answer
        let distances = options.map { editDistance(text.points, PythonText($0.text).points) }
        guard let least = distances.min(), let index = distances.firstIndex(of: least) else { return nil }
        return options[index].text
    }

    /// The first letter alone in round brackets, as a capital.
    private static func bracketedLetter(_ answer: PythonText) -> String? {
        let points = answer.points
        for place in points.indices.dropLast(2)
        where points[place] == 0x28 && points[place + 2] == 0x29 {
            let letter = points[place + 1]
            if letter < 0x80, PythonCharacter.isLetter(letter) {
                return letterName(Int(letter & ~0x20) - 0x41)
            }
        }
        return nil
    }

    private static func number(_ answer: PythonText, _ input: RuleInput) -> String? {
        switch input.answerType {
        case "integer": return answer.float.flatMap(PythonNumber.truncatedText)
        case "float": return answer.float.flatMap { text(of: $0, precision: input.precision) }
        default: return answer.string
        }
    }

    /// The number as the official rule prints it: rounded to the precision; a whole number without one.
    static func text(of value: Double, precision: Int?) -> String? {
        guard let precision else {
            return PythonNumber.truncatedText(value.isFinite ? value.rounded(.toNearestOrEven) : value)
        }
        return PythonNumber.text(PythonNumber.rounded(value, places: precision))
    }

    /// `vlmevalkit.mathvista-prefetch`: what VLMEvalKit reads before it asks its judge model; zero counts as nothing.
    static func prefetched(_ input: RuleInput) -> RuleVerdict {
        let answer = PythonText(input.prediction)
        guard input.letteredOptions.isEmpty else {
            return KitChoiceRules.choice(input)
        }
        let gold = PythonText(input.goldText)
        switch input.answerType {
        case "integer":
            guard let value = answer.integerDigits, let wanted = gold.integerDigits, value == wanted,
                value.digits != "0"
            else { return RuleVerdict(nil, false) }
            let text = (value.isNegative ? "-" : "") + value.digits
            return RuleVerdict(Int(text).map { .integer($0) } ?? .string(text), true)
        case "float":
            guard let value = answer.float, let wanted = gold.float, value == wanted, value != 0 else {
                return RuleVerdict(nil, false)
            }
            return RuleVerdict(.finite(value), true)
        default:
            // A slip of the reference: it compares the text of its empty variable, "None", with the gold.
            return gold == "None" ? RuleVerdict(.string("None"), true) : RuleVerdict(nil, false)
        }
    }

    /// `vlmevalkit.mathvista-after-judge`: compares what the judge model extracted, unrounded; lists are never right.
    static func afterJudge(_ input: RuleInput) -> RuleVerdict {
        guard input.letteredOptions.isEmpty else {
            return KitChoiceRules.choice(input)
        }
        let (answer, gold) = (PythonText(input.prediction), PythonText(input.goldText))
        var isRight = false
        switch input.answerType {
        case "integer":
            if let value = answer.integerDigits, let wanted = gold.integerDigits { isRight = value == wanted }
        case "float":
            if let value = answer.float, let wanted = gold.float { isRight = value == wanted }
        default: isRight = gold == "None"
        }
        return RuleVerdict(answer.isEmpty ? nil : .string(input.prediction), isRight)
    }
}
