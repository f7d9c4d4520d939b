// Two runs on one set by one rule: the difference, its intervals and its tests.

/// The difference of two runs on the questions of one set.
public struct SetComparison: Sendable {
    /// A difference over the questions of a group.
    public struct Group: Sendable {
        /// The axis and the group.
        public let axis, name: String
        /// The questions that only the first run got right or more often right, and only the second.
        public let broken, fixed: Int
        /// The difference; nil without questions.
        public let difference: PairedDifference?
    }

    /// The set, its benchmark and the rule.
    public let set, benchmark, rule: String
    /// The runs.
    public let first, second: String
    /// The headline of each run.
    public let firstScore, secondScore: Score
    /// The difference of the headlines.
    public let difference: PairedDifference
    /// How many questions had each outcome.
    public let outcomes: [Outcome: Int]
    /// The exact p of McNemar's test and its mid-p; nil with several samples or graded answers, where questions are not right or wrong.
    public let exactP, midP: Double?
    /// The p of the sign-flip test on the values of the questions.
    public let signFlipP: Double
    /// The p adjusted for the number of sets (Holm) of this pair of runs and this rule.
    public internal(set) var adjustedP: Double
    /// The difference that 80% of comparisons of this size would find; nil when no question differs.
    public let detectable: Double?
    /// The difference of the mean overlap of boxes and the p of its sign-flip test; nil for other answers.
    public let overlap: (difference: PairedDifference, p: Double)?
    /// The differences of the groups of each axis, not corrected for their number.
    public let groups: [Group]
    /// The questions.
    let pairs: [QuestionPair]

    /// The p that is corrected: McNemar's exact one, else that of the sign flips.
    public var p: Double { exactP ?? signFlipP }

    /// Compares two runs on a set.
    ///
    /// - Throws: `EvaluationReportError.differentQuestions`.
    init(_ first: (name: String, scores: SetScores), _ second: (name: String, scores: SetScores)) throws {
        let pairs = try pairedQuestions(first, second)
        (set, benchmark, rule) = (first.scores.set, first.scores.benchmark, first.scores.rule)
        (self.first, self.second) = (first.name, second.name)
        (firstScore, secondScore, self.pairs) = (first.scores.headline, second.scores.headline, pairs)
        let places = Dictionary(uniqueKeysWithValues: pairs.enumerated().map { ($1.first.unit, $0) })
        let parts = first.scores.headlineGroups.map { $0.compactMap { places[$0.unit] } }
            .filter { !$0.isEmpty }
        let differences = pairs.map(\.difference)
        let grouped = parts.map { $0.map { differences[$0] } }
        // A set has at least one question.
        difference = PairedDifference(groups: grouped) ?? .none
        outcomes = pairs.reduce(into: [:]) { $0[$1.outcome, default: 0] += 1 }
        let isBinary = pairs.allSatisfy {
            $0.first.sampleCount == 1 && $0.second.sampleCount == 1 && !$0.first.isGraded
                && !$0.second.isGraded
        }
        let test = McNemar(onlyFirst: outcomes[.broken] ?? 0, onlySecond: outcomes[.fixed] ?? 0)
        (exactP, midP) = isBinary ? (test.exact, test.midP) : (nil, nil)
        // Of right and wrong answers, the sign-flip test is McNemar's exact test.
        signFlipP = isBinary ? test.exact : SignFlips.p(differences)
        adjustedP = exactP ?? signFlipP
        let squares = grouped.reduce(0) { sum, part in
            sum + part.reduce(0) { $0 + $1 * $1 } / Double(part.count * part.count)
        }
        detectable =
            squares == 0
            ? nil : detectableDifference(count: 1, discordant: squares) / Double(max(1, grouped.count))
        if first.scores.table.headline == .boxes {
            let overlaps = pairs.map { $0.second.meanScore - $0.first.meanScore }
            overlap = PairedDifference(groups: parts.map { $0.map { overlaps[$0] } })
                .map { ($0, SignFlips.p(overlaps)) }
        } else {
            overlap = nil
        }
        groups = first.scores.table.groups(of: first.scores.questions).flatMap { axis, names in
            var members: [String: [QuestionPair]] = [:]
            for pair in pairs {
                for name in pair.first.groups(axis.name) { members[name, default: []].append(pair) }
            }
            return names.map { name in
                let part = members[name] ?? []
                return Group(
                    axis: axis.name, name: name, broken: part.count { $0.difference < 0 },
                    fixed: part.count { $0.difference > 0 },
                    difference: PairedDifference(groups: [part.map(\.difference)]))
            }
        }
    }
}

extension PairedDifference {
    /// The difference of no questions.
    fileprivate static let none = PairedDifference()

    private init() {
        (count, difference, standardError) = (0, 0, 0)
        (normal, bootstrap) = (Interval(low: 0, high: 0), Interval(low: 0, high: 0))
    }
}
