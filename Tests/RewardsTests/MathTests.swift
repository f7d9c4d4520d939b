// Mathematical answers: one value in many spellings, and values that only look alike.
import Foundation
import StrictJSON
import TestKit
import Testing
import TrainingData

@testable import Rewards

@Suite struct MathTests {
    @Test(
        "The same value in another spelling is right",
        arguments: [
            ("1/2", "\\frac{1}{2}"), ("0.5", "\\frac12"), ("\\dfrac{25}{7}", "25/7"),
            ("3.571", "\\frac{25}{7}"),
            ("2\\sqrt{3}", "\\sqrt{12}"), ("\\sqrt2", "\\sqrt{2}"), ("1.41", "\\sqrt{2}"),
            ("√12", "2\\sqrt{3}"),
            ("4 \\pi", "$4\\pi$"), ("4π", "4\\pi"), ("4pi", "4\\pi"), ("3^2", "9"), ("3**2", "9"),
            ("2^{10}", "1024"),
            ("2^10", "1024"), ("x = 7", "7"), ("7", "x=7"), ("y = 2x + 1", "y=1+2x"), ("(x+1)^2", "x^2+2x+1"),
            ("(3, -4)", "(3,-4)"), ("(3.0,-4)", "(3,-4)"), ("3, -4", "(3,-4)"),
            ("[0, 1)", "\\left[0,1\\right)"),
            ("(-\\infty, 1) \\cup (2, \\infty)", "(-∞,1)∪(2,∞)"), ("\\pm 3", "3, -3"),
            ("x=3 or x=-3", "\\pm3"),
            ("\\{2, 1\\}", "\\{1,2\\}"), ("60^\\circ", "60"), ("12\\text{ cm}", "12"), ("12 cm", "12cm"),
            ("1 m", "100 cm"), ("1,200", "1200"), ("12{,}345", "12345"), ("50\\%", "50"), ("50\\%", "0.5"),
            ("1:2", "0.5"), ("1\\frac{1}{2}", "3/2"), ("1 1/2", "1.5"), ("½", "0.5"),
            ("So it must be 12.", "12"),
            ("The answer is $\\frac{3}{4}$.", "0.75"), ("7 apples", "7"), ("12.0000001", "12"), ("−5", "-5"),
            ("\\sqrt[3]{27}", "3"), ("5!", "120"), ("\\frac{\\pi}{2}", "\\pi/2"), ("\\sin 30^\\circ", "1/2"),
            ("\\log_2 8", "3"), ("x > 3", "3 < x"), ("|-3|", "3"), ("2 \\times 10^3", "2000"), ("2ab", "2ba"),
            ("\\$12", "12"), ("2.5 million", "2500000"), ("C", "c"), ("\\text{blue}", "Blue"),
            ("x_1 + x_2", "x_2+x_1"),
            ("10000000000000000000", "10^{19}"), ("-\\frac{1}{2}", "-0.5"),
            ("\\left(\\frac{1}{2}, 3\\right)", "(0.5, 3)"),
        ])
    func same(answer: String, gold: String) { #expect(MathRule.matches(answer, gold)) }

    @Test(
        "Another value is wrong",
        arguments: [
            ("1/3", "1/2"), ("0.3", "1/3"), ("7.004", "7"), ("12.001", "12"), ("100000001", "100000000"),
            ("(3,4)", "(4,3)"), ("[0,1]", "(0,1)"), ("3", "\\pm 3"), ("\\sqrt{3}", "\\sqrt{2}"),
            ("2x+1", "2x+2"),
            ("12 cm", "12 m"), ("5 kg", "5 m"), ("x > 3", "x < 3"), ("\\{1,2\\}", "\\{1,3\\}"),
            ("25\\pi", "25"),
            ("2.3 million", "2.3 billion"), ("no", "on"), ("1/0", "0"), ("", "0"), ("x", "y"),
            ("3.58", "25/7"),
            ("Q3", "3Q"), ("(1,2,3)", "(1,2)"), ("3 or 4", "3"),
        ])
    func different(answer: String, gold: String) { #expect(!MathRule.matches(answer, gold)) }

    /// Vectors of the public benchmarks' rules where this rule judges otherwise, with the reason.
    static let differing: [String: String] = [
        "mathvision.official So it must be 12. 12": "the official rule reads no number in a sentence",
        "mathvision.official \\boxed{12\\text{ cm}} 12": "the official rule reads no units",
        "mathvision.official \\boxed{12 cm} 12": "the official rule reads no units",
        "mathvision.official The answer is 7 apples 7": "the official rule reads no units",
        "mathvision.official 7.004 7": "the official rule rounds to two decimals; a whole gold is exact here",
        "mathvision.official \\boxed{\\frac{16}{7}} $\\boxed{\\frac{16}{7}}$":
            "the official rule does not read the gold",
        "mathvision.official \\boxed{\\frac12} \\frac{1}{2}": "the official rule does not read \\frac12",
        "vlmevalkit.is-equal 2\\sqrt{3} \\sqrt{12}": "that rule has no roots",
        "vlmevalkit.is-equal 4 \\pi $4 \\pi$": "that rule has no pi",
        "vlmevalkit.is-equal (3, -4) (3,-4)": "that rule has no tuples",
        "vlmevalkit.is-equal 50\\% 0.5": "that rule has no percent signs",
        "vlmevalkit.mathvista-prefetch 14.0 14": "that rule reads integers only",
        "vlmevalkit.mathvista-prefetch The number is 14. 14": "that rule reads no sentences",
        "vlmevalkit.mathvista-prefetch [2014, 2016] [2014, 2016]": "that rule never accepts lists",
        "vlmevalkit.mathvista-after-judge [2014, 2016] [2014, 2016]": "that rule never accepts lists",
        "mathvista.official 14.9 14": "the official rule cuts decimals off",
        "mathvista.official 1,000 1000": "the official rule reads no groups",
        "mathvista.official 1.25 1.2": "the official rule rounds to the row's precision",
        "mathvista.official 1.35 1.4": "the official rule rounds to the row's precision",
        "mathvista.official 1.2 m 1.2": "the official rule reads no units",
        "mathvista.official -4.25 -4.2": "the official rule rounds to the row's precision",
        "mathvista.official [2014,2016] [2014, 2016]": "the official rule compares lists as text",
        "mathvista.official dogs dog": "the official rule takes the nearest option",
        "mathvista.official hors horse": "the official rule takes the nearest option",
        "mathvista.official b dog": "the official rule reads capital letters only",
    ]

    @Test("Benchmark vectors get the benchmark's verdict, but for the listed ones")
    func benchmarks() throws {
        let data = try Data(contentsOf: Fixtures.url("answers/math_vectors.json"))
        let vectors = try #require(try JSONValue(parsing: String(decoding: data, as: UTF8.self)).elements)
        #expect(vectors.count > 60)
        var unused = Set(Self.differing.keys)
        for vector in vectors.compactMap(\.members) {
            let (answer, gold) = (vector["prediction"]?.text ?? "", vector["gold"]?.text ?? "")
            let options = vector["options"]?.elements?.compactMap(\.text)
            let row = sample(.math, [gold], options: options)
            let value = MathReward().score(extractAnswer(answer), for: row, context: RewardContext()).value
            let key = "\(vector["rule"]?.text ?? "") \(answer) \(gold)"
            let isRight = vector["correct"] == .bool(true)
            unused.remove(key)
            #expect((value == 1) == (Self.differing[key] == nil ? isRight : !isRight), "differs: \(key)")
        }
        #expect(unused.isEmpty)
    }

    @Test("The reward reads golds as answers, options by letter or value, and says when it read nothing")
    func reward() throws {
        let router = try RewardRouter(embedding: nil)
        func score(_ text: String, _ golds: [String], options: [String]? = nil) -> RewardResult {
            router.score(
                text, truncated: false, for: sample(.math, golds, options: options), context: RewardContext())
        }
        #expect(score("<answer>0.5</answer>", ["$\\boxed{\\frac{1}{2}}$"]).accuracy == 1)
        #expect(score("7", ["3", "7"]).accuracy == 1)
        #expect(score("\\boxed{2}", ["B"], options: ["1", "2", "3"]).accuracy == 1)
        #expect(score("The answer is B", ["B"], options: ["1", "2", "3"]).accuracy == 1)
        #expect(score("the sky", ["3"]).status == .badParse && score("", ["3"]).status == .noAnswer)
        #expect(score("3", [" "]).status == .badGold && score("the sky", ["sea"]).status == .ok)
    }
}
