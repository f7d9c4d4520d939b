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
            ("20 %", "0.2", true), ("0.001", "0", false), ("2.3 billion", "2.3 million", false),
            ("2,300,000", "2.3 million", true), ("2.3M", "2.3 million", true),
            ("2300 thousand", "2.3 million", true),
            ("3.5k", "3500", true), ("$5m", "5000000", true), ("25万", "250000", true),
            ("1.2亿", "120000000", true),
            ("3千万", "30 million", true), ("5 crore", "50000000", true), ("10 months", "10 years", false),
            ("120 months", "10 years", true), ("10", "10 years", true), ("10 Jahre", "10 years", true),
            ("10年", "10 years", true), ("100 cm", "1 m", true), ("1 cm", "1 m", false),
            ("5 kg", "5 km", false),
            ("$5", "\u{20AC}5", false), ("5 dollars", "$5", true), ("20\u{B0}C", "20\u{B0}F", false),
            ("65", "65\u{B0}", true),
            ("28 pct", "28\\%", true), ("0.28", "28\\%", true), ("28 percent", "28%", true),
            ("12{,}345", "12345", true), ("12\\,345", "12345", true), ("\\frac{1}{2}", "0.5", true),
            ("1/2", "0.5", true),
            ("8 \\sqrt { 3 }", "8\\sqrt{3}", true), ("13.86", "8\\sqrt{3}", true),
            ("2\\sqrt{3}", "8\\sqrt{3}", false),
            ("3 \\times 10^5", "300000", true), ("3\u{D7}10\u{2075}", "300000", true),
            ("\u{FF14}\u{FF15}", "45", true),
            ("$3$", "3", true), ("**42**", "42", true), ("~42", "42", true), ("x = 12", "12", true),
            ("3 + 39 = 42", "42", true), ("In 2019 the value is 12", "12", true),
            ("20 June", "20 May", false),
            ("May 21", "May 20", false), ("20", "20 May", false), ("20 May", "20", false),
            ("1:00", "12:00", false),
            ("2019-05-21", "2019-05-20", false), ("5月21日", "5月20日", false), ("Q3 2018", "Q3 2019", false),
            ("10\u{2013}20", "10-20", true), ("Blue and Red", "Red, Blue", true),
            ("Blue, Green", "Red, Blue", false),
            ("2016, 2014", "2014, 2016", true), ("\"Norway\"", "Norway", true),
            ("1,234", "1.234", false), ("7 pm", "7", false),
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
