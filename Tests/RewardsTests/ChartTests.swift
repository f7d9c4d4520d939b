// Numbers and short texts: the exact rule of ChartQA, and the tolerant rule that contains it.
import TestKit
import Testing
import TrainingData

@testable import Rewards

@Suite struct ChartTests {
    static let literal: [(String, String, Bool)] = [
        ("105", "100", true), ("1.05", "1", false), ("0.0", "0", false), ("1,000", "1000", false),
        ("5", "5%", false),
        ("0.2", "20%", true), ("0", "0", true), (" 100 ", "100", true), ("1_00", "100", true),
        ("1__00", "100", false),
        ("1.", "1", true), (".5", "0.5", true), ("1e2", "100", true), ("Yes", "yes", true),
        ("yes ", "yes", false),
        ("inf", "inf", false), ("-infinity", "5", false), ("nan", "nan", false), ("0x10", "16", false),
        ("20%%", "20%", true), ("", "", true), ("-100", "100", false), ("95", "100", true),
        ("94.9", "100", false),
        ("5% ", "5%", false),
    ]

    @Test("The literal rule gives what ChartQA's evaluation gives", arguments: literal)
    func literalRule(prediction: String, target: String, isRight: Bool) {
        #expect(ChartRule.literal(prediction, target) == isRight)
    }

    @Test(
        "The tolerant rule reads numbers as people write them",
        arguments: [
            ("1.05", "1", true), ("0.0", "0", true), ("1,000", "1000", true), ("5", "5%", true),
            ("0.05", "5%", true),
            ("$1,234.50", "1234.5", true), ("-$5", "-5", true), ("\u{2212}5", "-5", true),
            ("\u{20AC} 12", "12", true),
            ("12 kg", "12", true), ("2.5 million", "2.5", true), ("about 104 units", "100", true),
            ("1 234 567", "1234567", true), ("106", "100", false), ("5", "-5", false), ("3 or 4", "3", false),
            ("10-20", "10", false), ("Group 5", "Group 5.", true), ("5", "Group 5", false),
            ("Team 5", "Group 5", false),
            ("Q3", "3", false), ("  New   York ", "new york", true), ("2,5", "25", false),
            ("1e2", "100", true),
            ("20 %", "0.2", true), ("0.001", "0", false),
        ])
    func tolerantRule(prediction: String, target: String, isRight: Bool) {
        #expect(ChartRule.tolerant(prediction, target) == isRight)
    }

    @Test("The tolerant rule accepts all that the literal rule accepts")
    func superset() {
        var random = Seeded(3)
        for _ in 0..<2000 {
            let target =
                "\(Int.random(in: -50...5000, using: &random))" + (Bool.random(using: &random) ? "%" : "")
            let prediction = "\(Double(Int.random(in: -500...50000, using: &random)) / 10)"
            if ChartRule.literal(prediction, target) { #expect(ChartRule.tolerant(prediction, target)) }
        }
        for (prediction, target, isRight) in Self.literal where isRight && !target.isEmpty {
            #expect(ChartRule.tolerant(prediction, target), "\(prediction) \(target)")
        }
    }

    @Test("Years and counts can be asked for exactly")
    func exact() {
        var options = ChartOptions()
        #expect(ChartRule.tolerant("2010", "2020", options))
        options.exact = .years
        #expect(
            !ChartRule.tolerant("2010", "2020", options) && ChartRule.tolerant("in 2020", "2020", options))
        #expect(ChartRule.tolerant("101", "100", options))
        options.exact = .integers
        #expect(!ChartRule.tolerant("101", "100", options) && ChartRule.tolerant("1,000", "1000", options))
        #expect(ChartRule.tolerant("10.1", "10.0", options))
    }

    @Test("Scores follow the best gold, and say when no number was found")
    func reward() {
        func score(_ text: String, _ golds: [String]) -> (Double, ParseStatus) {
            let result = ChartReward().score(
                extractAnswer(text), for: sample(.chart, golds), context: RewardContext())
            return (result.value, result.status)
        }
        #expect(score("4", ["3", "4"]) == (1, .ok))
        #expect(score("blue", ["3"]) == (0, .badParse))
        #expect(score("blue", ["red"]) == (0, .ok))
        #expect(score("<think>3", ["3"]) == (0, .noAnswer))
        #expect(score("3", []) == (0, .badGold))
        #expect(score("3", [" "]) == (0, .badGold))
    }
}
