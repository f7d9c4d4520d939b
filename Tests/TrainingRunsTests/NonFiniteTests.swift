// Runs whose numbers overflow: what they leave behind, when they go on and when they end.
import Foundation
import StrictJSON
import TestKit
import Testing

@testable import Basics
@testable import PolicyOptimization
@testable import Rollouts
@testable import TensorMath
@testable import TrainingRuns

@Suite("Values that are not finite")
struct NonFiniteTests {
    private func step(_ directory: RunDirectory, _ step: Int) throws -> JSONObject {
        let text = try directory.text(String(format: "nonfinite/step-%06d/step.json", step))
        return try #require(try JSONValue(parsing: text).members)
    }

    private func names(_ directory: RunDirectory) -> [String] {
        let path = directory.path + "/nonfinite"
        return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    @Test("A supervised run whose weights explode leaves dumps up to the limit, and its error names them")
    func supervised() throws {
        var tiny = try TinyRun(.sft)
        tiny.configuration.learningRate.peak = 1e30
        tiny.configuration.learningRate.schedule = .constant
        tiny.configuration.steps = 9
        tiny.configuration.nonFinite.dumps = 2
        tiny.configuration.nonFinite.skipLimit = 3
        var lines: [String] = []
        let directory = tiny.directory("run")
        let run = try TrainingRun(
            new: tiny.configuration, in: directory, interruption: .init(),
            progress: { if let line = $0.text { lines.append(line) } })
        let error = #expect(throws: NonFiniteTraining.self) { _ = try run.run() }
        #expect(error?.step == 4 && error?.value == .gradient(inARow: 3))
        #expect(error?.description.contains("nonfinite has what led to earlier ones") == true)
        #expect(names(directory) == ["step-000002", "step-000003"])
        let notice = try #require(lines.first { $0.hasPrefix("step 2: update skipped (1 in a row, 3 end") })
        #expect(notice.contains("nonfinite/step-000002 has what led to it"), "\(notice)")
        #expect(notice.contains("the first value that is not finite: "), "\(notice)")

        let facts = try step(directory, 2)
        let first = try #require(facts["first_not_finite"]?.text)
        #expect(notice.contains(first) && facts["step"] == .integer(2) && facts["seed"] == .string("7"))
        #expect(facts["optimizer_updates"] == .integer(1) && facts["stream_position"] == .integer(4))
        #expect(facts["settings"]?.members?["steps"] == .integer(9))
        let rows = try directory.lines(of: "nonfinite/step-000002/rows.jsonl")
        let answers = try directory.lines(of: "nonfinite/step-000002/answers.jsonl")
        #expect(rows.count == 4 && answers.count == 4)
        #expect(rows.allSatisfy { !($0["prompt_tokens"]?.elements ?? []).isEmpty })
        for answer in answers {
            let tokens = answer["tokens"]?.elements?.count
            #expect(tokens == answer["log_probabilities"]?.members?["new"]?.elements?.count)
        }
        let weights = try directory.lines(of: "nonfinite/step-000002/weights.jsonl")
        #expect(weights.contains { $0["name"] == .string("model.norm.weight") })
        let isBad = weights.map { $0["gradient_not_finite"] != nil }
        #expect(isBad.first == true && isBad == isBad.sorted { $0 && !$1 })
        #expect(weights.allSatisfy { ($0["norm"]?.double ?? 0) > 0 })
    }

    @Test("Rewards that overflow skip the update, name the advantage, and a resumed run repeats all of it")
    func rewards() throws {
        var tiny = try TinyRun(.grpo)
        tiny.configuration.grpo.overlong.buffer = 12
        tiny.configuration.grpo.overlong.weight = 1e308
        let whole = try tiny.run("whole")
        let metrics = try whole.lines(of: "metrics.jsonl")
        #expect(metrics.count == 2 && metrics.allSatisfy { $0["skipped_updates"]?.double == 1 })
        #expect(names(whole) == ["step-000001", "step-000002"])
        let facts = try step(whole, 1)
        let first = try #require(facts["first_not_finite"]?.text)
        #expect(
            first.hasPrefix("advantage of answer 1 at ") || first.hasPrefix("reward of answer"), "\(first)")
        #expect(facts["update"] == .integer(1) && facts["loss"] == .string("nan"))
        #expect(facts["stream_position"] == .integer(0) && facts["stream_end"] == .integer(4))
        let answers = try whole.lines(of: "nonfinite/step-000001/answers.jsonl")
        #expect(answers.count == 12 && answers[0]["not_finite"] != nil)
        for answer in answers where answer["in_loss"] == .bool(true) {
            let values = try #require(answer["log_probabilities"]?.members)
            #expect(values.keys.sorted() == ["new", "reference", "sampled"])
            let counts = values.values.map { $0.elements?.count }
            #expect(Set(counts + [answer["tokens"]?.elements?.count]).count == 1)
        }

        let parted = try tiny.run("parted", stopAfter: 1)
        try tiny.resume("parted")
        #expect(try parted.text("metrics.jsonl") == whole.text("metrics.jsonl"))
        for name in ["step.json", "rows.jsonl", "answers.jsonl", "weights.jsonl"] {
            for step in ["step-000001", "step-000002"] {
                let file = "nonfinite/\(step)/\(name)"
                #expect(try parted.text(file) == whole.text(file), "\(file)")
            }
        }
    }

    @Test("A policy that can no longer be sampled from ends the run with its prompts and weights")
    func logits() throws {
        var tiny = try TinyRun(.grpo)
        tiny.configuration.learningRate.peak = 1e37
        tiny.configuration.learningRate.schedule = .constant
        tiny.configuration.nonFinite.dumps = 1
        let directory = tiny.directory("run")
        let run = try TrainingRun(new: tiny.configuration, in: directory, interruption: .init()) { _ in }
        let error = #expect(throws: NonFiniteTraining.self) { _ = try run.run() }
        let step = try #require(error?.step)
        #expect(error?.description.contains("nonfinite/step-00000\(step) has what led to it") == true)
        #expect(try directory.lines(of: "nonfinite/step-00000\(step)/rows.jsonl").count == 4)
        #expect(try !directory.lines(of: "nonfinite/step-00000\(step)/weights.jsonl").isEmpty)
    }

    @Test("Without dumps nothing is written; lines beyond the limit of a file are counted")
    func limits() throws {
        var tiny = try TinyRun(.grpo)
        tiny.configuration.grpo.overlong.buffer = 12
        tiny.configuration.grpo.overlong.weight = 1e308
        tiny.configuration.nonFinite.dumps = 0
        tiny.configuration.steps = 1
        #expect(names(try tiny.run("run")).isEmpty)
        let lines: [JSONObject] = [["a": .integer(1)], ["a": .string("long")], ["a": .integer(2)]]
        let (text, leftOut) = try NonFiniteFolder.text(lines, limit: 18)
        #expect(text == "{\"a\":1}\n{\"a\":2}\n" && leftOut == 1)
    }

    @Test("Norms are finite exactly when all elements are, in both types")
    func norms() {
        for dtype in [DType.float32, .bfloat16] {
            let tensor = Tensor([3, 0, -4, 0], shape: [2, 2]).converted(to: dtype)
            #expect(tensor.norm == 5 && tensor.nonFiniteCount == 0)
            let bad = Tensor([3, .nan, .infinity, 1], shape: [2, 2]).converted(to: dtype)
            #expect(!bad.norm.isFinite && bad.nonFiniteCount == 2)
        }
        let large = Tensor(repeating: 1e38, shape: [1 << 10])
        #expect(abs(large.norm / 3.2e39 - 1) < 1e-5)
    }
}
