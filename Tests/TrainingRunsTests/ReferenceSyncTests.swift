// A reference that follows the policy: its numbers, its place in checkpoints and in plans.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import Checkpoint
@testable import PolicyOptimization
@testable import Rollouts
@testable import StrictJSON
@testable import TensorMath
@testable import TrainingRuns
@testable import VisionLanguageModel

@Suite("A reference that follows the policy")
struct ReferenceSyncTests {
    /// Three steps with a sync after the second update.
    private func tiny(_ dtype: DType) throws -> TinyRun {
        var tiny = try TinyRun(.grpo)
        tiny.configuration.dtype = dtype
        tiny.configuration.steps = 3
        tiny.configuration.grpo.referenceSync.every = 2
        tiny.configuration.grpo.referenceSync.mixup = 0.25
        tiny.configuration.checkpoints.every = 1
        tiny.configuration.checkpoints.keepLast = 0
        return tiny
    }

    private func reference(_ directory: RunDirectory, _ step: Int) throws -> [String: [Float]] {
        let reader = try openCheckpoint(directory.checkpoint(step))
        var all: [String: [Float]] = [:]
        for info in reader.trainingTensors where info.name.hasPrefix("reference.") {
            all[String(info.name.dropFirst("reference.".count))] = try reader.withTrainingBytes(of: info.name)
            {
                Tensor(widening: $0, dtype: info.dtype, shape: info.shape).elements
            }
        }
        return all
    }

    private func weights(_ path: String) throws -> [String: [Float]] {
        let all = try LoadedModel(path: path).model.parameters.all
        return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.value.elements) })
    }

    @Test(
        "It moves by its share of the way when it is due, in float32", arguments: [DType.float32, .bfloat16])
    func numbers(_ dtype: DType) throws {
        let tiny = try tiny(dtype)
        let run = try tiny.run("run")
        let metrics = try run.lines(of: "metrics.jsonl")
        #expect(metrics.map { $0["reference_sync"]?.double } == [0, 1, 0])
        let start = try weights(tiny.configuration.model)
        #expect(try reference(run, 1) == start)
        let policy = try weights(run.checkpoint(2)), moved = try reference(run, 2)
        #expect(moved.keys.sorted() == start.keys.sorted())
        for (name, values) in moved {
            let (from, to) = (try #require(start[name]), try #require(policy[name]))
            for (index, value) in values.enumerated() {
                let expected = 0.75 * Double(from[index]) + 0.25 * Double(to[index])
                #expect(abs(Double(value) - expected) <= 1e-7 * max(1, abs(expected)), "\(name)")
            }
        }
        #expect(try reference(run, 3) == moved)
        // Both compare the first two steps with the start, the third one with different references.
        var fixed = tiny
        fixed.configuration.grpo.referenceSync.every = 0
        let without = try fixed.run("fixed").lines(of: "metrics.jsonl").map { $0["kl"]?.double ?? .nan }
        let with = metrics.map { $0["kl"]?.double ?? .nan }
        #expect(with[..<2] == without[..<2] && with[2] < without[2])
    }

    @Test(
        "A run that is stopped before or after a sync goes on bit for bit",
        arguments: [(1, DType.float32), (2, .bfloat16)])
    func resumed(_ stop: Int, _ dtype: DType) throws {
        let tiny = try tiny(dtype)
        let whole = try tiny.run("whole"), parted = try tiny.run("parted", stopAfter: stop)
        try tiny.resume("parted")
        #expect(try parted.text("metrics.jsonl") == whole.text("metrics.jsonl"))
        #expect(try reference(parted, 3) == reference(whole, 3))
        #expect(try weights(parted.checkpoint(3)) == weights(whole.checkpoint(3)))
    }

    @Test("With LoRA, or without a penalty, it is refused with the reason")
    func refused() throws {
        var tiny = try tiny(.float32)
        tiny.configuration.lora.rank = 2
        let rank = #expect(throws: RunError.self) { try tiny.configuration.validate() }
        #expect(rank?.description.contains("grpo.referenceSync.every: expected 0 with lora.rank") == true)
        tiny.configuration.lora.rank = 0
        tiny.configuration.grpo.loss.klCoefficient = 0
        let penalty = #expect(throws: RunError.self) { try tiny.configuration.validate() }
        #expect(penalty?.description.contains("loss.klCoefficient is 0") == true)
    }

    @Test("The plan counts a copy of all weights, in memory and in the checkpoints")
    func planned() throws {
        var tiny = try tiny(.bfloat16)
        func plan() throws -> RunPlan {
            var request = PlanRequest()
            request.trialSeconds = 0
            return try RunPlanner(tiny.configuration, request, interruption: Interruption(), report: { _ in })
                .plan()
        }
        func reference(_ plan: RunPlan) -> Int {
            plan.memory.resident.first { $0.name == "reference model" }?.bytes ?? 0
        }
        let with = try plan()
        tiny.configuration.grpo.referenceSync.every = 0
        let without = try plan()
        let count = try LoadedModel(path: tiny.configuration.model).model.parameters.elementCount
        // A float32 master and a rounded copy; the fixed one is bfloat16.
        #expect(reference(with) >= 6 * count && reference(without) < 3 * count)
        // The table of embeddings at the start is no longer a part of the reference.
        let table = with.memory.resident.first { $0.name == "embedding table" }?.bytes ?? 0
        #expect(
            with.memory.tensors - without.memory.tensors == reference(with) - reference(without) + table)
        #expect(with.disk.total - without.disk.total >= 4 * count)
    }
}
