// LoRA on whole models: merged weights equal the adapted model, and the files are PEFT's.
import Checkpoint
import Foundation
import ModelFamilies
import TensorMath
import TestKit
import Testing

@testable import VisionLanguageModel

@Suite("LoRA")
struct AdapterTests {
    /// A model in float32 whose changes were trained for two steps, so that none is zero.
    private func adapted(_ options: AdapterOptions, _ name: String, _ folder: TemporaryFolder) throws
        -> LoadedModel
    {
        try LoadedModel(path: Fixtures.url("checkpoints/\(name)").path).save(to: folder.path("base.h5"))
        let loaded = try LoadedModel(
            openCheckpoint(folder.path("base.h5")), adapters: AdapterStart(options, seed: 3))
        let store = loaded.model.parameters
        store.freeze(prefixes: [])
        let batch = packed([try ReferenceCase.textOnly.prompt()], answers: [1, 2, 3])
        let optimizer = AdamW(store)
        for _ in 0..<2 {
            let gradients = store.gradients {
                loaded.model.logProbabilities(batch).values.weightedSum([-1, -1, -1])
            }.gradients
            optimizer.step(gradients, learningRate: 1e-2)
        }
        return loaded
    }

    @Test(
        "The adapter that was saved, read as PEFT's and merged, makes the model that was trained",
        arguments: [("qwen25vl-tiny", false), ("qwen25vl-tiny", true), ("internvl-tiny-hf", false)])
    func merged(_ name: String, _ vision: Bool) throws {
        var options = AdapterOptions()
        (options.rank, options.alpha, options.rankStabilized, options.vision) = (3, 6, vision, vision)
        if vision { options.targets = ["q_proj", "mlp\\.(gate|up)_proj", ".*blocks\\.0\\.mlp\\.down_proj"] }
        let folder = TemporaryFolder()
        let loaded = try adapted(options, name, folder)
        let prompt = try ReferenceCase.textOnly.prompt()
        try loaded.save(to: folder.path("step.h5"))
        let saved = try openCheckpoint(folder.path("step.h5"))
        try writeSafetensors(saved, to: folder.path("adapter"), file: SafetensorsDirectory.adapterName)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("adapter")).sorted() == [
                "adapter_config.json", "adapter_model.safetensors",
            ])
        let merged = try LoadedModel(merging(loaded.checkpoint, adapter: folder.path("adapter")))
        let before = try LoadedModel(loaded.checkpoint)
        let expected = lastLogits(loaded.model, prompt)
        let largest = Double(expected.reduce(0) { max($0, abs($1)) })
        expectClose(lastLogits(merged.model, prompt), expected, absolute: 1e-5 * largest, "logits")
        #expect(lastLogits(before.model, prompt) != expected)
        // Without its changes the model is the base.
        #expect(
            withoutLowRankChanges { lastLogits(loaded.model, prompt) } == lastLogits(before.model, prompt))
        // Read back as the start of a resumed run.
        let again = try LoadedModel(
            loaded.checkpoint, adapters: AdapterStart(options, seed: 0, saved: saved))
        #expect(lastLogits(again.model, prompt) == expected)
    }

    @Test(
        "An adapter of PEFT is the start of training: the adapted model is the merged one",
        arguments: ["qwen25vl", "internvl", "qwen2"])
    func peft(_ family: String) throws {
        let base = try openCheckpoint(Fixtures.url("adapters/\(family)/base").path)
        let path = Fixtures.url("adapters/\(family)/plain").path
        let adapter = try TrainableAdapter(path)
        var options = AdapterOptions()
        (options.rank, options.alpha) = (adapter.rank, adapter.alpha)
        let adapted = try LanguageModel(base, adapters: AdapterStart(options, seed: 0, adapter: adapter))
        let merged = try LanguageModel(merging(base, adapter: path))
        let plain = try LanguageModel(base)
        #expect(
            try adapted.parameters.all.count(where: \.isLowRank) == 2
                * adapter.modules(of: plain.configuration).count)
        let prompt = try Prompt(ids: [1, 5, 9, 2], visuals: [], configuration: plain.configuration)
        let expected = lastLogits(merged, prompt)
        let largest = Double(expected.reduce(0) { max($0, abs($1)) })
        expectClose(lastLogits(adapted, prompt), expected, absolute: 1e-5 * largest, "logits")
        #expect(lastLogits(plain, prompt) != expected)
        #expect(withoutLowRankChanges { lastLogits(adapted, prompt) } == lastLogits(plain, prompt))
    }

    @Test("A checkpoint of changes is not a model, and the message says how to make one")
    func notAModel() throws {
        var options = AdapterOptions()
        options.rank = 2
        let folder = TemporaryFolder()
        try adapted(options, "qwen25vl-tiny", folder).save(to: folder.path("step.h5"))
        let error = #expect(throws: ConfigurationError.self) { try LoadedModel(path: folder.path("step.h5")) }
        let message = try #require(error).description
        #expect(message.contains("LoRA adapter") && message.contains("r1-convert --adapter"))
    }

    @Test("Targets are ends of names or patterns of whole names")
    func targets() throws {
        var options = AdapterOptions()
        let query = "model.layers.1.self_attn.q_proj", tower = "visual.blocks.0.mlp.up_proj"
        #expect(try options.targets(query, excluding: ["visual."]))
        #expect(try !options.targets(tower, excluding: ["visual."]))
        options.vision = true
        #expect(try options.targets(tower, excluding: ["visual."]))
        options.targets = ["proj"]
        #expect(try !options.targets(query, excluding: []))
        options.targets = [".*layers\\.[12]\\..*_proj"]
        #expect(try options.targets(query, excluding: []) && !options.targets(tower, excluding: []))
    }

    @Test("A checkpoint of another rank, or of other layers, is refused with the tensor")
    func misfits() throws {
        var options = AdapterOptions()
        options.rank = 2
        let folder = TemporaryFolder()
        try adapted(options, "qwen25vl-tiny", folder).save(to: folder.path("step.h5"))
        let saved = try openCheckpoint(folder.path("step.h5"))
        let base = try openCheckpoint(folder.path("base.h5"))
        func problem(_ change: (inout AdapterOptions) -> Void) throws -> String {
            var other = options
            change(&other)
            let error = #expect(throws: ModelError.self) {
                try LoadedModel(base, adapters: AdapterStart(other, seed: 0, saved: saved))
            }
            return try #require(error).description
        }
        #expect(try problem { $0.rank = 3 }.contains("lora_A"))
        #expect(try problem { $0.vision = true }.contains("visual"))
    }
}
