// The matching reward: yes-or-no questions and multiple choice. What counts as a choice is read in
// ChoiceReader.swift.
public import TrainingData

/// 1 when the answer names the gold, else 0.
public struct MatchingReward: Reward {
    /// The two kinds of question that are matched.
    public enum Kind: String, Sendable, CaseIterable {
        /// Yes or no (also true or false).
        case yesNo
        /// One lettered option.
        case choice
    }

    /// The kind of question.
    public let kind: Kind

    /// A matching reward for one kind of question.
    public init(_ kind: Kind) { self.kind = kind }

    /// `matching`.
    public var name: String { "matching" }

    /// 1 when the answer is any of the golds.
    ///
    /// `detail` is the choice read: `yes`, `no` or a letter.
    public func score(
        _ answer: ExtractedAnswer, for sample: Sample, context: RewardContext
    ) -> (value: Double, status: ParseStatus, detail: String?) {
        if let problem = goldProblem(sample) { return (0, .badGold, problem) }
        guard answer.status == .ok else { return (0, .noAnswer, nil) }
        switch read(answer.text, options: sample.options) {
        case .one(let choice):
            let isRight = sample.solutions.contains { read($0, options: sample.options) == .one(choice) }
            return (isRight ? 1 : 0, .ok, choice)
        case .none: return (0, .badParse, nil)
        case .several(let choices): return (0, .badParse, choices.joined(separator: ","))
        }
    }

    /// A gold that is neither yes nor no, or not exactly one option.
    public func goldProblem(_ sample: Sample) -> String? {
        guard !sample.solutions.isEmpty else { return "the row has no gold" }
        for gold in sample.solutions {
            if case .one = read(gold, options: sample.options) { continue }
            let expected = kind == .yesNo ? "yes or no" : "one option"
            return "the gold \"\(gold.prefix(60))\" does not name \(expected)"
        }
        return nil
    }

    private func read(_ text: String, options: [String]?) -> Choice {
        switch kind {
        case .yesNo: readYesNo(text)
        case .choice: readLetter(text, options: options)
        }
    }
}

/// What a text chooses.
enum Choice: Equatable {
    case none
    case one(String)
    case several([String])
}

/// Reads yes or no (true or false) as whole words.
///
/// The first word decides when it is one of them, unless its opposite follows at once ("yes/no", "yes or
/// no"). Else exactly one of the two must occur: "no" inside "nothing" is no answer, and both are none.
func readYesNo(_ text: String) -> Choice {
    let bytes = Array(text.utf8)
    var (first, previous): (Bool?, Bool?) = (nil, nil)
    var (hasYes, hasNo, isHedged) = (false, false, false)
    for (index, word) in words(of: bytes).enumerated() {
        let spelling = word.count <= 5 ? bytes.text(word).lowercased() : ""
        switch spelling {
        case "yes", "true", "no", "false":
            let value = spelling == "yes" || spelling == "true"
            if index == 0 { first = value }
            if let previous, previous != value { isHedged = true }
            previous = value
            if value { hasYes = true } else { hasNo = true }
        case "or", "and": break
        default: previous = nil
        }
    }
    if let first, !isHedged { return .one(first ? "yes" : "no") }
    if hasYes && hasNo { return .several(["no", "yes"]) }
    return hasYes ? .one("yes") : hasNo ? .one("no") : .none
}
