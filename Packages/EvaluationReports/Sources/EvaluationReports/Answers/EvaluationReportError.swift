// What can be wrong with scored answers.

/// Answers that cannot be summed up or compared.
public enum EvaluationReportError: Error, Equatable, CustomStringConvertible {
    /// Two answers have the same set, rule, row, rotation and sample.
    case repeatedAnswer(set: String, rule: String, id: String, rotation: Int, sample: Int)
    /// A question lacks answers that its other rotations have.
    case incompleteQuestion(set: String, rule: String, unit: String, expected: Int, found: Int)
    /// A score is not a number from 0 to 1.
    case badScore(set: String, rule: String, id: String, score: Double)
    /// The rows of one set name different benchmarks.
    case severalBenchmarks(set: String, names: [String])
    /// Runs have the same name.
    case repeatedName(String)
    /// No run, or a comparison of fewer than two.
    case tooFewRuns(expected: Int, found: Int)
    /// Two runs have no set and rule in common.
    case nothingShared(first: String, second: String)
    /// Two runs do not have the same questions in a set.
    case differentQuestions(
        set: String, first: String, second: String, onlyFirst: [String], onlySecond: [String])
    /// No answer was judged by the rule that was asked for.
    case unknownRule(String, known: [String])

    /// One sentence for the user.
    public var description: String {
        switch self {
        case .repeatedAnswer(let set, let rule, let id, let rotation, let sample):
            "\(set), rule \(rule): row \(id) (rotation \(rotation), sample \(sample)) has two answers; expected one: "
                + "were answers of two runs joined?"
        case .incompleteQuestion(let set, let rule, let unit, let expected, let found):
            "\(set), rule \(rule): question \(unit) has \(found) answers, expected \(expected) (each sample of each "
                + "rotation); did the run end early?"
        case .badScore(let set, let rule, let id, let score):
            "\(set), rule \(rule): row \(id) has the score \(score), expected a number from 0 to 1"
        case .severalBenchmarks(let set, let names):
            "\(set) has rows of \(names.joined(separator: " and ")), expected one benchmark for a set"
        case .repeatedName(let name): "two runs are called \(name), expected distinct names"
        case .tooFewRuns(let expected, let found): "expected at least \(expected) runs, found \(found)"
        case .nothingShared(let first, let second):
            "\(first) and \(second) have no set judged by the same rule"
        case .differentQuestions(let set, let first, let second, let onlyFirst, let onlySecond):
            "\(set): \(first) and \(second) do not have the same questions: "
                + [(first, onlyFirst), (second, onlySecond)].filter { !$0.1.isEmpty }.map {
                    "only \($0) has \($1.count) (\(Self.some($1)))"
                }.joined(separator: ", ") + "; a paired comparison needs the same rows"
        case .unknownRule(let rule, let known):
            "no answer was judged by the rule \(rule); known: \(known.joined(separator: ", "))"
        }
    }

    /// The first few of many names.
    private static func some(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
    }
}
