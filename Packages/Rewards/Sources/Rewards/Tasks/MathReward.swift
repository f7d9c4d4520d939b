// The math reward: 1 if the answer's expression has the value of any gold.
import TrainingData

/// The reward for mathematical answers; rows with options also accept the letter of the right one.
struct MathReward: Reward {
    /// `math`.
    var name: String { "math" }

    /// 1 if the answer has the value of any gold, else 0; `.badParse` if every gold is an expression and the
    /// answer has none.
    func score(
        _ answer: ExtractedAnswer, for sample: Sample, context: RewardContext
    ) -> (value: Double, status: ParseStatus, detail: String?) {
        if let problem = goldProblem(sample) { return (0, .badGold, problem) }
        if namesOption(sample) { return MatchingReward(.choice).score(answer, for: sample, context: context) }
        guard answer.status == .ok else { return (0, .noAnswer, nil) }
        let golds = sample.goldTexts
        let detail = String(answer.text.prefix(60))
        if golds.contains(where: { MathRule.matches(answer.text, $0) }) { return (1, .ok, detail) }
        let wantsExpression = golds.allSatisfy { MathRule.isExpression($0) }
        return (0, wantsExpression && MathRule.reading(of: answer.text) == nil ? .badParse : .ok, detail)
    }

    /// Refuses a row without a gold, or with an empty one.
    func goldProblem(_ sample: Sample) -> String? {
        let isUsable = !sample.solutions.isEmpty && sample.goldTexts.allSatisfy { !normalized($0).isEmpty }
        return isUsable ? nil : "the row has no gold or an empty one"
    }

    /// Whether the row has options and its golds name them.
    private func namesOption(_ sample: Sample) -> Bool {
        guard let options = sample.options, !options.isEmpty else { return false }
        return MatchingReward(.choice).goldProblem(sample) == nil
    }
}
