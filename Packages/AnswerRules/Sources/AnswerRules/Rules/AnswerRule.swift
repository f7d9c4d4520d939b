// The rules by name. RuleTable.swift lists them.
import StrictJSON

/// A rule: says of a stored answer what it reads and whether that is right.
///
/// Rules are pure functions: the same answer and row give the same verdict, without a model and without chance.
public struct AnswerRule: Sendable {
    /// The name that options and reports use.
    public let id: String
    /// What the rule does, in a sentence or two.
    public let summary: String
    /// The benchmarks that the rule is for.
    public let benchmarks: [String]
    /// Whether the rule judges the rotations of a question together (``judge(group:)``).
    public let judgesGroups: Bool
    /// Whether the score is an intersection over union.
    public let measuresOverlap: Bool

    private let rule: @Sendable ([RuleInput]) throws -> RuleVerdict

    /// A rule for single answers.
    init(
        _ id: String, _ benchmarks: [String], _ summary: String, measuresOverlap: Bool = false,
        _ rule: @escaping @Sendable (RuleInput) throws -> RuleVerdict
    ) {
        (self.id, self.summary, self.benchmarks) = (id, summary, benchmarks)
        (judgesGroups, self.measuresOverlap) = (false, measuresOverlap)
        self.rule = { try rule($0[0]) }
    }

    /// A rule for groups of answers.
    init(
        group id: String, _ benchmarks: [String], _ summary: String,
        _ rule: @escaping @Sendable ([RuleInput]) throws -> RuleVerdict
    ) {
        (self.id, self.summary, self.benchmarks) = (id, summary, benchmarks)
        (judgesGroups, measuresOverlap) = (true, false)
        self.rule = rule
    }

    /// The verdict on one answer; a rule for groups takes it for a group of one.
    ///
    /// Linear in the answer. Throws ``RuleError`` when the row lacks what the rule needs.
    public func judge(_ input: RuleInput) throws -> RuleVerdict { try rule([input]) }

    /// The verdict on the answers to all rotations of a question.
    ///
    /// A rule for single answers, applied to several, is right if it is right on each; `extracted` lists what it read.
    public func judge(group inputs: [RuleInput]) throws -> RuleVerdict {
        if judgesGroups { return try rule(inputs) }
        if inputs.count == 1 { return try rule(inputs) }
        let verdicts = try inputs.map { try rule([$0]) }
        let worst = verdicts.first { $0.status != .ok }?.status ?? .ok
        return RuleVerdict(
            .array(verdicts.map { $0.extracted ?? .null }),
            !verdicts.isEmpty && verdicts.allSatisfy(\.isCorrect), status: worst)
    }

    /// The rule with an id; throws ``RuleError``.
    public static func named(_ id: String) throws -> AnswerRule {
        guard let rule = all.first(where: { $0.id == id }) else {
            throw RuleError.unknownRule(id, known: all.map(\.id))
        }
        return rule
    }
}
