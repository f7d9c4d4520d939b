// The matching reward for yes-or-no questions and multiple choice. YesNoReader.swift and ChoiceReader.swift
// read the choice.
import TrainingData

/// 1 if the answer names the gold, else 0.
struct MatchingReward: Reward {
    /// The kinds of questions.
    enum Kind: String, Sendable, CaseIterable {
        /// Yes or no (also true or false).
        case yesNo
        /// One lettered option, or a list of them.
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
    /// `detail` is the choice: `yes`, `no`, a letter, or letters.
    func score(
        _ answer: ExtractedAnswer, for sample: Sample, context: RewardContext
    ) -> (value: Double, status: ParseStatus, detail: String?) {
        if let problem = goldProblem(sample) { return (0, .badGold, problem) }
        guard answer.status == .ok else { return (0, .noAnswer, nil) }
        let golds = sample.goldTexts.map { read($0, options: sample.options) }
        switch read(answer.text, options: sample.options) {
        case .one(let choice):
            return (golds.contains(.one(choice)) ? 1 : 0, .ok, choice)
        case .all(let choices):
            // A list is an answer only where a gold is one.
            let isList = golds.contains { if case .all = $0 { true } else { false } }
            let text = choices.joined(separator: ",")
            return isList ? (golds.contains(.all(choices)) ? 1 : 0, .ok, text) : (0, .badParse, text)
        case .none: return (0, .badParse, nil)
        case .several(let choices): return (0, .badParse, choices.joined(separator: ","))
        }
    }

    /// Refuses a gold that is neither yes nor no, or neither one option nor a list of options.
    func goldProblem(_ sample: Sample) -> String? {
        guard !sample.solutions.isEmpty else { return "the row has no gold" }
        for (gold, text) in zip(sample.solutions, sample.goldTexts) {
            switch read(text, options: sample.options) {
            case .one, .all: continue
            case .none, .several:
                let expected = kind == .yesNo ? "yes or no" : "one option"
                return "the gold \"\(gold.prefix(60))\" does not name \(expected)"
            }
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
