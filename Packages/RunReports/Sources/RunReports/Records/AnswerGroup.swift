// The groups of answers of samples.jsonl.
internal import StrictJSON

/// A question of a step with its group of answers.
struct AnswerGroup {
    /// The step.
    let step: Int
    /// The question.
    let question: AskedQuestion
    /// The answers.
    var answers: [GivenAnswer]

    /// Reads all groups of a file: lines that follow each other with the same step and question.
    ///
    /// - Throws: `RunReportError` for a line that is not an answer, or whose step is below that of the line before.
    static func read(_ file: String) throws -> [AnswerGroup] {
        var groups: [AnswerGroup] = []
        try forEachRecord(in: file) { line in
            let (step, question) = (try line.integer("step"), try AskedQuestion(line))
            let answer = try GivenAnswer(line)
            if let last = groups.last, step < last.step {
                throw line.bad("step \(last.step) or above", "step \(step)")
            }
            if let last = groups.last, last.step == step, last.question == question {
                groups[groups.count - 1].answers.append(answer)
            } else {
                groups.append(AnswerGroup(step: step, question: question, answers: [answer]))
            }
        }
        return groups
    }
}
