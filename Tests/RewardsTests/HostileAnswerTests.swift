// Hostile answers: random bytes, and many of them. Nothing may crash, leave its bounds or be slow.
import TestKit
import Testing
import TrainingData

@testable import Rewards

private let rows: [Sample] = [
    sample(.yorn, ["yes"]), sample(.mcq, ["B"], options: ["dog", "cat", "1,000"]), sample(.mcq, ["B"]),
    sample(.chart, ["12%", "Group 5"]), sample(.math, ["\\frac{1}{2}"]), sample(.chart, ["Red, Blue"]),
    sample(.grounding, [], boxes: [Box(x1: 1, y1: 1, x2: 5, y2: 5)]),
    sample(.open, ["x y"]),
]

private let context = RewardContext(imageSize: (20, 20), answerBoxSpace: .relative1000)

@Suite struct HostileAnswerTests {
    @Test("Random answers keep every reward within its bounds")
    func fuzz() throws {
        let router = try RewardRouter(embedding: WordTable.plane)
        var random = Seeded(77)
        for _ in 0..<600 {
            let text = random.hostileText()
            for row in rows {
                let result = router.score(
                    text, truncated: Bool.random(using: &random), for: row, context: context)
                #expect((row.task == .open ? -1...1 : 0...1).contains(result.accuracy))
                #expect(
                    [0, 1].contains(result.format) && result.status != .error && result.status != .badGold)
                if result.status != .ok { #expect(result.accuracy == 0) }
            }
        }
    }

    @Test("Random letters are never a yes or no by accident")
    func noSubstrings() throws {
        let router = try RewardRouter(embedding: nil)
        var random = Seeded(5)
        for _ in 0..<500 {
            let filler = (0..<6).map { _ in
                "abdghkmnoprstuxz".randomElement(using: &random).map(String.init) ?? ""
            }.joined()
            for text in [
                "yes" + filler, filler + "yes", "no" + filler, filler + "no", filler + "false" + filler,
            ] {
                let result = router.score(text, truncated: false, for: rows[0], context: context)
                #expect(result.status == .badParse, "\(text)")
            }
        }
    }

    static let fragments = [
        "<think>", "</think>", "<answer>", "</answer>", "<", "\\boxed{", "\\boxed{1}", "{", "[", "[1,2,3,4]",
        "[1,2,3,", "1",
        "1,", "1 ", "-", "yes ", "yes", "A ", "A, ", " ", "\n", "a-", "1e", "\u{20AC}", "$", "\u{2212}",
        "\\text{A}", "cat ", "x ", "(1,2),", "x1=", "答案是", "是否", "不", "A错", "B or ", "A is ", "not ", "$x$ ",
        "**", "$",
        "\\frac", "\\sqrt{", "((", "^", "1 1/2 ", "20 May ", "12:00 ", "1-", "万", "1万", "#### ", "```\n",
        "so A\n", "= ",
        "A\n", "- ", "\u{301}", "Yes. ", "|", "1/", "\\pm ", "\\{1,", "π", "²",
    ]

    // Unoptimized linear code takes seconds; quadratic code hours.
    @Test("Long answers are read in linear time", .timeLimit(.minutes(3)), arguments: fragments)
    func linear(fragment: String) throws { try score(fragment, bytes: 8_000) }

    @Test(
        "So are a quarter of a million bytes", .timeLimit(.minutes(5)),
        arguments: ["</think> ", "\\boxed{", "[1,2,3,4]", "A, "])
    func megabyte(fragment: String) throws { try score(fragment, bytes: 250_000) }

    private func score(_ fragment: String, bytes: Int) throws {
        let router = try RewardRouter(embedding: WordTable.plane)
        let text = String(repeating: fragment, count: bytes / fragment.utf8.count)
        for row in rows {
            for text in [text, "<think></think><answer>\(text)</answer>"] {
                let result = router.score(text, truncated: false, for: row, context: context)
                #expect(result.status != .error && result.status != .badGold)
            }
        }
    }
}
