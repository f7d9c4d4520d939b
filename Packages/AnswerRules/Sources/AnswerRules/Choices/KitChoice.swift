// VLMEvalKit's rule for multiple choice without its judge model, and the rules built on it: circular evaluation, and
// MMMU's open questions as choices of two. Source: VLMEvalKit, vlmeval/utils/matching_util.py and
// vlmeval/dataset/utils/multiple_choice.py.
import StrictJSON

/// How VLMEvalKit reads the letter of an answer.
enum KitChoice {
    /// The letter that the reference gives a refusal.
    static let refusal = "Z"

    /// The four refusals that give the letter Z.
    static let refusals: [PythonText] = [
        "Sorry, I can't help with images of people yet.", "I can't process this file.",
        "I'm sorry, but without the image provided", "Cannot determine the answer",
    ]

    /// The letter that the answer names, or Z for a refusal; nil where VLMEvalKit asks a judge model.
    static func letter(_ answer: PythonText, _ options: [(letter: String, text: String)]) -> String? {
        optionLetter(answer, options.map(\.letter)) ?? textLetter(answer, options)
    }

    /// The letter by the tokens of the answer, or after "answer is".
    private static func optionLetter(_ answer: PythonText, _ letters: [String]) -> String? {
        if answer.contains("Failed to obtain answer via API") { return nil }
        if refusals.contains(where: answer.contains) { return refusal }
        let tokens = PythonText(answer.points.map { isSign($0) ? 0x20 : $0 }).wordRanges
        let places = Dictionary(
            tokens.enumerated().lazy.filter { $0.element.count == 1 }.map {
                (answer.points[$0.element.lowerBound], $0.offset)
            }, uniquingKeysWith: { first, _ in first })
        let found = letters.compactMap { letter in
            PythonText(letter).points.first.flatMap { places[$0] }.map { (letter: letter, place: $0) }
        }
        if found.count == 1 {
            if found[0].place >= tokens.count - 4 { return found[0].letter }
        } else if found.isEmpty, places[0x5A] != nil {
            return refusal
        }
        return declaredLetter(answer).flatMap { letters.contains($0) ? $0 : nil }
    }

    /// Whether a character is replaced by a blank before the tokens are taken: one of `.()[],:;!*#{}`.
    private static func isSign(_ point: UInt32) -> Bool {
        switch point {
        case 0x2E, 0x28, 0x29, 0x5B, 0x5D, 0x2C, 0x3A, 0x3B, 0x21, 0x2A, 0x23, 0x7B, 0x7D: true
        default: false
        }
    }

    /// The letter A to D after the first "answer is" that one follows, whatever comes after the letter.
    private static func declaredLetter(_ answer: PythonText) -> String? {
        let points = answer.points.map(PythonCharacter.folded)
        let folded = PythonText(points)
        for place in folded.places(of: "answer") {
            guard let verb = afterSpace(points, place + 6), points[verb...].starts(with: [0x69, 0x73]),
                var letter = afterSpace(points, verb + 2)
            else { continue }
            while letter < points.count, points[letter] == 0x2A { letter += 1 }
            if letter < points.count, (0x61...0x64).contains(points[letter]) {
                return letterName(Int(points[letter]) - 0x61)
            }
        }
        return nil
    }

    /// The end of the white space that begins at `start`; nil without any.
    private static func afterSpace(_ points: [UInt32], _ start: Int) -> Int? {
        var end = start
        while end < points.count, PythonCharacter.isSpace(points[end]) { end += 1 }
        return end > start ? end : nil
    }

    /// The only option whose text is in the answer, unless the answer is twice as long as all of them.
    private static func textLetter(
        _ answer: PythonText, _ options: [(letter: String, text: String)]
    ) -> String? {
        let answer = answer.lowercased
        let texts = options.map { PythonText($0.text) }
        guard answer.count <= 2 * texts.reduce(0, { $0 + $1.count }) else { return nil }
        let found = options.indices.filter { answer.contains(texts[$0].lowercased) }
        return found.count == 1 ? options[found[0]].letter : nil
    }
}

/// VLMEvalKit's rules for multiple choice.
enum KitChoiceRules {
    /// `vlmevalkit.mcq`.
    static func choice(_ input: RuleInput) -> RuleVerdict {
        verdict(KitChoice.letter(PythonText(input.prediction), input.letteredOptions), input.goldLetter)
    }

    /// `vlmevalkit.mmmu-open-as-mcq`: A is the gold, B is "Other Answers"; the key is the gold if that is one capital
    /// letter, else A.
    static func openAsChoice(_ input: RuleInput) -> RuleVerdict {
        let gold = input.goldText
        let isCapital = gold.utf8.count == 1 && gold.utf8.allSatisfy { (0x41...0x5A).contains($0) }
        let letter = KitChoice.letter(
            PythonText(input.prediction), [("A", gold), ("B", "Other Answers")])
        return verdict(letter, isCapital ? gold : "A")
    }

    /// `vlmevalkit.circular`: right if every rotation is; `extracted` has the letter of each.
    static func circular(_ rotations: [RuleInput]) -> RuleVerdict {
        let verdicts = rotations.map(choice)
        let isRead = verdicts.allSatisfy { $0.extracted != nil }
        let refuses = verdicts.contains { $0.status == .refusal }
        return RuleVerdict(
            .array(verdicts.map { $0.extracted ?? .null }),
            !verdicts.isEmpty && verdicts.allSatisfy(\.isCorrect),
            status: !isRead ? .unread : refuses ? .refusal : .ok)
    }

    private static func verdict(_ letter: String?, _ gold: String) -> RuleVerdict {
        RuleVerdict(letter: letter, gold, status: letter == KitChoice.refusal ? .refusal : nil)
    }
}
