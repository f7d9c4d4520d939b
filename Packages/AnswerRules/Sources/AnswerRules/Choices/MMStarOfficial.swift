// MMStar's own rule. Source: MMStar, eval/vlmeval/evaluate/mmstar.py.

/// The rule `mmstar.official`: the gold's letter is in one of four places, whatever follows it.
enum MMStarOfficial {
    /// The verdict; the rule compares places and extracts nothing.
    static func verdict(_ input: RuleInput) -> RuleVerdict {
        let gold = normalized(input.goldLetter)
        let answer = normalized(input.prediction)
        let places: [(lead: PythonText, length: Int)] = [
            ("", 0), ("(", 1), ("option ", 7), ("the answer is ", 14),
        ]
        let isRight = places.contains { lead, length in
            answer.hasPrefix(lead) && answer.count > length && gold.points == [answer.points[length]]
        }
        return RuleVerdict(nil, isRight, status: answer.isEmpty ? .unread : .ok)
    }

    private static func normalized(_ text: String) -> PythonText {
        PythonText(text).lowercased.stripped.replacing("\n", with: " ")
    }
}
