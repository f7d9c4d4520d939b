// Hostile answers: random bytes, and a million of them. Nothing may crash, leave its bounds or be slow.
import TestKit
import Testing
import TrainingData

@testable import Rewards

private let rows: [Sample] = [
    sample(.yorn, ["yes"]), sample(.mcq, ["B"], options: ["dog", "cat", "1,000"]), sample(.mcq, ["B"]),
    sample(.chart, ["12%", "Group 5"]), sample(.grounding, [], boxes: [Box(x1: 1, y1: 1, x2: 5, y2: 5)]),
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
        "\\text{A}", "cat ", "x ",
    ]

    @Test("Long answers are read in linear time", arguments: fragments)
    func linear(fragment: String) throws { try expectQuick(fragment, bytes: 64_000) }

    @Test("So is a million bytes", arguments: ["</think> ", "\\boxed{", "[1,2,3,4]", "A, "])
    func megabyte(fragment: String) throws { try expectQuick(fragment, bytes: 1_000_000) }

    private func expectQuick(_ fragment: String, bytes: Int) throws {
        let router = try RewardRouter(embedding: WordTable.plane)
        let text = String(repeating: fragment, count: bytes / fragment.utf8.count)
        let start = ContinuousClock.now
        for row in rows {
            for text in [text, "<think></think><answer>\(text)</answer>"] {
                _ = router.score(text, truncated: false, for: row, context: context)
            }
        }
        // Generous: unoptimized code on a loaded machine. Quadratic time would be minutes to hours.
        #expect(ContinuousClock.now - start < .seconds(60))
    }
}
