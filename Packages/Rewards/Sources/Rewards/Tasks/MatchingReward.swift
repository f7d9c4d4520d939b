// The matching reward for yes-or-no questions and multiple choice. Choice.swift and ChoiceReader.swift read
// the choice.
import TrainingData

/// 1 if the answer names the gold, else 0.
struct MatchingReward: Reward {
    /// The kinds of questions.
    enum Kind: String, Sendable, CaseIterable {
        /// Yes or no (also true or false).
        case yesNo
        /// One lettered option.
        case choice
    }

    /// The kind of question.
    let kind: Kind

    /// A matching reward for one kind of question.
    init(_ kind: Kind) { self.kind = kind }

    /// `matching`.
    var name: String { "matching" }

    /// 1 if the answer is any of the golds.
    ///
    /// `detail` is the choice: `yes`, `no` or a letter.
    func score(
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

    /// Refuses a gold that is neither yes nor no, or not exactly one option.
    func goldProblem(_ sample: Sample) -> String? {
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
