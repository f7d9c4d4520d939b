// Random and very long answers: no rule may crash, throw, or take more than linear time.
import AnswerRules
import Foundation
import Rewards
import StrictJSON
import TestKit
import Testing
import TrainingData

@Suite struct HostileRuleTests {
    private static let fragments = [
        "<think>", "</think>", "<answer>", "</answer>", "\\boxed{", "oxed{", "}", "{", "{}", "[", "]", "(",
        ")", ",", "1",
        "2.5", "-", "e", "%", "$", "answer is", "The answer is ", "is ", "so ", "=", "A", "(B)", "C.", "Z",
        " ", "\n",
        "1,000", "\\frac", "\\sqrt", "\\frac{1}{2}", "^", "/", ":", "!", "\\pi", "{\"bbox_2d\":",
        "[1, 2, 3, 4]", "1 ", "1, ",
        "```json\n", "\u{301}", "Σ", "\u{3000}", "１", "nan", "1e999", "_", "#", "**", "//", "<<", "'", "\"",
        "\\left(",
        "<thi", "nk>", "a", "b", ". ", "don't", "I can't process this file.", "\\approx", "\\", "km", "not ",
        "is wrong",
    ]

    /// Rows of every kind.
    private static let rows: [RuleInput] = {
        let box = RuleGold.box(Box(x1: 1, y1: 1, x2: 15, y2: 15))
        let letters: [String?] = [
            "cat", nil, "1,000", "a much longer option with more than sixty-four characters in its text",
        ]
        func row(
            _ gold: RuleGold, _ options: [String?] = [], _ answerType: String? = nil,
            _ kind: AnswerKind? = nil
        ) -> RuleInput {
            RuleInput(
                prediction: "", gold: gold, options: options, answerType: answerType, precision: 2,
                imageSize: (20, 20), boxSpace: AnswerBoxSpace(width: 1000, height: 1000), kind: kind)
        }
        return [
            row(.text("A"), letters), row(.text("1,000"), letters, "text"), row(.text("12.50"), [], "float"),
            row(.text("[1, 2]"), [], "list"), row(.text("\\frac{1}{2}")),
            row(.texts(["cat", "30"]), [], nil, .open),
            row(.text("5%"), [], nil, .chart), row(.text("yes"), [], nil, .yesNo), row(box),
        ]
    }()

    private func judge(_ text: String) throws {
        for rule in AnswerRule.all {
            for (index, var row) in Self.rows.enumerated() {
                // Only r1 looks at the kind of question.
                guard rule.id == "r1" || rule.measuresOverlap || index < 3 else { continue }
                let isBox = if case .box = row.gold { true } else { false }
                guard !rule.measuresOverlap || isBox else { continue }
                row.prediction = text
                let verdict = try rule.judge(row)
                #expect((0...1).contains(verdict.score))
                if rule.id == "r1" { #expect(verdict.status == .ok || !verdict.isCorrect) }
            }
        }
        for strip in AnswerStrip.all { #expect(strip.answer(in: text).utf8.count <= text.utf8.count) }
    }

    /// `R1_HOSTILE_ANSWERS` sets how many texts are tried.
    @Test("Random answers crash no rule")
    func random() throws {
        let count = ProcessInfo.processInfo.environment["R1_HOSTILE_ANSWERS"].flatMap(Int.init) ?? 60
        var random = Seeded(2026)
        for _ in 0..<count {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...24, using: &random) {
                if Int.random(in: 0..<6, using: &random) == 0 {
                    bytes.append(UInt8.random(in: 0...255, using: &random))
                } else {
                    bytes += Array((Self.fragments.randomElement(using: &random) ?? "").utf8)
                }
            }
            try judge(String(decoding: bytes, as: UTF8.self))
        }
    }

    // Unoptimized linear code takes seconds; quadratic code hours.
    @Test("Long answers are judged in linear time", .timeLimit(.minutes(4)), arguments: fragments)
    func linear(fragment: String) throws {
        try judge(String(repeating: fragment, count: 3_000 / fragment.utf8.count))
    }

    @Test(
        "A megabyte is judged in linear time", .timeLimit(.minutes(8)),
        .enabled(if: ProcessInfo.processInfo.environment["R1_HOSTILE_ANSWERS"] != nil),
        arguments: [
            "<think>", "</think>", "<think></think>", "1", "1 ", "[1,", "\\boxed{", "oxed{", "is ",
            "answer is", "A ",
        ])
    func megabyte(fragment: String) throws {
        try judge(String(repeating: fragment, count: 1_000_000 / fragment.utf8.count))
    }

    @Test("Random bytes in place of a line are refused with the line's place")
    func lines() throws {
        let rule = try RuleLines(rule: "vlmevalkit.circular")
        let good = Array(
            #"{"prediction": ["B"], "gold": ["A"], "options": [["x", null]], "precision": 1}"#.utf8)
        var random = Seeded(3)
        for _ in 0..<2000 {
            var line = good
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                line[Int.random(in: 0..<line.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            do {
                _ = try rule.judged(line, at: "x.jsonl:9")
            } catch let error as RuleError {
                #expect(error.description.hasPrefix("x.jsonl:9: "), "\(error)")
            }
        }
    }
}
