// lmms-eval's rules for multiple choice. Sources: tasks/_task_utils/mcq_extract.py (lmms.mcq), tasks/ai2d/utils.py
// (lmms.ai2d), tasks/mmbench/mmbench_evals.py (lmms.mmbench-prefetch).
import StrictJSON

/// The rules `lmms.mcq`, `lmms.ai2d` and `lmms.mmbench-prefetch`.
enum LmmsChoice {
    /// `lmms.mcq`: all places that look like a letter, each with the priority of its form; the highest, then the last.
    ///
    /// The letters are those of the options, A to D without options.
    static func ranked(_ input: RuleInput) -> RuleVerdict {
        let letters = input.options.isEmpty ? letterNames(4) : input.letteredOptions.map(\.letter)
        let letter = rankedLetter(PythonText(input.prediction), letters)
        return RuleVerdict(letter: letter, input.goldLetter.trimmedUppercase)
    }

    private static let phrases: [PythonText] = [
        "the answer is", "answer is", "the correct answer is", "correct answer is", "the best answer is",
        "best answer is", "the correct option is", "correct option is", "the best option is",
        "best option is", "the choice is", "choice is", "the correct choice is", "correct choice is",
        "i choose", "i select", "i pick", "my answer is", "my choice is", "옵션", "정답은", "답은", "답:", "答案是",
        "答案为", "选", "答えは",
    ]

    private static func rankedLetter(_ answer: PythonText, _ letters: [String]) -> String? {
        guard !answer.stripped.isEmpty else { return nil }
        var bare = answer.stripped
        for sign: Unicode.Scalar in [",", ".", "!", "?", ";", ":", "'", "\""] {
            bare = bare.stripped(of: sign)
        }
        let text = " " + bare + " "
        var best: (letter: String, priority: Int, place: Int)?
        func add(_ letter: String, _ priority: Int, _ place: Int) {
            if let best, (best.priority, best.place) >= (priority, place) { return }
            best = (letter, priority, place)
        }
        let forms: [(before: PythonText, after: PythonText, priority: Int)] = [
            ("(", ")", 6), ("", ".", 5), ("", ":", 4), ("", ")", 3), ("", " ", 2),
        ]
        for form in forms {
            for letter in letters {
                if let place = text.findLast(form.before + PythonText(letter) + form.after) {
                    add(letter, form.priority, place)
                }
            }
        }
        let lowercased = text.lowercased
        for phrase in phrases {
            guard let place = lowercased.find(phrase) else { continue }
            for letter in letters {
                if let found = text.find(PythonText(letter), from: place + phrase.count) {
                    add(letter, 7, found)
                }
            }
        }
        let stripped = text.stripped.points
        for letter in letters where stripped.first == PythonText(letter).points[0] {
            if stripped.count == 1 || !PythonCharacter.isLetter(stripped[1]) { add(letter, 10, 0) }
        }
        for letter in letters where stripped.last == PythonText(letter).points[0] {
            if stripped.count == 1 || !PythonCharacter.isLetter(stripped[stripped.count - 2]) {
                add(letter, 9, text.count - 1)
            }
        }
        if best == nil {
            for letter in letters {
                if let place = text.findLast(PythonText(letter)) { add(letter, 0, place) }
            }
        }
        return best?.letter
    }

    /// `lmms.ai2d`: the capital of a leading `X.`, else the whole answer; equal without case and ASCII punctuation.
    static func diagram(_ input: RuleInput) -> RuleVerdict {
        let answer = PythonText(input.prediction)
        let start = answer.points.firstIndex { !PythonCharacter.isSpace($0) } ?? answer.count
        var read = answer
        if start + 1 < answer.count, (0x41...0x5A).contains(answer.points[start]),
            answer.points[start + 1] == 0x2E
        {
            read = PythonText([answer.points[start]])
        }
        let gold = input.goldIndex.map { (0..<26).contains($0) ? letterName($0) : "" } ?? input.goldLetter
        return RuleVerdict(
            read.isEmpty ? nil : .string(read.string), bare(read) == bare(PythonText(gold)))
    }

    /// The text in lower case without ASCII punctuation.
    private static func bare(_ text: PythonText) -> PythonText {
        let signs = Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".unicodeScalars.map(\.value))
        return PythonText(text.lowercased.points.filter { !signs.contains($0) })
    }

    /// `lmms.mmbench-prefetch`: a letter A to E among the tokens in one of 13 forms, else the only option within.
    static func prefetched(_ input: RuleInput) -> RuleVerdict {
        let answer = PythonText(input.prediction)
        let letter = tokenLetter(answer) ?? onlyText(answer.lowercased, input.letteredOptions)
        return RuleVerdict(letter: letter, input.goldLetter)
    }

    private static func tokenLetter(_ answer: PythonText) -> String? {
        if answer.contains("Failed to obtain answer via API") { return nil }
        let tokens = answer.wordRanges
        // No form has more than four characters.
        let known = Set(tokens.filter { $0.count <= 4 }.map { PythonText(answer.points[$0]) })
        func letters(_ before: PythonText, _ after: PythonText) -> [String] {
            letterNames(5).filter { known.contains(before + PythonText($0) + after) }
        }
        let bare = letters("", "")
        // In a longer answer a single A may be an article.
        if bare.count == 1, !(bare[0] == "A" && tokens.count > 3) { return bare[0] }
        let forms: [(PythonText, PythonText)] = [
            ("", "."), ("", ","), ("", ":"), ("", ")"), ("", ")."), ("(", ")"), ("(", ")."), (":", ""),
            (":", ","), (":", "."), (":", ")"), (":", ")."),
        ]
        for (before, after) in forms {
            let found = letters(before, after)
            if found.count == 1 { return found[0] }
        }
        return nil
    }

    private static func onlyText(
        _ answer: PythonText, _ options: [(letter: String, text: String)]
    ) -> String? {
        let found = options.filter { answer.contains(PythonText($0.text).lowercased) }
        return found.count == 1 ? found[0].letter : nil
    }
}

extension String {
    /// The text without white space at its ends, in capitals.
    fileprivate var trimmedUppercase: String { PythonText(self).stripped.string.uppercased() }
}
