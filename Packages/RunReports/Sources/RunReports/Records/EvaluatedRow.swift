// The answers of an evaluation row by row.

/// A test row with its answers at one evaluation.
struct EvaluatedRow {
    /// The identifier; a second row with the same one has `#2` after it, or a higher number that is free.
    let key: String
    /// The question.
    let question: AskedQuestion
    /// The greedy answer; nil when the file has none.
    private(set) var greedy: GivenAnswer?
    /// The task rewards of the sampled answers that count.
    private(set) var sampled: [Double] = []

    /// The score of a kind; nil when no answer counts.
    subscript(kind: ScoreKind) -> Double? {
        switch kind {
        case .greedy: greedy.flatMap { $0.isExcluded ? nil : $0.accuracy }
        case .sampled: sampled.isEmpty ? nil : sampled.reduce(0, +) / Double(sampled.count)
        }
    }

    /// Reads a file of answers, none when it does not exist: each row's greedy answer, then its sampled ones.
    ///
    /// - Throws: `RunReportError` for a line that is not an answer of a known kind.
    static func read(_ file: String) throws -> [EvaluatedRow] {
        var (rows, keys): ([EvaluatedRow], Set<String>) = ([], [])
        try forEachRecord(in: file) { line in
            let (question, answer) = (try AskedQuestion(line), try GivenAnswer(line))
            guard let kind = ScoreKind(rawValue: try line.text("kind")) else {
                throw line.bad("kind", expected: "greedy or sampled")
            }
            let isNew = rows.last.map { $0.question.id != question.id || kind == .greedy } ?? true
            if isNew {
                var (key, number) = (question.id, 1)
                while !keys.insert(key).inserted {
                    number += 1
                    key = "\(question.id)#\(number)"
                }
                rows.append(EvaluatedRow(key: key, question: question))
            }
            rows[rows.count - 1].add(answer, kind)
        }
        return rows
    }

    private mutating func add(_ answer: GivenAnswer, _ kind: ScoreKind) {
        switch kind {
        case .greedy: greedy = answer
        case .sampled: if !answer.isExcluded { sampled.append(answer.accuracy) }
        }
    }
}
