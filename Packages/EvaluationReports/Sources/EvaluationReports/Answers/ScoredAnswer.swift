// One answer with the verdict of one rule: what every table, comparison and page is made from.

/// A stored answer as a rule judged it.
public struct ScoredAnswer: Codable, Sendable, Equatable {
    /// The groups of an axis that a row belongs to.
    public struct Category: Codable, Sendable, Equatable {
        /// The axis, such as `subject`.
        public var axis: String
        /// The groups; a row with several counts in each.
        public var names: [String]

        /// Groups of an axis.
        public init(axis: String, names: [String]) { (self.axis, self.names) = (axis, names) }
    }

    /// The set, such as `AI2D_TEST`: one column of a report.
    public var set: String
    /// The benchmark, such as `ai2d`: how the set is summed up.
    public var benchmark: String
    /// The row; with set, rotation, sample and rule it occurs once.
    public var id: String
    /// The question that resampling draws: the row, or the base row of a circular group.
    public var unit: String
    /// The rotation of the options; 0 for the base row.
    public var rotation = 0
    /// The number of the answer among several to one row.
    public var sample = 0
    /// The rule that judged.
    public var rule: String
    /// Whether the rule calls the answer right.
    public var isCorrect: Bool
    /// From 0 to 1: 1 or 0, or the overlap of a box.
    public var score: Double
    /// Whether the score is a degree, such as the similarity of a caption: means are then over scores, not over right answers.
    public var isGraded = false
    /// What the rule says of the answer: `ok`, `unread`, `refusal`, `badGold`, or another word.
    public var status: String
    /// Whether the answer reached the limit of tokens.
    public var isCutOff = false
    /// The letter that was read; nil when none was, or for other kinds of answers.
    public var letter: String?
    /// The right letter; nil for questions without options.
    public var goldLetter: String?
    /// What was read, as text; nil when nothing was.
    public var extracted: String?
    /// The groups of the row.
    public var categories: [Category] = []
    /// The tokens of the answer.
    public var tokens = 0

    /// An answer; set what else is known afterwards.
    public init(
        set: String, benchmark: String, id: String, unit: String, rule: String, isCorrect: Bool,
        score: Double,
        status: String
    ) {
        (self.set, self.benchmark, self.id, self.unit) = (set, benchmark, id, unit)
        (self.rule, self.isCorrect, self.score, self.status) = (rule, isCorrect, score, status)
    }
}
