// Checkpoints into models and back: both public styles of names, heads tied and not, and what is refused.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import Checkpoint
@testable import ModelFamilies
@testable import TensorMath
@testable import Tokenizer
@testable import VisionLanguageModel

@Suite("Loading and saving models")
struct LoadingTests {
    /// Replaces text in a copied checkpoint's config.json.
    private func edit(_ folder: String, _ from: String, _ to: String) throws {
        let url = URL(fileURLWithPath: folder + "/config.json")
        let old = try String(contentsOf: url, encoding: .utf8)
        try #require(old.contains(from))
        try Data(old.replacingOccurrences(of: from, with: to).utf8).write(to: url)
    }

    @Test("Old and new names load under the same names; only an untied model has a head")
    func names() throws {
        let (old, new) = (try ReferenceCase.oneImage.model(), try ReferenceCase.newNames.model())
        let names = old.parameters.all.map(\.name)
        #expect(names.contains("visual.blocks.3.attn.qkv.weight") && names.contains("model.norm.weight"))
        #expect(new.parameters.all.map(\.name) == names + ["lm_head.weight"])
        #expect(old.head.shape == [800, 128] && new.head.shape == [816, 128])
    }

    @Test("The same weights under the other style of names give the same logits")
    func otherStyle() throws {
        let (folder, prompt) = (TemporaryFolder(), try ReferenceCase.oneImage.prompt())
        let original = try openCheckpoint(ReferenceCase.oneImage.path)
        let table = try KeyTable.of(original)
        let writer = try CheckpointWriter(
            folder.path("nested.h5"), expectedByteCount: original.tensorByteCount)
        for info in original.tensors {
            let name = try #require(
                table.canonical(info.name).flatMap { table.publicName($0, style: .nested) })
            #expect(name.hasPrefix("model.visual.") || name.hasPrefix("model.language_model."))
            try original.withBytes(of: info.name) {
                try writer.add(TensorInfo(name: name, dtype: info.dtype, shape: info.shape), bytes: $0)
            }
        }
        for name in original.sideFileNames {
            try writer.addSideFile(name, try #require(try original.sideFile(name)))
        }
        try writer.commit()
        let expected = lastLogits(try ReferenceCase.oneImage.model(), prompt)
        #expect(lastLogits(try LoadedModel(path: folder.path("nested.h5")).model, prompt) == expected)
    }

    @Test("A head that differs from the embedding is kept, whatever the configuration says")
    func headStays() throws {
        let folder = TemporaryFolder()
        let path = try folder.copy(fixture: "checkpoints/qwen25vl-tiny-untied-newnames", to: "model")
        try edit(path, "\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true")
        let model = try loadModel(path)
        #expect(model.configuration.tiesWordEmbeddings && model.parameters["lm_head.weight"] != nil)
        expectClose(
            lastLogits(model, try ReferenceCase.newNames.prompt()),
            try ReferenceCase.newNames.golden().floats("logits_last"), absolute: 3e-4, "logits_last")
    }

    @Test("An untied configuration without a head is refused, naming the key")
    func headMissing() throws {
        let folder = TemporaryFolder()
        let path = try folder.copy(fixture: "checkpoints/qwen25vl-tiny", to: "model")
        try edit(path, "\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false")
        let error = #expect(throws: (any Error).self) { try loadModel(path) }
        let message = "\(try #require(error))"
        #expect(message.contains("lm_head.weight") && message.contains(path), "\(message)")
    }

    @Test("A configuration of other sizes is refused with the key and both shapes")
    func misshapen() throws {
        let folder = TemporaryFolder()
        let path = try folder.copy(fixture: "checkpoints/qwen25vl-tiny", to: "model")
        try edit(path, "\"intermediate_size\": 208", "\"intermediate_size\": 210")
        let error = #expect(throws: (any Error).self) { try loadModel(path) }
        let message = "\(try #require(error))"
        for part in ["mlp", "208", "210"] { #expect(message.contains(part), "\(message)") }
    }

    @Test("A checkpoint without settings for images answers texts; an image is refused, naming the files")
    func withoutImageSettings() throws {
        let folder = TemporaryFolder()
        let path = try folder.copy(fixture: "checkpoints/qwen25vl-tiny", to: "model")
        try FileManager.default.removeItem(atPath: path + "/preprocessor_config.json")
        let loaded = try LoadedModel(path: path)
        #expect(
            try loaded.processor.prompt([ChatMessage(role: .user, text: "Hi")], visuals: []).ids.count > 5)
        let error = #expect(throws: ConfigurationError.self) {
            try loaded.processor.image(Fixtures.bytes("image-kinds/rgb8.png"), name: "x")
        }
        let message = try #require(error).description
        #expect(message.contains("preprocessor_config.json") && message.contains("processor_config.json"))
    }

    /// What the settings of `processor_config.json` are in the fixture's own file.
    private func nested(_ settings: String, with key: String = "image_processor") -> String {
        "{\"processor_class\": \"Qwen2_5_VLProcessor\", \"\(key)\": \(settings)}"
    }

    @Test(
        "Settings for images are found in the file that transformers 5 writes",
        arguments: ["qwen25vl-tiny", "internvl-tiny-hf"])
    func nestedSettings(_ name: String) throws {
        let folder = TemporaryFolder()
        let path = try folder.copy(fixture: "checkpoints/\(name)", to: "model")
        let old = try LoadedModel(path: path).processor
        let file = path + "/preprocessor_config.json"
        let settings = try String(contentsOfFile: file, encoding: .utf8)
        try FileManager.default.removeItem(atPath: file)
        try Data(nested(settings).utf8).write(to: URL(fileURLWithPath: path + "/processor_config.json"))
        let new = try LoadedModel(path: path).processor
        let image = try Fixtures.bytes("image-kinds/rgb8.png")
        #expect(try new.image(image, name: "x").pixels == old.image(image, name: "x").pixels)
    }

    @Test("Two files that contradict each other are refused, naming both; equal ones are read")
    func contradictingSettings() throws {
        let folder = TemporaryFolder()
        let path = try folder.copy(fixture: "checkpoints/qwen25vl-tiny", to: "model")
        let other = URL(fileURLWithPath: path + "/processor_config.json")
        try Data(nested(#"{"size": {"shortest_edge": 3136, "longest_edge": 18816}}"#).utf8).write(to: other)
        #expect(try LoadedModel(path: path).processor.images?.imageLimits?.most == 18816)
        try Data(nested(#"{"size": {"shortest_edge": 3136, "longest_edge": 50176}}"#).utf8).write(to: other)
        let error = #expect(throws: ConfigurationError.self) { try LoadedModel(path: path) }
        let message = try #require(error).description
        for part in ["preprocessor_config.json", "processor_config.json", "18816", "50176", "max_pixels"] {
            #expect(message.contains(part), "\(message)")
        }
    }

    @Test("Settings for videos are found in both of their files, over the defaults of videos")
    func videoSettings() throws {
        let folder = TemporaryFolder()
        let path = try folder.copy(fixture: "checkpoints/qwen25vl-tiny", to: "model")
        #expect(try LoadedModel(path: path).processor.images?.videoLimits?.least == 128 * 28 * 28)
        let text = nested(#"{"size": {"longest_edge": 200704}}"#, with: "video_processor")
        let file = path + "/processor_config.json"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        let limits = try #require(try LoadedModel(path: path).processor.images?.videoLimits)
        #expect(limits == PixelLimits(least: 128 * 28 * 28, most: 200_704))
        try FileManager.default.removeItem(atPath: file)
        try Data(#"{"max_pixels": 300000}"#.utf8).write(
            to: URL(fileURLWithPath: path + "/video_preprocessor_config.json"))
        #expect(try LoadedModel(path: path).processor.images?.videoLimits?.most == 300_000)
    }

    @Test("Patches of another size than the tower's are refused, naming both files")
    func otherPatches() throws {
        let folder = TemporaryFolder()
        let path = try folder.copy(fixture: "checkpoints/qwen25vl-tiny", to: "model")
        let file = path + "/preprocessor_config.json"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try text.replacingOccurrences(of: "\"patch_size\": 14", with: "\"patch_size\": 16")
            .write(toFile: file, atomically: true, encoding: .utf8)
        let error = #expect(throws: ConfigurationError.self) { try LoadedModel(path: path) }
        let message = try #require(error).description
        #expect(message.contains("'patch_size' is 16") && message.contains("vision_config.patch_size"))
    }

    @Test("A saved float32 model opens to the same numbers, names, side files and moments")
    func roundTrip() throws {
        let folder = TemporaryFolder()
        let (loaded, prompt) = (
            try LoadedModel(path: ReferenceCase.oneImage.path), try ReferenceCase.textOnly.prompt()
        )
        let optimizer = AdamW(loaded.model.parameters)
        let batch = packed([prompt], answers: [1, 2, 3])
        func gradients() -> Gradients {
            loaded.model.parameters.gradients {
                loaded.model.logProbabilities(batch).values.weightedSum([-1, -1, -1])
            }.gradients
        }
        optimizer.step(gradients(), learningRate: 1e-3)
        try loaded.save(
            to: folder.path("saved.h5"),
            training: SavedTraining(optimizer: optimizer, state: Array("{}".utf8)))
        let again = try LoadedModel(path: folder.path("saved.h5"))
        #expect(
            again.checkpoint.tensors.map(\.name).sorted() == loaded.checkpoint.tensors.map(\.name).sorted())
        #expect(again.checkpoint.trainerState == Array("{}".utf8))
        #expect(lastLogits(again.model, prompt) == lastLogits(loaded.model, prompt))
        for name in loaded.checkpoint.sideFileNames {
            #expect(try again.checkpoint.sideFile(name) == loaded.checkpoint.sideFile(name))
        }
        let restored = AdamW(again.model.parameters)
        try again.restore(restored, stepCount: 1)
        #expect(restored.moments.map(\.name) == optimizer.moments.map(\.name))
        for (a, b) in zip(restored.moments, optimizer.moments) {
            #expect(try a.wholeFirst().elements == b.wholeFirst().elements)
            #expect(try a.wholeSecond().elements == b.wholeSecond().elements)
        }
    }

    @Test("Token embeddings stay what they were when training moves the table")
    func frozenEmbeddings() throws {
        let loaded = try LoadedModel(path: ReferenceCase.oneImage.path)
        func rows(_ table: any EmbeddingTable) -> [Float] {
            table.ids("two cats and two dogs").flatMap(table.row)
        }
        let (asked, waiting) = (loaded.embeddingTable(), loaded.embeddingTable())
        let before = rows(asked)
        #expect(asked.dimension == 128 && !before.isEmpty && before.count % 128 == 0)
        let batch = packed([try ReferenceCase.textOnly.prompt()], answers: [1, 2, 3])
        let gradients = loaded.model.parameters.gradients {
            loaded.model.logProbabilities(batch).values.weightedSum([-1, -1, -1])
        }.gradients
        AdamW(loaded.model.parameters).step(gradients, learningRate: 0.1)
        #expect(rows(asked) == before && rows(waiting) == before)
        #expect(rows(loaded.embeddingTable()) != before)
    }
}
