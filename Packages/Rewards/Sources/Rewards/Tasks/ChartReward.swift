// The chart reward: 1 if the answer matches any gold by the selected rule.
import TrainingData

/// The reward for numbers and short texts read from charts, tables and documents.
struct ChartReward: Reward {
    /// Rule and tolerances.
    let options: ChartOptions

    /// A chart reward with these options.
    init(_ options: ChartOptions = ChartOptions()) { self.options = options }

    /// `chart`.
    var name: String { "chart" }

    /// 1 if the answer matches any gold, else 0; `.badParse` if every gold is a number and the answer has
    /// none.
    func score(
        _ answer: ExtractedAnswer, for sample: Sample, context: RewardContext
    ) -> (value: Double, status: ParseStatus, detail: String?) {
        if let problem = goldProblem(sample) { return (0, .badGold, problem) }
        guard answer.status == .ok else { return (0, .noAnswer, nil) }
        let golds = sample.goldTexts
        let detail = String(answer.text.prefix(60))
        if golds.contains(where: { matches(answer.text, $0) }) { return (1, .ok, detail) }
        let wantsNumber = golds.allSatisfy { ChartRule.gold(plain($0)) != nil }
        let hasNumber = ChartRule.answer(plain(answer.text)) != nil
        return (0, wantsNumber && !hasNumber ? .badParse : .ok, detail)
    }

    /// Refuses a row without a gold, or with an empty one.
    func goldProblem(_ sample: Sample) -> String? {
        let isUsable = !sample.solutions.isEmpty && sample.goldTexts.allSatisfy { !normalized($0).isEmpty }
        return isUsable ? nil : "the row has no gold or an empty one"
    }

    private func matches(_ answer: String, _ gold: String) -> Bool {
        switch options.rule {
        case .tolerant: ChartRule.tolerant(answer, gold, options)
        case .literal: ChartRule.literal(answer, gold, tolerance: options.tolerance)
        }
    }
}
