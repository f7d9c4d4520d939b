// The questions of a set that two runs answered, matched by identifier.

/// What became of a question from the first run to the second.
public enum Outcome: String, Sendable, CaseIterable {
    /// More samples are right in the second run; with one sample: wrong, then right.
    case fixed
    /// Fewer samples are right in the second run.
    case broken
    /// No sample is right in either run.
    case bothWrong = "both wrong"
    /// Equally many samples are right in both, at least one.
    case bothRight = "both right"

    /// The outcome of the shares of right samples.
    init(_ first: Double, _ second: Double) {
        self = second > first ? .fixed : second < first ? .broken : first == 0 ? .bothWrong : .bothRight
    }
}

/// One question in two runs.
struct QuestionPair: Sendable {
    /// The question with the answers of each run.
    let first, second: Question

    /// The second share of right samples minus the first.
    var difference: Double { second.accuracy - first.accuracy }
    /// What became of it.
    var outcome: Outcome { Outcome(first.accuracy, second.accuracy) }

    /// The answers to look at: of the first rotation and sample with the verdicts of the outcome, else of the first whose
    /// verdicts differ, else of the base row.
    var shown: (first: ScoredAnswer, second: ScoredAnswer) {
        guard first.answers.count == second.answers.count else { return (first.base, second.base) }
        let answers = Array(zip(first.answers, second.answers))
        let wanted: (Bool, Bool) =
            switch outcome {
            case .fixed: (false, true)
            case .broken: (true, false)
            case .bothWrong: (false, false)
            case .bothRight: (true, true)
            }
        return answers.first { ($0.isCorrect, $1.isCorrect) == wanted }
            ?? answers.first { $0.isCorrect != $1.isCorrect } ?? (first.base, second.base)
    }
}

/// Matches the questions of two runs, in the order of the first.
///
/// - Parameters:
///   - first: The scores of the first run and its name.
///   - second: Those of the second, of the same set and rule.
/// - Returns: Each question with both answers.
/// - Throws: `EvaluationReportError.differentQuestions`, which names some of those that only one run has.
func pairedQuestions(
    _ first: (name: String, scores: SetScores), _ second: (name: String, scores: SetScores)
) throws -> [QuestionPair] {
    let known = Dictionary(uniqueKeysWithValues: second.scores.questions.map { ($0.unit, $0) })
    var (pairs, onlyFirst): ([QuestionPair], [String]) = ([], [])
    for question in first.scores.questions {
        // The rotations of a question are rows, too.
        if let other = known[question.unit], other.rotationCount == question.rotationCount {
            pairs.append(QuestionPair(first: question, second: other))
        } else {
            onlyFirst.append(question.unit)
        }
    }
    guard onlyFirst.isEmpty, pairs.count == known.count else {
        let matched = Set(pairs.map(\.first.unit))
        throw EvaluationReportError.differentQuestions(
            set: first.scores.set, first: first.name, second: second.name, onlyFirst: onlyFirst,
            onlySecond: second.scores.questions.map(\.unit).filter { !matched.contains($0) })
    }
    return pairs
}
