// How `r1` reads MMMU's open questions: the official candidates, without the official rule's accidents.
import Rewards
import StrictJSON

/// Numbers and texts without options.
///
/// As in the official rule the tails of the lines are the candidates. A text gold has to occur in one as whole words;
/// a number gold equals a number of a tail that is rounded to the gold's own decimals. The parts of a number are no
/// numbers: 1,249 does not contain 249.
enum R1Open {
    /// The verdict; `extracted` has the candidates.
    static func verdict(_ text: String, _ input: RuleInput) -> RuleVerdict {
        let golds = input.gold.texts.flatMap { gold in
            PythonLiteral.list(gold).map { $0.map(\.printed) } ?? [gold]
        }
        guard !golds.isEmpty, golds.allSatisfy({ !PythonText($0).stripped.isEmpty }) else {
            return RuleVerdict(nil, false, status: .badGold)
        }
        let tails = MMMUOpen.tails(of: PythonText(text))
        let numbers = tails.flatMap(numbers)
        let isRight = golds.contains { gold in
            if let wanted = number(PythonText(gold)) {
                let places = R1Numbers.decimals(of: gold)
                return numbers.contains { PythonNumber.rounded($0, places: places) == wanted }
            }
            return tails.contains { matches(gold, $0.string) }
        }
        let read = numbers.map(JSONValue.finite) + tails.map { .string($0.string) }
        return RuleVerdict(.array(read), isRight)
    }

    /// Whether a text gold occurs in a tail; a single character has to be all of it.
    private static func matches(_ gold: String, _ tail: String) -> Bool {
        haveSameWords(gold, tail) || PythonText(gold).stripped.count > 1 && hasWords(gold, in: tail)
    }

    private static func number(_ text: PythonText) -> Double? { text.replacing(",", with: "").stripped.float }

    /// The numbers of a tail: all of it, else those of the official scans that are not inside another one.
    private static func numbers(_ tail: PythonText) -> [Double] {
        if let whole = number(tail) { return [whole] }
        return NumberScans.outermost(in: tail).compactMap(number)
    }
}
