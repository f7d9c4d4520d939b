// MMMU's rule for open questions, and the one of lmms-eval that lost most of it. Sources: MMMU, eval/eval_utils.py
// (parse_open_response, eval_open); lmms-eval, tasks/mmmu/utils.py before its change 1471.
import StrictJSON

/// A candidate answer or a gold, in the form in which MMMU compares them.
enum OpenAnswer: Hashable {
    /// A number, rounded to two decimals.
    case number(Double)
    /// A text in lower case; a single character has a blank before or after it.
    case text(PythonText)

    /// The forms of a text: a number if it is one, else the text.
    static func forms(of text: PythonText) -> [OpenAnswer] {
        let text = text.stripped
        if let number = text.replacing(",", with: "").float {
            return [.number(PythonNumber.rounded(number, places: 2))]
        }
        let lowercased = text.lowercased
        return lowercased.count == 1
            ? [.text(" " + lowercased), .text(lowercased + " ")] : [.text(lowercased)]
    }

    /// What Python prints.
    var printed: String {
        switch self {
        case .number(let value): PythonNumber.text(value)
        case .text(let text): text.string
        }
    }

    /// The number or text.
    var json: JSONValue {
        switch self {
        case .number(let value): .finite(value)
        case .text(let text): .string(text.string)
        }
    }

    private var isText: Bool { if case .text = self { true } else { false } }

    /// Candidates without repetition: numbers, then texts, each by what Python prints.
    static func distinct(_ candidates: [OpenAnswer]) -> [OpenAnswer] {
        Array(Set(candidates)).map { ($0, $0.isText, $0.printed) }
            .sorted { !$0.1 && $1.1 || $0.1 == $1.1 && $0.2.utf8.lexicographicallyPrecedes($1.2.utf8) }
            .map(\.0)
    }
}

/// The rules `mmmu.open` and `lmms.mmmu-open`.
enum MMMUOpen {
    /// `mmmu.open`: right if a text candidate contains a text gold or a number equals one.
    static func verdict(_ input: RuleInput) -> RuleVerdict {
        let candidates = candidates(PythonText(input.prediction))
        let golds = input.gold.texts.flatMap { OpenAnswer.forms(of: PythonText($0)) }
        let isRight = candidates.contains { candidate in
            switch candidate {
            case .number: golds.contains(candidate)
            case .text(let text):
                golds.contains { if case .text(let gold) = $0 { text.contains(gold) } else { false } }
            }
        }
        return RuleVerdict(.array(candidates.map(\.json)), isRight)
    }

    /// `lmms.mmmu-open`: keeps one candidate as text and loops over its characters, none of which contains a gold
    /// unless that is empty.
    static func firstCharacters(_ input: RuleInput) -> RuleVerdict {
        // The reference takes any element of a set; this is the first in the order of mmmu.open.
        let candidate = candidates(PythonText(input.prediction)).first?.printed ?? ""
        let golds = input.gold.texts.flatMap { OpenAnswer.forms(of: PythonText($0)) }
        return RuleVerdict(.string(candidate), !candidate.isEmpty && golds.contains(.text("")))
    }

    /// The candidates of an answer: the tails of its lines and their numbers.
    private static func candidates(_ answer: PythonText) -> [OpenAnswer] {
        let tails = tails(of: answer)
        return OpenAnswer.distinct(
            (tails + tails.flatMap(NumberScans.numbers)).flatMap(OpenAnswer.forms))
    }

    private static let leads: [PythonText] = [
        "could be ", "so ", "is ", "thus ", "therefore ", "final ", "answer ", "result ",
    ]

    /// The shortest tail of each line after the last occurrence of a lead; the whole answer without any.
    ///
    /// In the last line an equals sign leads too.
    static func tails(of answer: PythonText) -> [PythonText] {
        let answer = answer.stripped.stripped(of: ".").lowercased
        let lines = answer.split("\n")
        var tails: [PythonText] = []
        for (index, line) in lines.enumerated() {
            var shortest: PythonText = ""
            for lead in index == lines.count - 1 ? leads + ["="] : leads {
                guard let place = line.findLast(lead) else { continue }
                let tail = PythonText(line.points[(place + lead.count)...]).stripped
                if shortest.isEmpty || tail.count < shortest.count { shortest = tail }
            }
            let trivial: [PythonText] = ["", ":", ",", ".", "!", "?", ";", "'"]
            if !trivial.contains(shortest) { tails.append(shortest) }
        }
        return tails.isEmpty ? [answer] : tails
    }
}
