// MMMU's own rule for multiple choice, and lmms-eval's variant of it. Both draw a random letter where they read none;
// here such an answer is unread and wrong. Sources: MMMU, eval/eval_utils.py (parse_multi_choice_response); lmms-eval,
// tasks/_task_utils/mmmu_mcq_utils.py.
import StrictJSON

/// The rules `mmmu.mcq` and `lmms.mmmu-mcq`.
enum MMMUChoice {
    /// The two rules differ in what they look for after letters in round brackets.
    enum Variant {
        /// A letter between blanks.
        case official
        /// A letter before a blank, then a letter before a point.
        case lmms
    }

    /// The verdict of either rule.
    static func verdict(_ input: RuleInput, _ variant: Variant) -> RuleVerdict {
        let letter = letter(PythonText(input.prediction), input.letteredOptions, variant)
        let isRight = letter.map { ([input.goldLetter] + input.gold.texts).contains($0) } ?? false
        return RuleVerdict(letter.map { .string($0) }, isRight)
    }

    private static func letter(
        _ answer: PythonText, _ options: [(letter: String, text: String)], _ variant: Variant
    ) -> String? {
        var text = answer
        for sign: Unicode.Scalar in [",", ".", "!", "?", ";", ":", "'"] { text = text.stripped(of: sign) }
        text = " " + text + " "
        let marks: [(before: PythonText, after: PythonText)] =
            variant == .official ? [("(", ")"), (" ", " ")] : [("(", ")"), ("", " "), ("", ".")]
        for (index, mark) in marks.enumerated() {
            let found = options.map(\.letter).filter {
                text.contains(mark.before + PythonText($0) + mark.after)
            }
            guard found.count > 1 else {
                if let only = found.first { return only }
                continue
            }
            // lmms-eval looks for blanks on both sides here too; letters without them are at no place (-1).
            let (before, after) = index == 0 ? mark : (" ", " ")
            return last(found) { text.findLast(before + PythonText($0) + after) }
        }
        guard text.wordRanges.count > 5 else { return nil }
        let lowercased = text.lowercased
        let texts = Dictionary(
            uniqueKeysWithValues: options.map { ($0.letter, PythonText($0.text).lowercased) })
        let found = options.map(\.letter).filter { texts[$0].map(lowercased.contains) == true }
        guard found.count > 1 else { return found.first }
        return last(found) { texts[$0].flatMap(lowercased.findLast) }
    }

    /// The letter whose last place is furthest right; the first of several.
    private static func last(_ letters: [String], place: (String) -> Int?) -> String? {
        var best: (letter: String, place: Int)?
        for letter in letters {
            let place = place(letter) ?? -1
            if place > best?.place ?? -2 { best = (letter, place) }
        }
        return best?.letter
    }
}
