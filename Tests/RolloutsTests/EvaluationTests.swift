// Rows to prompts and scores: order, limits, and results that do not depend on the number of threads.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import ModelFamilies
@testable import Rewards
@testable import Rollouts
@testable import StrictJSON
@testable import TrainingData
@testable import VisionLanguageModel

/// Rows about one image, and a tiny model that answers them.
private struct TinyCase {
    let loaded: LoadedModel
    let folder = TemporaryFolder()

    init(_ change: (inout Processor) -> Void = { _ in }) throws {
        var loaded = try LoadedModel(path: Fixtures.url("checkpoints/qwen25vl-tiny").path)
        change(&loaded.processor)
        self.loaded = loaded
    }

    /// Rows of the handwritten set, one line each.
    func samples(_ count: Int) throws -> [Sample] {
        let path = Fixtures.examples.appendingPathComponent("test.jsonl").path
        return Array(try SampleReader.read(path).samples.prefix(count))
    }

    func router() throws -> RewardRouter {
        try RewardRouter(embedding: loaded.embeddingTable(dtype: .float32))
    }

    func sampler() throws -> RolloutSampler {
        RolloutSampler(
            engine: loaded.engine, tokenizer: loaded.processor.tokenizer, router: try router())
    }
}

@Suite("Prompts, answers and scores", .serialized)
struct EvaluationTests {
    @Test("Prompts and scores are the same on one thread and on several, in the order of the rows")
    func threads() throws {
        let tiny = try TinyCase()
        let (prompts, sampler, samples) = (
            PromptBuilder(tiny.loaded.processor), try tiny.sampler(), try tiny.samples(6)
        )
        var options = SamplingOptions()
        options.maxNewTokens = 8
        func rollouts(threads: Int) throws -> [Rollout] {
            Threads.set(threads)
            defer { Threads.set(0) }
            let questions = try prompts.questions(samples)
            Threads.set(1)
            let answers = try sampler.answers(
                questions, numbers: (0..<6).map { $0 }, count: 3, options: options,
                interruption: Interruption())
            Threads.set(threads)
            return try sampler.score(questions, answers)
        }
        let (one, several) = (try rollouts(threads: 1), try rollouts(threads: 4))
        #expect(one.map(\.question.sample.id) == samples.map(\.id))
        #expect(several.map(\.question.sample) == one.map(\.question.sample))
        #expect(several.map(\.question.prompt.ids) == one.map(\.question.prompt.ids))
        #expect(several.map(\.texts) == one.map(\.texts) && several.map(\.rewards) == one.map(\.rewards))
        #expect(one.allSatisfy { $0.texts.count == 3 && $0.rewards.count == 3 })
    }

    @Test("The first bad row of a batch is the one that is named")
    func firstBadRow() throws {
        let tiny = try TinyCase()
        var samples = try tiny.samples(4)
        samples[1].images = [tiny.folder.path("absent-1.png")]
        samples[3].images = [tiny.folder.path("absent-3.png")]
        let prompts = PromptBuilder(tiny.loaded.processor)
        let error = #expect(throws: SampleError.self) { try prompts.questions(samples) }
        #expect(try #require(error).description.contains("absent-1.png"))
    }

    @Test("A prompt above the limit is refused with the row, the tokens found and the limit")
    func longPrompt() throws {
        let tiny = try TinyCase()
        let samples = try tiny.samples(1)
        let count = try PromptBuilder(tiny.loaded.processor).question(samples[0]).prompt.ids.count
        var (options, processor) = (DataOptions(), tiny.loaded.processor)
        options.maxPromptTokens = count
        try processor.apply(options)
        _ = try PromptBuilder(processor).question(samples[0])
        options.maxPromptTokens = count - 1
        try processor.apply(options)
        let error = #expect(throws: RowError.self) { try PromptBuilder(processor).question(samples[0]) }
        let message = try #require(error).description
        #expect(
            message.hasPrefix(
                "\(samples[0].location): the prompt has \(count) tokens, the limit is \(count - 1)"))
    }

    @Test("Another program can evaluate a model; the row limit takes the first rows")
    func evaluation() throws {
        let tiny = try TinyCase()
        var options = EvaluationOptions()
        (options.answersPerPrompt, options.maxNewTokens, options.rowLimit) = (2, 4, 3)
        options.batchSize = 2
        let evaluator = Evaluator(
            try tiny.samples(5), options: options, seed: 1, prompts: PromptBuilder(tiny.loaded.processor),
            sampler: try tiny.sampler(), interruption: Interruption())
        var progress: [Int] = []
        let found = try evaluator.evaluate { progress.append($0) }
        let report = found.report
        #expect(found.answers.count == 9 && report.tasks.values.allSatisfy { $0.excluded == 0 })
        #expect(found.answers.prefix(3).map { $0["kind"]?.text } == ["greedy", "sampled", "sampled"])
        #expect(evaluator.samples.count == 3 && progress == [2, 3])
        #expect(report.tasks.values.reduce(0) { $0 + $1.rows } == 3)
        let stopped = Interruption()
        stopped.request(15)
        let late = Evaluator(
            try tiny.samples(5), options: options, seed: 1, prompts: PromptBuilder(tiny.loaded.processor),
            sampler: try tiny.sampler(), interruption: stopped)
        #expect(throws: Interruption.Stopped.self) { try late.evaluate() }
    }
}

@Suite("Usable rows")
struct UsableRowsTests {
    private static let good =
        #"{"task": "yorn", "messages": [{"role": "user", "content": "Is it?"}], "solution": "yes"}"#
    private static let badGold =
        #"{"task": "yorn", "messages": [{"role": "user", "content": "Is it?"}], "solution": "maybe"}"#
    private static let noImage =
        #"{"task": "yorn", "messages": [{"role": "user", "content": "<image>Is it?"}], "solution": "no", "#
        + #""images": ["absent.png"]}"#

    @Test("A row with an unusable gold is set aside; other faults stop the reading unless they are collected")
    func policies() throws {
        let folder = TemporaryFolder()
        let router = try RewardRouter(embedding: nil)
        let golds = try folder.write(
            "golds.jsonl", [Self.good, Self.badGold, Self.good].joined(separator: "\n"))
        let rows = try UsableRows(golds, router: router)
        #expect(rows.samples.map(\.line) == [1, 3] && rows.rejects.map(\.line) == [2])
        #expect(rows.rejects[0].reason.contains("golds.jsonl:2"))

        let mixed = try folder.write(
            "mixed.jsonl", [Self.badGold, Self.noImage, "{", Self.good].joined(separator: "\n"))
        #expect(throws: SampleError.self) { try UsableRows(mixed, router: router) }
        let collected = try UsableRows(mixed, router: router, rejects: .collect)
        #expect(collected.samples.map(\.line) == [4] && collected.rejects.map(\.line) == [1, 2, 3])
    }

    @Test("A picture that cannot be decoded is found with its row, before any row is used")
    func pictures() throws {
        let folder = TemporaryFolder()
        let router = try RewardRouter(embedding: nil)
        let images = Fixtures.examples.appendingPathComponent("images")
        let png = try Data(contentsOf: images.appendingPathComponent("train-00000.png"))
        var flipped = png
        flipped[png.count / 2] ^= 0x40
        for (name, bytes) in [
            ("words.png", Data("words".utf8)), ("cut.png", png.dropLast(30)), ("empty.png", Data()),
            ("flipped.png", flipped), ("good.png", png),
        ] {
            try bytes.write(to: folder.url(name))
            let row = Self.noImage.replacingOccurrences(of: "absent.png", with: name)
            let path = try folder.write("rows.jsonl", [Self.good, row].joined(separator: "\n"))
            let rows = try UsableRows(path, router: router, rejects: .collect)
            #expect(rows.samples.count == (name == "good.png" ? 2 : 1), "\(name)")
            #expect(rows.identities.count == rows.samples.count)
            guard name != "good.png" else { continue }
            let error = #expect(throws: RowError.self) { try UsableRows(path, router: router) }
            let message = try #require(error).description
            #expect(message.contains("rows.jsonl:2") && message.contains(name), "\(message)")
        }
    }

    @Test("A file without a usable row is refused with the first reason")
    func none() throws {
        let folder = TemporaryFolder()
        let path = try folder.write("rows.jsonl", Self.badGold)
        let error = #expect(throws: RowError.self) {
            try UsableRows(path, router: try RewardRouter(embedding: nil))
        }
        let message = try #require(error).description
        #expect(message.contains("none of its 1 rows") && message.contains("rows.jsonl:1"), "\(message)")
    }
}
