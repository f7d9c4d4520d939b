// Boxes: how they are read, in whose coordinates, and how their overlap is scored.
import TestKit
import Testing
import TrainingData

@testable import Rewards

private let gold = Box(x1: 10, y1: 10, x2: 30, y2: 30)

@Suite struct BoxTests {
    private let context = RewardContext(
        imageSize: (100, 50), answerBoxSpace: AnswerBoxSpace(width: 200, height: 100))

    private func score(
        _ text: String, _ options: IoUOptions = IoUOptions(), boxes: [Box] = [gold],
        _ context: RewardContext? = nil
    ) throws -> (value: Double, status: ParseStatus, detail: String?) {
        try BoxReward(options).score(
            extractAnswer(text), for: sample(.grounding, [], boxes: boxes), context: context ?? self.context)
    }

    @Test(
        "A box is read in every accepted form",
        arguments: [
            "[1, 2, 3, 4]", "{\"bbox_2d\": [1,2,3,4]}",
            "```json\n[{\"bbox_2d\": [1, 2, 3, 4], \"label\": \"cat\"}]\n```",
            "<box>[[1, 2, 3, 4]]</box>", "at [ 1.0 ,2e0, 3,4 ].", "[7, 8] then [1,2,3,4]",
            "{\"bbox\": [\"1\", \"2\", \"3\", \"4\"]}", "{'box': [1, 2, 3, 4]}", "(1,2,3,4)", "[1 2 3 4]",
            "{\"x1\": 1, \"y1\": 2, \"x2\": 3, \"y2\": 4}", "x1=1, x2=3, y1=2, y2=4", "{1, 2, 3, 4}",
            "{\"xmin\": \"1\", \"ymin\": \"2\", \"xmax\": \"3\", \"ymax\": \"4\"}",
            "{\"x\": 1, \"y\": 2, \"w\": 2, \"h\": 2}",
            "{\"left\": 1, \"top\": 2, \"width\": 2, \"height\": 2}",
            "{\"cx\": 2, \"cy\": 3, \"w\": 2, \"h\": 2}", "{\"bbox_xywh\": [1, 2, 2, 2]}",
            "{\"left\": 1, \"top\": 2, \"right\": 3, \"bottom\": 4}", "<box>(1,2),(3,4)</box>",
            "<|object_ref_start|>cat<|object_ref_end|><|box_start|>(1,2),(3,4)<|box_end|>", "(1, 2), (3, 4)",
            "[[1,2],[3,4]]", "from (1,2) to (3,4)", "top left (1, 2), bottom right (3, 4)", "[1，2，3，4]",
            "（１，２），（３，４）", "【1、2、3、4】", "[1px, 2px, 3px, 4px]", "1, 2, 3, 4", "The box is 1, 2, 3, 4.",
            "bbox_2d: 1,2,3,4", "{\"bbox_2d\": [1, 2, 3, 4], \"score\": 0.9, \"point_2d\": [2, 3]}",
            "{\"top_left\": [1, 2], \"bottom_right\": [3, 4]}", "[[1,2],[3,2],[3,4],[1,4]]",
            "{\"bbox_2d\": [1, 2, 3, 4], \"image_size\": [640, 480]}",
        ])
    func forms(text: String) { #expect(readBoxes(in: text) == [Box(x1: 1, y1: 2, x2: 3, y2: 4)]) }

    @Test(
        "Anything else is no box",
        arguments: [
            "[1,2,3]", "[1,2,3,4,5]", "1, 2, 3, 4, 5", "[1,2,3,nan]", "[1,2,3,1e999]", "[a,b,c,d]", "[,,,]",
            "(1,2)", "(1,2),(3,4),(5,6)", "{\"x\": 1, \"y\": 2}",
            "[{\"point_2d\": [1, 2]}, {\"point_2d\": [3, 4]}]",
            "x 1 y 2 w 3 h 4 and 5", "In 2 of 3 pictures there are 4 cats and 5 dogs", "0.1.2, 3, 4, 5",
            "{\"x1\": 1, \"y1\": 2, \"x2\": 3}", "x=1e308, y=1, w=1e308, h=1",
        ])
    func noBox(text: String) { #expect(readBoxes(in: text).isEmpty) }

    @Test("Several boxes come in the order of the text, and one that is the whole picture is its size")
    func order() throws {
        let text =
            "[{\"bbox_2d\": [1,2,3,4]}, {\"x1\": 5, \"y1\": 6, \"x2\": 7, \"y2\": 8}] and (9,10),(11,12)"
        #expect(readBoxes(in: text).map(\.x1) == [1, 5, 9])
        #expect(try score("[20, 20, 60, 60] in an image of [0, 0, 200, 100]").value == 1)
        let whole = Box(x1: 0, y1: 0, x2: 100, y2: 50)
        #expect(try score("[0, 0, 200, 100]").value < 0.2)
        #expect(try score("[20, 20, 60, 60], [0, 0, 200, 100]", boxes: [gold, whole]).value == 1)
    }

    @Test("Overlap has no plus-one, is symmetric, and is between 0 and 1")
    func overlaps() {
        #expect(overlap(gold, gold) == 1)
        #expect(overlap(gold, Box(x1: 20, y1: 10, x2: 40, y2: 30)) == 1.0 / 3)
        #expect(overlap(gold, Box(x1: 30, y1: 10, x2: 40, y2: 30)) == 0)
        #expect(overlap(gold, Box(x1: 20, y1: 20, x2: 20, y2: 20)) == 0)
        var random = Seeded(8)
        for _ in 0..<1000 {
            let edges = (0..<8).map { _ in Double(Int.random(in: 0...20, using: &random)) }
            let a = Box(x1: edges[0], y1: edges[1], x2: edges[2], y2: edges[3])
            let b = Box(x1: edges[4], y1: edges[5], x2: edges[6], y2: edges[7])
            #expect(overlap(a, b) == overlap(b, a) && (0...1).contains(overlap(a, b)))
        }
    }

    @Test("The answer is scaled from the declared space to original pixels")
    func spaces() throws {
        #expect(try score("[20, 20, 60, 60]").value == 1)
        #expect(try score("[20, 20, 60, 60]").detail == "[10.0, 10.0, 30.0, 30.0]")
        let relative = RewardContext(imageSize: (100, 50), answerBoxSpace: .relative1000)
        #expect(try score("<box>[[100, 200, 300, 600]]</box>", relative).value == 1)
        #expect(AnswerBoxSpace.relative1000.text(for: [gold], imageSize: (100, 50)) == "[100, 200, 300, 600]")
        let space = AnswerBoxSpace(width: 200, height: 100)
        #expect(space.original(space.model(gold, imageSize: (100, 50)), imageSize: (100, 50)) == gold)
        #expect(
            space.text(for: [gold, gold], imageSize: (100, 50)) == "[[20, 20, 60, 60], [20, 20, 60, 60]]")
    }

    private func score(_ text: String, _ context: RewardContext) throws -> (
        value: Double, status: ParseStatus, detail: String?
    ) {
        try score(text, IoUOptions(), boxes: [gold], context)
    }

    @Test("Inverted corners are swapped and boxes clipped to the image")
    func tidied() throws {
        #expect(try score("[60, 60, 20, 20]").value == 1)
        let edge = Box(x1: 80, y1: 40, x2: 100, y2: 50)
        #expect(try score("[160, 80, 5000, 1e9]", boxes: [edge]).value == 1)
        #expect(try score("[-50, -50, -10, -10]").value == 0)
    }

    @Test("Without image size or declared coordinates nothing is compared")
    func undeclared() {
        #expect(throws: RewardError.noBoxSpace(missing: "the image's size")) {
            try score("[1,2,3,4]", RewardContext(answerBoxSpace: .relative1000))
        }
        #expect(throws: RewardError.self) { try score("[1,2,3,4]", RewardContext(imageSize: (1, 1))) }
    }

    @Test("Thresholds make it one or zero, gate it, or rise with training")
    func thresholds() throws {
        var options = IoUOptions()
        let half = "[20, 20, 60, 40]"
        (options.scoring, options.threshold) = (.threshold, 0.5)
        #expect(try score(half, options).value == 1)
        options.threshold = 0.51
        #expect(try score(half, options).value == 0)
        options.scoring = .gated
        #expect(try score(half, options).value == 0)
        options.schedule = [.init(from: 0, threshold: 0.4), .init(from: 0.5, threshold: 0.9)]
        #expect(try score(half, options).value == 0.5)
        var late = context
        late.progress = 0.5
        #expect(try score(half, options, late).value == 0)
        #expect(options.threshold(at: 0.49) == 0.4)
    }

    private func score(
        _ text: String, _ options: IoUOptions, _ context: RewardContext
    ) throws -> (value: Double, status: ParseStatus, detail: String?) {
        try score(text, options, boxes: [gold], context)
    }

    @Test("Several boxes are paired one to one and extra boxes cost")
    func several() throws {
        let other = Box(x1: 50, y1: 10, x2: 70, y2: 30)
        #expect(try score("[[100, 20, 140, 60], [20, 20, 60, 60]]", boxes: [gold, other]).value == 1)
        #expect(try score("[20, 20, 60, 60]", boxes: [gold, other]).value == 0.5)
        #expect(try score("[20, 20, 60, 60] [20, 20, 60, 60]").value == 0.5)
        var options = IoUOptions()
        options.penalizesCount = false
        #expect(try score("[20, 20, 60, 60] [20, 20, 60, 60]", options).value == 1)
    }

    @Test("The optimal pairing is never below the greedy one")
    func pairings() throws {
        var random = Seeded(21)
        var greedy = IoUOptions()
        greedy.assignment = .greedy
        for _ in 0..<200 {
            func boxes(_ count: Int) -> [Box] {
                (0..<count).map { _ in
                    let (x, y) = (
                        Double.random(in: 0...60, using: &random), Double.random(in: 0...20, using: &random)
                    )
                    return Box(x1: x, y1: y, x2: x + 30, y2: y + 20)
                }
            }
            let golds = boxes(Int.random(in: 1...5, using: &random))
            let text = boxes(Int.random(in: 1...5, using: &random)).map {
                "[\($0.x1 * 2),\($0.y1 * 2),\($0.x2 * 2),\($0.y2 * 2)]"
            }.joined()
            let best = try score(text, boxes: golds).value
            #expect(best >= (try score(text, greedy, boxes: golds).value) - 1e-12 && (0...1).contains(best))
        }
    }

    @Test("A gold in the solution text serves when the row lists no boxes")
    func goldText() throws {
        let reward = BoxReward()
        let row = sample(.grounding, ["[10, 10, 30, 30]"])
        #expect(try reward.score(extractAnswer("[20,20,60,60]"), for: row, context: context).value == 1)
        #expect(reward.goldProblem(row) == nil && reward.goldProblem(sample(.grounding, ["left"])) != nil)
        let bad = try reward.score(extractAnswer("left"), for: sample(.grounding, ["left"]), context: context)
        #expect(bad.status == .badGold)
        #expect(try score("left").status == .badParse)
        #expect(try score("").status == .noAnswer)
    }
}
