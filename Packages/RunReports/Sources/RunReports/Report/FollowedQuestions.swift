// A fixed set of test questions, followed from evaluation to evaluation.
internal import Foundation
internal import ReportPages

/// A test question with its greedy answer at each evaluation.
struct FollowedQuestion {
    /// The identifier of its row.
    let key: String
    /// The question.
    let question: AskedQuestion
    /// The completed steps of each evaluation, and the answer.
    let answers: [(step: Int, answer: GivenAnswer)]

    /// How an answer differs from the one before it.
    enum Change {
        /// It is the first one, or has the same text.
        case none
        /// Only what comes before the end of the thought.
        case thought
        /// What comes after the thought.
        case answer
    }

    /// How an answer differs from the one before it.
    func change(_ index: Int) -> Change {
        guard index > 0 else { return .none }
        let (old, new) = (answers[index - 1].answer.text, answers[index].answer.text)
        return old == new ? .none : Self.conclusion(old) == Self.conclusion(new) ? .thought : .answer
    }

    /// What follows the thought.
    private static func conclusion(_ text: String) -> Substring {
        text.range(of: "</think>", options: .backwards).map { text[$0.upperBound...] } ?? text[...]
    }
}

extension RunRecords {
    /// The questions of a task that are followed: evenly spaced rows of the first evaluation that has rows.
    ///
    /// - Parameters:
    ///   - task: The task.
    ///   - count: The most questions.
    ///   - evaluationCount: The most evaluations, evenly spaced, with the first and the last one.
    /// - Returns: The questions, in the order of the rows.
    func followedQuestions(_ task: String, count: Int, evaluationCount: Int) -> [FollowedQuestion] {
        let known = evenlySpaced(evaluations.filter { !$0.rows.isEmpty }, count: evaluationCount)
        guard let first = known.first else { return [] }
        let chosen = evenlySpaced(first.rows.filter { $0.question.task == task }, count: count)
        var answers: [String: [(step: Int, answer: GivenAnswer)]] = [:]
        let contents = Dictionary(uniqueKeysWithValues: chosen.map { ($0.key, $0.question.content) })
        for record in known {
            for row in record.rows where contents[row.key] == row.question.content {
                guard let answer = row.greedy else { continue }
                answers[row.key, default: []].append((record.step, answer))
            }
        }
        return chosen.map {
            FollowedQuestion(key: $0.key, question: $0.question, answers: answers[$0.key] ?? [])
        }
    }
}
