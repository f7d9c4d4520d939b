// The router: which reward scores which row, how the parts add up, and what never counts.
import Foundation
import Settings
import StrictJSON
import TestKit
import Testing
import TrainingData

@testable import Rewards

private struct Constant: Reward {
    var value: Double
    var name: String { "constant" }
    func score(
        _ answer: ExtractedAnswer, for sample: Sample, context: RewardContext
    ) -> (value: Double, status: ParseStatus, detail: String?) { (value, .ok, sample.extra["note"]?.text) }
}

@Suite struct RouterTests {
    private let right = "<think>a</think><answer>yes</answer>"

    @Test("The total is the task's reward plus the weighted format reward")
    func total() throws {
        var options = RewardOptions()
        options.formatWeight = 0.5
        let router = try RewardRouter(options: options, embedding: nil)
        let row = sample(.yorn, ["yes"])
        let scores = [right, "yes", "<think>a</think><answer>no</answer>", "dunno"].map {
            router.score($0, truncated: false, for: row, context: RewardContext())
        }
        #expect(scores.map(\.total) == [1.5, 1, 0.5, 0])
        #expect(scores.map(\.format) == [1, 0, 1, 0])
        #expect(scores.map(\.status) == [.ok, .ok, .ok, .badParse])
    }

    @Test("Tasks have factors of both parts, and the format's weight follows its schedule")
    func weights() throws {
        var options = RewardOptions()
        var late = WeightStage(), factors = TaskFactors()
        (late.from, late.weight) = (0.5, 0.1)
        (factors.accuracy, factors.format) = (2, 0.5)
        (options.formatWeight, options.formatSchedule, options.tasks) = (0.4, [late], ["yorn": factors])
        let router = try RewardRouter(options: options, embedding: nil)
        func total(_ row: Sample, at progress: Double) -> Double {
            router.score(right, truncated: false, for: row, context: RewardContext(progress: progress)).total
        }
        #expect(total(sample(.yorn, ["yes"]), at: 0) == 2 + 0.5 * 0.4)
        #expect(total(sample(.yorn, ["yes"]), at: 0.5) == 2 + 0.5 * 0.1)
        #expect(
            total(sample(.chart, ["yes"]), at: 0.4) == 1.4 && total(sample(.chart, ["yes"]), at: 1) == 1.1)
        options.tasks = ["yorm": factors]
        let error = #expect(throws: SettingError.self) { try RewardRouter(options: options, embedding: nil) }
        #expect("\(try #require(error))".contains("yorn"))
    }

    @Test("Rows with a bad gold or a failing reward are excluded and total 0")
    func excluded() throws {
        let router = try RewardRouter(embedding: nil, custom: ["endless": Constant(value: .nan)])
        let bad = router.score(right, truncated: false, for: sample(.yorn, ["?"]), context: RewardContext())
        #expect(bad.status == .badGold && bad.isExcluded && bad.total == 0 && bad.format == 1)
        let boxless = router.score(
            "[1,2,3,4]", truncated: false, for: sample(.grounding, ["[1,2,3,4]"]), context: RewardContext())
        #expect(boxless.status == .error && boxless.detail?.contains("image's size") == true)
        let unknown = router.score(
            right, truncated: false, for: sample(.open, ["x"]), context: RewardContext())
        #expect(unknown.status == .error && unknown.isExcluded)
        let endless = sample(Sample.Task(rawValue: "endless"), ["x"])
        #expect(
            router.score(right, truncated: false, for: endless, context: RewardContext()).status == .error)
    }

    @Test("An answer cut off before its closing tag is no answer")
    func truncated() throws {
        let router = try RewardRouter(embedding: nil)
        let row = sample(.yorn, ["yes"])
        func status(_ text: String) -> ParseStatus {
            router.score(text, truncated: true, for: row, context: RewardContext()).status
        }
        #expect(status("<think>a</think><answer>yes") == .noAnswer && status("yes") == .noAnswer)
        #expect(status(right + " and on") == .ok)
    }

    @Test("Custom rewards see the row's unknown keys and may replace built-in ones")
    func custom() throws {
        let router = try RewardRouter(
            embedding: nil, custom: ["yorn": Constant(value: 0.25), "mine": Constant(value: 1)])
        var row = sample(.yorn, ["?"])
        row.extra["note"] = .string("kept")
        let result = router.score("x", truncated: false, for: row, context: RewardContext())
        #expect(result.accuracy == 0.25 && result.detail == "kept")
        #expect(router.tasks == ["chart", "grounding", "math", "mcq", "mine", "yorn"])
    }

    @Test("An unknown task is refused before the run, with file, line and the tasks there are")
    func validation() throws {
        let router = try RewardRouter(embedding: nil)
        var row = sample(Sample.Task(rawValue: "yon"), ["x"])
        (row.file, row.line) = ("rows.jsonl", 12)
        let error = #expect(throws: RewardError.self) { try router.validate([row]) }
        #expect(
            error?.description
                == "rows.jsonl:12: no reward for the task \"yon\"; known are chart, grounding, math, mcq, yorn"
        )
        #expect(throws: RewardError.noEmbedding(location: "sample s")) {
            try router.validate([sample(.open, ["x"])])
        }
    }

    @Test("Golds that cannot be read are set aside before the run")
    func golds() throws {
        let router = try RewardRouter(embedding: WordTable.plane)
        let rows = [
            sample(.yorn, ["yes"]), sample(.yorn, ["?"]), sample(.open, ["?"]), sample(.grounding, ["left"]),
        ]
        let (kept, rejects) = router.checkGolds(rows)
        #expect(kept.count == 1 && rejects.count == 3)
    }

    @Test(
        "Options out of range are refused by their path",
        arguments: ["formatWeight", "chart.tolerance", "iou.threshold", "bmas.floor", "external.x.command"])
    func badOptions(path: String) {
        var options = RewardOptions()
        switch path {
        case "formatWeight": options.formatWeight = -1
        case "chart.tolerance": options.chart.tolerance = 1
        case "iou.threshold": options.iou.threshold = .nan
        case "bmas.floor": options.bmas.floor = 1
        default: options.external["x"] = ExternalScorerOptions(command: [])
        }
        let error = #expect(throws: SettingError.self) { try RewardRouter(options: options, embedding: nil) }
        #expect(
            error?.description.hasPrefix("setting rewards.\(path): expected ") == true,
            "\(error?.description ?? "")")
    }

    @Test("Options survive encoding and decoding")
    func coding() throws {
        var options = RewardOptions()
        options.iou.schedule = [.init(from: 0.5, threshold: 0.9)]
        options.external["x"] = ExternalScorerOptions(command: ["a", "b"])
        let data = try JSONEncoder().encode(options)
        #expect(try JSONDecoder().decode(RewardOptions.self, from: data) == options)
    }

    @Test("Every supervised answer of the example set earns full marks for task and format")
    func exampleSet() throws {
        let path = Fixtures.examples.appendingPathComponent("test.jsonl").path
        let samples = try SampleReader.read(path).samples
        let letters = Set(samples.flatMap(\.solutions).flatMap { $0.split(separator: " ").map(String.init) })
        let table = WordTable(
            words: letters.sorted(), rows: WordTable.random(count: letters.count, dimension: 16, seed: 1).rows
        )
        let router = try RewardRouter(embedding: table)
        try router.validate(samples)
        #expect(router.checkGolds(samples).rejects.isEmpty)
        let size = (width: 140.0, height: 112.0)
        let space = AnswerBoxSpace.relative1000
        let context = RewardContext(imageSize: size, answerBoxSpace: space)
        for sample in samples {
            let text = try supervisedAnswer(sample) { space.text(for: $0, imageSize: size) }
            let result = router.score(text, truncated: false, for: sample, context: context)
            #expect(result.status == .ok && result.format == 1)
            #expect(
                result.accuracy > (sample.task == .grounding ? 0.95 : 0.9999), "\(sample.location) \(result)")
        }
    }
}
