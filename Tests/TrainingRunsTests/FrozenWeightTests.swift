// Full training with frozen prefixes: the frozen matrices stay as they are stored, and no number changes for it.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import Checkpoint
@testable import PolicyOptimization
@testable import Rollouts
@testable import TensorMath
@testable import TrainingRuns
@testable import VisionLanguageModel

@Suite("Frozen weights in full training")
struct FrozenWeightTests {
    /// A run from a model of bfloat16 weights, or of the same numbers in float32, with the tower and the first layer
    /// frozen.
    private func tiny(_ method: TrainingMethodKind, _ stored: DType, _ folder: String = "stored") throws
        -> TinyRun
    {
        var tiny = try TinyRun(method)
        let model = try LoadedModel(path: tiny.configuration.model)
        let path = tiny.folder.path("\(folder).h5")
        try model.save(to: path, dtype: .bfloat16)
        if stored == .float32 {
            try LoadedModel(path: path).save(to: tiny.folder.path("wide.h5"), dtype: .float32)
            tiny.configuration.model = tiny.folder.path("wide.h5")
        } else {
            tiny.configuration.model = path
        }
        tiny.configuration.frozen = ["visual.", "model.embed_tokens.", "model.layers.0."]
        return tiny
    }

    @Test(
        "Every number of a run is that of a run whose frozen weights are float32, also when it is resumed",
        arguments: [
            (TrainingMethodKind.sft, DType.float32), (.sft, .bfloat16), (.grpo, .float32), (.grpo, .bfloat16),
        ])
    func equal(_ method: TrainingMethodKind, _ dtype: DType) throws {
        var (narrow, wide) = (try tiny(method, .bfloat16), try tiny(method, .float32))
        (narrow.configuration.dtype, wide.configuration.dtype) = (dtype, dtype)
        let a = try narrow.run("run"), b = try wide.run("run")
        #expect(try a.text("metrics.jsonl") == b.text("metrics.jsonl"))
        let parted = try narrow.run("parted", stopAfter: 1)
        try narrow.resume("parted")
        #expect(try parted.text("metrics.jsonl") == b.text("metrics.jsonl"))
        let last = [a, b, parted].map { $0.checkpoint(narrow.configuration.steps) }
        let readers = try last.map { try openCheckpoint($0) }
        #expect(!readers[0].trainingTensors.contains { $0.name.hasPrefix("first.visual.") })
        for info in readers[0].tensors {
            let all = try readers.map { reader in try reader.withBytes(of: info.name) { Array($0) } }
            #expect(all[0] == all[1] && all[0] == all[2], "\(info.name)")
        }
    }

    @Test("Frozen matrices are not copied, have no master and no copy, and a resumed run has the same memory")
    func memory() throws {
        for dtype in [DType.float32, .bfloat16] {
            var tiny = try tiny(.grpo, .bfloat16)
            tiny.configuration.dtype = dtype
            let model = try openCheckpoint(tiny.configuration.model)
            let run = try tiny.run("run-\(dtype)")
            let saved = try openCheckpoint(run.checkpoint(tiny.configuration.steps))
            for loaded in [
                try tiny.configuration.trained(model), try tiny.configuration.trained(model, saved: saved),
            ] {
                let store = loaded.model.parameters
                store.freeze(prefixes: tiny.configuration.frozen)
                store.setComputeType(dtype)
                for parameter in store.all where parameter.shape.count == 2 && !parameter.isTrainable {
                    #expect(parameter.value.dtype == .bfloat16, "\(parameter.name)")
                    #expect(parameter.weight.computeType == dtype)
                }
                for parameter in store.trainable { #expect(parameter.value.dtype == .float32) }
            }
        }
    }

    @Test(
        "The reference of a float32 run is read where it is mapped, with the weights of a copy",
        arguments: [DType.float32, .bfloat16])
    func reference(_ stored: DType) throws {
        let tiny = try tiny(.grpo, stored)
        let model = try openCheckpoint(tiny.configuration.model)
        let rehearsal = Rehearsal()
        try rehearsal {
            let reference = try tiny.configuration.reference(model)
            // Vectors, and tables of positions, are always float32.
            let widened = reference.model.parameters.all.filter {
                stored == .bfloat16 && $0.value.dtype == .float32
            }
            let bytes = widened.reduce(0) { $0 + MemoryStatistics.blockBytes(4 * $1.value.count) }
            #expect(rehearsal.liveBytes == bytes)
            #expect(!widened.contains { $0.shape.count == 2 })
        }
        let (reference, copy) = (try tiny.configuration.reference(model), try LoadedModel(model))
        for (own, other) in zip(reference.model.parameters.all, copy.model.parameters.all) {
            #expect(own.tensor.elements == other.tensor.elements, "\(own.name)")
        }
    }

    @Test(
        "The plan of a run with frozen weights needs less, by all that they had",
        arguments: [DType.float32, .bfloat16])
    func planned(_ dtype: DType) throws {
        var tiny = try tiny(.grpo, .bfloat16)
        tiny.configuration.dtype = dtype
        func weights(_ frozen: [String]) throws -> (bytes: Int, plan: RunPlan) {
            tiny.configuration.frozen = frozen
            var request = PlanRequest()
            request.trialSeconds = 0
            let plan = try RunPlanner(
                tiny.configuration, request, interruption: Interruption(), report: { _ in }
            ).plan()
            let names = ["weights", "bfloat16 weights", "moments"]
            return (
                plan.memory.resident.filter { names.contains($0.name) }.reduce(0) { $0 + $1.bytes }, plan
            )
        }
        let prefixes = tiny.configuration.frozen
        let (with, without) = (try weights(prefixes), try weights([]))
        let all = try LoadedModel(path: tiny.configuration.model).model.parameters.all
        let frozen = all.filter { weight in
            weight.shape.count == 2 && prefixes.contains { weight.name.hasPrefix($0) }
        }
        // Pool blocks are at least as large as their tensors; a master, two moments and in bfloat16 a copy.
        let bytes = frozen.reduce(0) { $0 + MemoryStatistics.blockBytes(4 * $1.value.count) }
        #expect(without.bytes - with.bytes >= 3 * bytes)
        #expect(with.plan.memory.tensors < without.plan.memory.tensors)
    }
}
