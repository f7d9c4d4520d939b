// Answers with the verdicts of the reference implementations (Tests/Fixtures/benchmarks).
import AnswerRules
import Foundation
import StrictJSON
import TestKit
import Testing

/// One answer with what the reference says of it.
struct RuleVector: Sendable, CustomTestStringConvertible {
    let members: JSONObject

    var rule: String { members["rule"]?.text ?? "" }
    var testDescription: String { "\(rule): \(members["prediction"]?.summary ?? "")" }

    /// The line that a rule is given, without the reference's verdict.
    var line: [UInt8] {
        get throws {
            let input = members.filter { !["extracted", "correct", "iou"].contains($0.key) }
            return Array(try JSONEncoder().encode(input))
        }
    }

    static func read(_ name: String) throws -> [RuleVector] {
        let text = String(decoding: try Fixtures.bytes("benchmarks/\(name)"), as: UTF8.self)
        return try JSONValue(parsing: text).elements?.compactMap(\.members).map(RuleVector.init) ?? []
    }
}

/// Whether two values are the same, numbers within 1e-6.
private func areClose(_ a: JSONValue, _ b: JSONValue) -> Bool {
    if let a = a.double, let b = b.double { return abs(a - b) < 1e-6 }
    if let a = a.elements, let b = b.elements { return a.count == b.count && zip(a, b).allSatisfy(areClose) }
    return a == b
}

@Suite struct RuleVectorTests {
    @Test(
        "Every rule extracts and judges as its reference does",
        arguments: [("rule-vectors.json", 224), ("rule-vectors-random.json", 351)])
    func references(file: String, count: Int) throws {
        let vectors = try RuleVector.read(file)
        #expect(vectors.count == count)
        var lines: [String: RuleLines] = [:]
        for vector in vectors {
            let rule = try lines[vector.rule] ?? RuleLines(rule: vector.rule)
            lines[vector.rule] = rule
            let judged = try rule.judged(try vector.line, at: "\(file):1")
            let extracted = judged["extracted"] ?? .bool(false)
            #expect(
                areClose(extracted, vector.members["extracted"] ?? .null),
                "\(vector): got \(extracted.summary)")
            #expect(judged["correct"] == vector.members["correct"], "\(vector)")
            if let overlap = vector.members["iou"]?.double {
                #expect(abs((judged["iou"]?.double ?? -1) - overlap) < 1e-6, "\(vector)")
            }
            // Everything of the line is kept.
            for (key, value) in vector.members where !["extracted", "correct", "iou"].contains(key) {
                #expect(judged[key] == value, "\(vector): \(key)")
            }
        }
        if count == 224 {
            let others = Set(AnswerRule.all.map(\.id) + AnswerStrip.all.map(\.id)).subtracting(lines.keys)
            #expect(others == ["r1", "lmms.mmmu-open"])
        }
    }

    @Test("MMMU's open questions in lmms-eval are all wrong, unless the gold is empty")
    func charactersOnly() throws {
        let rule = try AnswerRule.named("lmms.mmmu-open")
        #expect(try !rule.judge(RuleInput(prediction: "30", gold: .text("30"))).isCorrect)
        #expect(try !rule.judge(RuleInput(prediction: "a cat", gold: .text("cat"))).isCorrect)
        #expect(try rule.judge(RuleInput(prediction: "a cat", gold: .text(" "))).isCorrect)
    }

    @Test("Refusals and unread answers have a status, and no right answer is unread")
    func statuses() throws {
        let rule = try AnswerRule.named("vlmevalkit.mcq")
        func status(_ text: String) throws -> RuleStatus {
            try rule.judge(
                RuleInput(prediction: text, gold: .text("B"), options: ["cat", "dog", "bird", "horse"])
            ).status
        }
        #expect(try status("B") == .ok)
        #expect(try status("I can't process this file. B") == .refusal)
        #expect(try status("A, B") == .unread)
        #expect(AnswerRule.all.map(\.id).count == Set(AnswerRule.all.map(\.id)).count)
        #expect(throws: RuleError.self) { try AnswerRule.named("vlmevalkit.MCQ") }
    }

    @Test("A missing option keeps the letters of the others")
    func missingOption() throws {
        let options: [String?] = ["cat", nil, "bird"]
        for (text, letter) in [("C", "C"), ("it is a bird", "C"), ("B", nil)] as [(String, String?)] {
            let input = RuleInput(prediction: text, gold: .text("C"), options: options)
            let verdict = try AnswerRule.named("vlmevalkit.mcq").judge(input)
            #expect(verdict.extracted == letter.map(JSONValue.string), "\(text)")
        }
    }

    @Test("RefCOCO's golds may be shares of the image, pixels or a text")
    func boxGolds() throws {
        let kit = try AnswerRule.named("vlmevalkit.refcoco")
        let pixels = try RuleLines(rule: "vlmevalkit.refcoco")
        for gold in ["[64, 96, 320, 384]", "[0.1, 0.2, 0.5, 0.8]", "\"[0.1, 0.2, 0.5, 0.8]\""] {
            let line = #"{"prediction": "[100, 200, 500, 800]", "gold": \#(gold), "imageSize": [640, 480]}"#
            #expect(try pixels.judged(Array(line.utf8), at: "x:1")["iou"]?.double == 1, "\(gold)")
        }
        #expect(throws: RuleError.self) {
            try kit.judge(RuleInput(prediction: "[1, 2, 3, 4]", gold: .text("[1, 2, 3, 4]")))
        }
        let shares = try RuleLines(rule: "lmms.refcoco-rec")
        let line =
            #"{"prediction": "[0.1, 0.2, 0.5, 0.8]", "gold": [64, 96, 320, 384], "imageSize": [640, 480]}"#
        #expect(try shares.judged(Array(line.utf8), at: "x:1")["correct"] == .bool(true))
    }
}
