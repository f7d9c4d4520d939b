// The evaluations of a run: evaluations.jsonl, and the answers in answers/.
internal import Foundation
internal import ReportPages
internal import StrictJSON

/// The two scores of an evaluation.
enum ScoreKind: String, CaseIterable {
    /// The mean over sampled answers (avg@k).
    case sampled
    /// The greedy answer.
    case greedy
}

/// The scores of one task, or of all.
struct RecordedScore: Equatable {
    /// Mean task rewards.
    let sampled, greedy: Double

    /// The score of a kind.
    subscript(kind: ScoreKind) -> Double { kind == .sampled ? sampled : greedy }
}

/// One evaluation.
struct EvaluationRecord {
    /// The completed steps.
    let step: Int
    /// The scores of all rows.
    let all: RecordedScore
    /// The scores by task.
    let tasks: [String: RecordedScore]
    /// The rows with their answers; none when the file of the answers is missing.
    let rows: [EvaluatedRow]

    /// Reads all evaluations of a run folder.
    ///
    /// - Throws: `RunReportError` for a line that is not an evaluation, or whose step is not above that of the one before.
    static func read(_ folder: String) throws -> [EvaluationRecord] {
        var records: [EvaluationRecord] = []
        try forEachRecord(in: folder + "/evaluations.jsonl") { line in
            let record = try EvaluationRecord(line, folder)
            if let last = records.last, record.step <= last.step {
                throw line.bad("a step above \(last.step)", "step \(record.step)")
            }
            records.append(record)
        }
        return records
    }

    private init(_ line: RecordLine, _ folder: String) throws {
        step = try line.integer("step")
        guard let report = line.values["report"]?.members else {
            throw line.bad("report", expected: "an object")
        }
        guard let byTask = report["tasks"]?.members else {
            throw line.bad("an object under \"report\".\"tasks\"", report["tasks"]?.summary ?? "nothing")
        }
        all = try Self.score(report, line)
        var tasks: [String: RecordedScore] = [:]
        for (task, value) in byTask {
            guard let score = value.members else {
                throw line.bad("an object for the task \(task)", value.summary)
            }
            tasks[task] = try Self.score(score, line)
        }
        self.tasks = tasks
        rows = try EvaluatedRow.read(folder + String(format: "/answers/step-%06d.jsonl", step))
    }

    private static func score(_ members: JSONObject, _ line: RecordLine) throws -> RecordedScore {
        func number(_ key: String) throws -> Double {
            guard let value = members[key]?.double else {
                throw line.bad(
                    "a number under \"\(key)\" of each score", members[key]?.summary ?? "nothing")
            }
            return value
        }
        return RecordedScore(sampled: try number("mean"), greedy: try number("greedyMean"))
    }
}
