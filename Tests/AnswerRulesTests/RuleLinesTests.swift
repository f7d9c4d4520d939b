// Stored answers as JSON lines.
import AnswerRules
import StrictJSON
import Testing

@Suite struct RuleLinesTests {
    private func judged(_ line: String, _ rule: String = "vlmevalkit.mcq") throws -> JSONObject {
        try RuleLines(rule: rule).judged(Array(line.utf8), at: "answers.jsonl:3")
    }

    @Test("A line keeps its members and gets the verdict")
    func verdict() throws {
        let row = try judged(
            #"{"id": 7, "prediction": "B", "gold": "B", "options": ["cat", "dog"], "correct": false, "note": [1]}"#
        )
        #expect(
            row == [
                "id": .integer(7), "prediction": .string("B"), "gold": .string("B"),
                "options": .array([.string("cat"), .string("dog")]), "note": .array([.integer(1)]),
                "extracted": .string("B"), "correct": .bool(true), "score": .number(1),
                "status": .string("ok"),
            ])
        let strip = try judged(#"{"prediction": "<think>a</think>B"}"#, "lmms.strip-tags")
        #expect(strip["extracted"] == .string("B") && strip["correct"] == .null)
        let counted = try judged(#"{"prediction": "\\boxed{\\cos 0}", "gold": 1}"#, "mathvision.official")
        #expect(counted["textOnly"] == .bool(true) && counted["extracted"] == .string("\\cos0"))
    }

    @Test("The benchmark of a line decides how r1 reads it, and the kind before it")
    func kinds() throws {
        func isRight(_ keys: String) throws -> Bool {
            try judged(
                #"{"prediction": "an extraembryonic layer", "gold": "extraembryonic", \#(keys)}"#, "r1")[
                    "correct"]
                == .bool(true)
        }
        #expect(try isRight(#""benchmark": "MMMU""#))
        #expect(try !isRight(#""benchmark": "MathVision""#))
        #expect(try isRight(#""benchmark": "MathVision", "kind": "open""#))
    }

    @Test(
        "A line that is no input says where, what was expected and what was found",
        arguments: [
            ("[1]", "expected an object"), ("{", "not JSON"),
            ("{\"gold\": \"A\"}", "\"prediction\": expected a text"),
            (#"{"prediction": 3, "gold": "A"}"#, "found the number 3"),
            (#"{"prediction": "A"}"#, "\"gold\": expected"),
            (#"{"prediction": "A", "gold": []}"#, "\"gold\": expected"),
            (#"{"prediction": "A", "gold": "A", "options": "A"}"#, "\"options\": expected a list"),
            (#"{"prediction": "A", "gold": "A", "options": [true]}"#, "null for a missing one"),
            (#"{"prediction": "A", "gold": "A", "imageSize": [0, 5]}"#, "[width, height], both above 0"),
            (
                #"{"prediction": "A", "gold": "A", "precision": 1.5}"#,
                "\"precision\": expected a whole number"
            ),
            (
                #"{"prediction": "A", "gold": "A", "goldIndex": "two"}"#,
                "\"goldIndex\": expected a whole number"
            ),
            (#"{"prediction": "A", "gold": "A", "answerType": 1}"#, "\"answerType\": expected a text"),
            (#"{"prediction": "A", "gold": "A", "kind": "box2"}"#, "expected one of choice"),
            (#"{"prediction": "A", "gold": "A", "gold": "B"}"#, "every key once"),
        ])
    func badLines(line: String, reason: String) throws {
        let error = #expect(throws: RuleError.self) { try judged(line) }
        let message = error?.description ?? ""
        #expect(message.hasPrefix("answers.jsonl:3: ") && message.contains(reason), "\(message)")
    }

    @Test("A rule says what it needs, and unknown rules are named with the known ones")
    func needs() throws {
        let error = #expect(throws: RuleError.self) {
            try judged(#"{"prediction": "[1, 2, 3, 4]", "gold": [1, 2, 3, 4]}"#, "vlmevalkit.refcoco")
        }
        #expect(
            error?.description.contains("answers.jsonl:3: the rule vlmevalkit.refcoco needs the size") == true
        )
        let unknown = #expect(throws: RuleError.self) { try RuleLines(rule: "mcq") }
        #expect(unknown?.description.contains("vlmevalkit.mcq, ") == true)
        let group = #expect(throws: RuleError.self) {
            try judged(
                #"{"prediction": ["A"], "gold": ["A", "B"], "options": [["x"]]}"#, "vlmevalkit.circular")
        }
        #expect(group?.description.contains("as many answers as golds (2)") == true)
    }
}
