// The stages that take the answer out of a stored text, before a rule reads it.
import Rewards

/// A stage that takes the answer out of a stored text.
public struct AnswerStrip: Sendable {
    /// The name that options and reports use.
    public let id: String
    /// What the stage does, in a sentence.
    public let summary: String
    private let strip: @Sendable (String) -> String

    /// The answer in a stored text, empty if there is none; linear in the text.
    public func answer(in text: String) -> String { strip(text) }

    /// All stages; the first is the default.
    public static let all: [AnswerStrip] = [
        AnswerStrip(
            id: "r1",
            summary:
                "After the last </think>; inside <answer>; inside the last \\boxed{} or the line after ####."
        ) { extractAnswer($0).text },
        AnswerStrip(
            id: "vlmevalkit.split-think",
            summary: "What follows the last </think>, if there is one (VLMEvalKit with SPLIT_THINK=1)."
        ) { LmmsStrips.splitThinking(PythonText($0)).string },
        AnswerStrip(
            id: "lmms.strip-tags",
            summary: "The text without closed <think>...</think> (lmms-eval's default)."
        ) { LmmsStrips.withoutThinking(PythonText($0)).string },
        AnswerStrip(
            id: "lmms.reasoning-tag",
            summary:
                "Inside the first <answer>, else inside the last \\boxed{}, else the number at the end of a line "
                + "(lmms-eval's reasoning tasks)."
        ) { LmmsStrips.reasoningAnswer(PythonText($0)).string },
    ]

    /// The stage with an id; throws ``RuleError``.
    public static func named(_ id: String) throws -> AnswerStrip {
        guard let strip = all.first(where: { $0.id == id }) else {
            throw RuleError.unknownRule(id, known: all.map(\.id))
        }
        return strip
    }
}
