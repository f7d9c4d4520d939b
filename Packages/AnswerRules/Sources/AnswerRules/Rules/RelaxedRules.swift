// ChartQA's relaxed accuracy in the two harnesses. Sources: VLMEvalKit, vlmeval/dataset/utils/vqa_eval.py; lmms-eval,
// tasks/chartqa/utils.py.
import Rewards
import StrictJSON

/// The rules `vlmevalkit.relaxed` and `lmms.relaxed`.
enum RelaxedRules {
    /// `vlmevalkit.relaxed`: trims the answer; a gold that is a list in Python's form has several right answers.
    static func trimmed(_ input: RuleInput) -> RuleVerdict {
        let answer = PythonText(input.prediction).stripped.string
        let golds = input.gold.texts.flatMap { gold in
            PythonLiteral.list(gold).map { $0.map(\.printed) } ?? [gold]
        }
        return verdict(answer, golds)
    }

    /// `lmms.relaxed`: the answer as it is.
    static func untrimmed(_ input: RuleInput) -> RuleVerdict { verdict(input.prediction, input.gold.texts) }

    private static func verdict(_ answer: String, _ golds: [String]) -> RuleVerdict {
        RuleVerdict(
            .string(answer), golds.contains { ChartRule.literal(answer, $0) },
            status: PythonText(answer).stripped.isEmpty ? .unread : .ok)
    }
}
