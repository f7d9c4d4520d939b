// Which rules judge a benchmark: for each author a rule for questions with options and one for open questions.
internal import AnswerRules
public import Benchmarks

/// The rules of one author for a benchmark.
public struct RuleSet: Sendable, Equatable {
    /// Whose rules these are: `r1`, `official`, `vlmevalkit` or `lmms`; the name in tables.
    public let id: String
    /// The rule for questions with options.
    let choice: String
    /// The rule for open questions.
    let open: String

    private init(_ id: String, _ choice: String, open: String? = nil) {
        (self.id, self.choice) = (id, choice)
        self.open = open ?? choice
    }

    /// The rule for a row.
    func rule(for row: BenchmarkRow) throws -> AnswerRule { try AnswerRule.named(row.isOpen ? open : choice) }

    /// The ids of all sets of rules, in the order of tables.
    public static let ids = ["r1", "official", "vlmevalkit", "lmms"]

    /// The rules for a benchmark, ours first.
    ///
    /// What a benchmark's authors or a harness give to a judge model is judged by the part of their rule that needs none.
    /// MMBench's circular rule is that of the harness in every set: a question is right when each of its rotations is.
    public static func all(for benchmark: Benchmark) -> [RuleSet] {
        let r1 = RuleSet("r1", "r1")
        switch benchmark {
        case .mathvista:
            return [
                r1, RuleSet("official", "mathvista.official"),
                RuleSet("vlmevalkit", "vlmevalkit.mathvista-prefetch"),
            ]
        case .mathvision:
            return [
                r1, RuleSet("official", "mathvision.official"),
                RuleSet("vlmevalkit", "vlmevalkit.mcq", open: "vlmevalkit.is-equal"),
            ]
        case .mmmu:
            return [
                r1, RuleSet("official", "mmmu.mcq", open: "mmmu.open"),
                RuleSet("vlmevalkit", "vlmevalkit.mcq", open: "vlmevalkit.mmmu-open-as-mcq"),
                RuleSet("lmms", "lmms.mmmu-mcq", open: "lmms.mmmu-open"),
            ]
        case .mmstar:
            return [
                r1, RuleSet("official", "mmstar.official"), RuleSet("vlmevalkit", "vlmevalkit.mcq"),
                RuleSet("lmms", "lmms.mcq"),
            ]
        case .mmbench:
            return [r1, RuleSet("vlmevalkit", "vlmevalkit.mcq"), RuleSet("lmms", "lmms.mmbench-prefetch")]
        case .ai2d: return [r1, RuleSet("vlmevalkit", "vlmevalkit.mcq"), RuleSet("lmms", "lmms.ai2d")]
        case .chartqa:
            return [r1, RuleSet("vlmevalkit", "vlmevalkit.relaxed"), RuleSet("lmms", "lmms.relaxed")]
        case .refcoco:
            return [r1, RuleSet("vlmevalkit", "vlmevalkit.refcoco"), RuleSet("lmms", "lmms.refcoco-rec")]
        case .custom: return [r1]
        }
    }
}
