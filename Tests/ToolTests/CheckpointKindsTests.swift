// Checkpoints as public releases and trainers write them: where settings are, how answers end, which template.
import Foundation
import TestKit
import Testing

/// A copy of a fixture's checkpoint to change.
struct ChangedCheckpoint {
    let folder = TemporaryFolder()

    init(_ fixture: String = "qwen25vl-tiny") throws {
        _ = try folder.copy(fixture: "checkpoints/\(fixture)", to: "model")
    }

    var path: String { folder.path("model") }

    func text(_ file: String) throws -> String { try folder.text("model/\(file)") }
    func write(_ file: String, _ text: String) throws { _ = try folder.write("model/\(file)", text) }
    func remove(_ file: String) throws { try FileManager.default.removeItem(at: folder.url("model/\(file)")) }

    /// Removes keys, each with its value on one line, from config.json.
    func removeKeys(_ keys: [String]) throws {
        let lines = try text("config.json").split(separator: "\n", omittingEmptySubsequences: false)
        try write(
            "config.json",
            lines.filter { line in !keys.contains { line.contains("\"\($0)\":") } }.joined(separator: "\n"))
    }
}

@Suite("Kinds of checkpoints")
struct CheckpointKindsTests {
    private func greedy(_ model: String, _ more: String...) throws -> ToolResult {
        try run(
            "r1-infer", ["chat", model, "--prompt", "Hi", "--greedy", "--max-tokens", "4"] + more)
    }

    @Test("A vision_config without the keys that have the class's defaults is the same model for every tool")
    func shortVision() throws {
        let model = try ChangedCheckpoint()
        let before = try greedy(model.path)
        try model.removeKeys(["patch_size", "spatial_merge_size", "window_size"])
        let config = try model.text("config.json")
            .replacing(try Regex(#",\s*"temporal_patch_size": 2"#), with: "")
        try #require(!config.contains("temporal_patch_size"))
        try model.write("config.json", config)
        let after = try greedy(model.path)
        #expect(after.exitCode == 0 && after.output == before.output, "\(after.testDescription)")
        #expect(try run("r1-infer", ["inspect", model.path]).exitCode == 0)
        #expect(try convert(model.path, model.folder.path("model.h5")).exitCode == 0)
    }

    @Test("Settings in processor_config.json alone show images; inspect says where they are")
    func processorConfig() throws {
        let model = try ChangedCheckpoint()
        let settings = try model.text("preprocessor_config.json")
        try model.remove("preprocessor_config.json")
        try model.write("processor_config.json", "{\"image_processor\": \(settings)}")
        let report = try run("r1-infer", ["inspect", model.path])
        #expect(report.output.contains("image settings  processor_config.json"))
        let image = Fixtures.url("image-kinds/rgb8.png").path
        let result = try greedy(model.path, "--image", image)
        #expect(result.exitCode == 0, "\(result.testDescription)")
    }

    @Test("Without settings for images a text is answered, an image refused, and the tools say so")
    func noProcessor() throws {
        let model = try ChangedCheckpoint()
        try model.remove("preprocessor_config.json")
        #expect(try greedy(model.path).exitCode == 0)
        let image = Fixtures.url("image-kinds/rgb8.png").path
        expectTrouble(
            try greedy(model.path, "--image", image), from: "r1-infer",
            naming: ["preprocessor_config.json", "processor_config.json"])
        #expect(try run("r1-infer", ["inspect", model.path]).output.contains("missing: "))
        let converted = try convert(model.path, model.folder.path("model.h5"))
        #expect(converted.exitCode == 0 && converted.errors.contains("no settings for images"))
    }

    @Test("OpenGVLab's layout needs no file but config.json")
    func openGVLab() throws {
        let model = try ChangedCheckpoint("internvl-internlm2-tiny-orig")
        let image = Fixtures.url("images").appendingPathComponent(
            try #require(
                try FileManager.default.contentsOfDirectory(atPath: Fixtures.url("images").path).min()))
        let before = try greedy(model.path, "--image", image.path)
        try model.remove("preprocessor_config.json")
        let after = try greedy(model.path, "--image", image.path)
        #expect(after.exitCode == 0 && after.output == before.output, "\(after.testDescription)")
    }

    @Test(
        "End tokens without the template's own are reported once, and the template's own ends an answer too")
    func endTokens() throws {
        let model = try ChangedCheckpoint()
        try model.write("generation_config.json", #"{"eos_token_id": 756}"#)
        let result = try greedy(model.path)
        let said = "eos_token_id is 756 without <|im_end|> (758)"
        #expect(result.exitCode == 0 && result.errors.components(separatedBy: said).count == 2)
        #expect(try convert(model.path, model.folder.path("model.h5")).errors.contains(said))
    }

    @Test(
        "Training reports a template that is not compiled in; where a known one is required, nothing starts")
    func knownTemplate() throws {
        let model = try ChangedCheckpoint()
        try model.write("chat_template.jinja", "{{ messages }}<think>")
        let train = try TrainFolder()
        let set = ["--set", "model=\(model.path)", "--set", "steps=1", "--set", "data.test="]
        let said = "chat_template.jinja is none of those compiled in"
        let trained = try run("r1-train", train.new(.sft, "one") + set)
        #expect(trained.exitCode == 0 && trained.errors.components(separatedBy: said).count == 2)
        for arguments in [
            train.new(.grpo, "two") + set + ["--require-known-template"],
            train.new(.sft, "three") + set + ["--set", "data.requireKnownTemplate=true"],
        ] {
            expectTrouble(try run("r1-train", arguments), from: "r1-train", naming: [said])
        }
        #expect(!train.folder.has("two") && !train.folder.has("three"))
        expectTrouble(
            try greedy(model.path, "--require-known-template"), from: "r1-infer", naming: [said])
    }

    /// A folder or file that is not a model, and what the message says.
    struct Foreign: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let says: [String]
        let change: @Sendable (ChangedCheckpoint) throws -> Void
    }

    private static let shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]

    private static let foreign: [Foreign] = [
        Foreign(testDescription: "an LFS pointer", says: [shards[1], "Git LFS pointer", "git lfs pull"]) {
            try $0.write(shards[1], "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n")
        },
        Foreign(testDescription: "PyTorch's weights", says: ["pytorch_model.bin"]) {
            for file in shards + ["model.safetensors.index.json"] { try $0.remove(file) }
            try $0.write("pytorch_model.bin", "PK")
        },
        Foreign(testDescription: "a LoRA adapter", says: ["LoRA adapter", "merge_and_unload"]) {
            for file in shards + ["model.safetensors.index.json"] { try $0.remove(file) }
            try $0.write("adapter_model.safetensors", "x")
            try $0.write("adapter_config.json", "{}")
        },
        Foreign(testDescription: "verl's shards", says: ["verl", "merge"]) {
            for file in shards + ["model.safetensors.index.json"] { try $0.remove(file) }
            try $0.write("model_world_size_2_rank_0.pt", "PK")
        },
        Foreign(testDescription: "AWQ", says: ["config.json", "quantization_config.quant_method", "'awq'"]) {
            let config = try $0.text("config.json").dropFirst()
            try $0.write(
                "config.json", #"{"quantization_config": {"quant_method": "awq", "bits": 4},"# + config)
        },
    ]

    @Test("What is not a model says what it is and what to do", arguments: Self.foreign)
    func refused(_ kind: Foreign) throws {
        let model = try ChangedCheckpoint()
        try kind.change(model)
        expectTrouble(
            try run("r1-infer", ["inspect", model.path]), from: "r1-infer", naming: kind.says)
        expectTrouble(
            try convert(model.path, model.folder.path("model.h5")), from: "r1-convert", naming: kind.says)
        #expect(!model.folder.has("model.h5"))
    }

    @Test("Shards without an index are one model, there and back; a tensor in two of them is an error")
    func withoutIndex() throws {
        let model = try ChangedCheckpoint()
        let before = try greedy(model.path)
        try model.remove("model.safetensors.index.json")
        #expect(try greedy(model.path).output == before.output)
        #expect(try convert(model.path, model.folder.path("model.h5")).exitCode == 0)
        #expect(try convert(model.folder.path("model.h5"), model.folder.path("back")).exitCode == 0)
        #expect(try model.folder.names("back") == model.folder.names("model"))
        try FileManager.default.copyItem(
            at: model.folder.url("model/\(Self.shards[0])"), to: model.folder.url("model/z.safetensors"))
        expectTrouble(
            try run("r1-infer", ["inspect", model.path]), from: "r1-infer",
            naming: ["z.safetensors", "also in another shard", Self.shards[0]])
    }

    @Test("A byte-order mark before config.json does not matter")
    func byteOrderMark() throws {
        let model = try ChangedCheckpoint()
        try model.write("config.json", "\u{FEFF}" + model.text("config.json"))
        #expect(try greedy(model.path).exitCode == 0)
        #expect(try convert(model.path, model.folder.path("model.h5")).exitCode == 0)
    }
}
