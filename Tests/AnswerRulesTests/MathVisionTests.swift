// MATH-V's stored answers of a public model, with the verdicts that its authors stored.
import AnswerRules
import Foundation
import StrictJSON
import TestKit
import Testing

@Suite struct MathVisionTests {
    /// Rows whose stored extraction is not what the published script makes of the response; the verdicts agree.
    static let exceptions = [
        "1787": "the response \"A)\" gives \"a)\": the script removes \"(a)\", not \"a)\"; \"a\" is stored"
    ]

    @Test("Answers to MathVision get the stored verdict and extraction")
    func stored() throws {
        let lines = try RuleLines(rule: "mathvision.official")
        let text = String(decoding: try Fixtures.bytes("benchmarks/mathvision-answers.jsonl"), as: UTF8.self)
        let rows = text.split(separator: "\n")
        #expect(rows.count == 43)
        for row in rows {
            let stored = try #require(try JSONValue(parsing: String(row)).members)
            let judged = try lines.judged(Array(row.utf8), at: "mathvision-answers.jsonl")
            check(judged, id: stored["id"]?.text, stored["extracted"], stored["correct"])
        }
    }

    /// `R1_MATHVISION` names a folder with MATH-V's `test-texts.jsonl` and `qwen-vl-max-cot.jsonl`.
    @Test(
        "All 3,040 answers to MathVision get the stored verdict",
        .enabled(if: ProcessInfo.processInfo.environment["R1_MATHVISION"] != nil))
    func all() throws {
        let folder = URL(fileURLWithPath: try #require(ProcessInfo.processInfo.environment["R1_MATHVISION"]))
        func rows(_ name: String) throws -> [JSONObject] {
            let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            return try text.split(separator: "\n").map {
                try #require(try JSONValue(parsing: String($0)).members)
            }
        }
        var questions: [String: JSONObject] = [:]
        for row in try rows("test-texts.jsonl") { questions[try #require(row["id"]?.text)] = row }
        let answers = try rows("qwen-vl-max-cot.jsonl")
        #expect(answers.count == 3040)
        let lines = try RuleLines(rule: "mathvision.official")
        var rightCount = 0
        for answer in answers {
            let id = try #require(answer["id"]?.text)
            let question = try #require(questions[id], "no question \(id)")
            let line: JSONObject = [
                "prediction": try #require(answer["response"]), "gold": try #require(question["answer"]),
                "options": try #require(question["options"]),
            ]
            let judged = try lines.judged(Array(try JSONEncoder().encode(line)), at: "answer \(id)")
            check(judged, id: id, answer["model_answer"], answer["correct"])
            if judged["correct"] == .bool(true) { rightCount += 1 }
        }
        #expect(rightCount == 384)
    }

    private func check(_ judged: JSONObject, id: String?, _ extracted: JSONValue?, _ correct: JSONValue?) {
        #expect(judged["correct"] == correct, "row \(id ?? "?")")
        if let id, Self.exceptions[id] != nil {
            #expect(judged["extracted"] != extracted, "row \(id) is no exception")
        } else {
            #expect(judged["extracted"] == extracted, "row \(id ?? "?")")
        }
    }
}
