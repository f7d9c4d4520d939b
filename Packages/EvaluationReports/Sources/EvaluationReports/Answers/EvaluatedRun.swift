// A run of an evaluation: its answers, and where examples come from.

/// What a page shows of one answer.
public struct AnswerExample: Sendable, Equatable {
    /// The question with its options, as a person reads it.
    public var prompt: String
    /// The answer as it was generated.
    public var answer: String
    /// The right answer.
    public var gold: String
    /// The pictures in their order: paths, or `data:` URIs.
    public var pictures: [String] = []
    /// Gold boxes and the boxes that were read, in pixels of the first picture: left, top, right, bottom.
    public var goldBoxes: [[Double]] = [], readBoxes: [[Double]] = []

    /// An example.
    public init(prompt: String, answer: String, gold: String, pictures: [String] = []) {
        (self.prompt, self.answer, self.gold, self.pictures) = (prompt, answer, gold, pictures)
    }
}

/// The scored answers of one run.
public struct EvaluatedRun: Sendable {
    /// The name in tables and legends; distinct among the runs of a report.
    public var name: String
    /// What can change a score, such as model, prompt style and limit of tokens, in this order.
    public var facts: [(name: String, value: String)]
    /// The answers of all sets by all rules.
    public var answers: [ScoredAnswer]
    /// The texts and pictures of an answer; only the few that a page shows are asked for.
    public var example: @Sendable (ScoredAnswer) throws -> AnswerExample

    /// A run.
    public init(
        name: String, facts: [(name: String, value: String)] = [], answers: [ScoredAnswer],
        example: @escaping @Sendable (ScoredAnswer) throws -> AnswerExample
    ) {
        (self.name, self.facts, self.answers, self.example) = (name, facts, answers, example)
    }
}
