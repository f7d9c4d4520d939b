// A new family works with every part of the project by adding one folder and naming it once.
import Checkpoint
import Foundation
import ImageInput
import ModelFamilies
import TensorMath
import TestKit
import Testing
import Tokenizer
import VisionLanguageModel

@Suite("A made-up family")
struct MadeUpFamilyTests {
    private let families = ModelFamily.known + [.madeUp]
    private let folder = TemporaryFolder()

    private static let config = """
        {"model_type": "made_up", "hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4,
        "num_key_value_heads": 2, "num_hidden_layers": 2, "vocab_size": 800, "max_position_embeddings": 512,
        "image_token_id": 768, "vision_config": {"grid_size": 3}}
        """

    /// A checkpoint with random weights.
    private func checkpoint() throws -> String {
        let sides = try folder.copy(fixture: "checkpoints/qwen25vl-tiny", to: "sides")
        for name in try folder.names("sides")
        where name.hasSuffix("safetensors") || name.hasSuffix("index.json") {
            try FileManager.default.removeItem(atPath: "\(sides)/\(name)")
        }
        try Data(Self.config.utf8).write(to: URL(fileURLWithPath: "\(sides)/config.json"))
        try writeRandomModel(sideFiles: sides, to: folder.path("model.h5"), seed: 1, families: families)
        return folder.path("model.h5")
    }

    @Test("It loads, sees, answers, learns, and is saved and shown in its other style")
    func wholePath() throws {
        let loaded = try LoadedModel(path: checkpoint(), families: families)
        let image = try loaded.processor.image(Fixtures.bytes("images/gray.png"), name: "gray.png")
        #expect(image.tokenCount == 9)
        let message = ChatMessage(role: .user, content: [.image, .text("What color is it?")])
        let prompt = try loaded.processor.prompt([message], visuals: [image])
        #expect(prompt.visualRows.count == 9)
        var options = SamplingOptions.greedy
        options.maxNewTokens = 4
        let answers = try loaded.engine.generate(
            [GenerationRequest(prompt: prompt, number: 0)], options: options)
        #expect((1...4).contains(answers[0][0].ids.count))

        var batch = PackedBatch()
        batch.append(prompt, answers: [[5, 6, 7]])
        let (_, gradients) = loaded.model.parameters.gradients {
            loaded.model.logProbabilities(batch).values.weightedSum([-1, -1, -1])
        }
        let projection = try #require(
            loaded.model.parameters.all.first { $0.name == "eye.projection.weight" })
        #expect(try #require(gradients[projection.name]).elements.contains { $0 != 0 })

        try loaded.save(to: folder.path("saved.h5"))
        let saved = try openCheckpoint(folder.path("saved.h5"))
        let nested = try StyledCheckpoint(saved, style: .nested, families: families)
        #expect(nested.info("model.eye.projection.weight")?.shape == [32, 3])
    }

    @Test("A program that does not know it says which families it knows")
    func unknown() throws {
        let path = try checkpoint()
        #expect { try LoadedModel(path: path) } throws: { error in
            "\(error)".contains("unknown family 'made_up' in model_type; known: qwen2_5_vl")
        }
    }
}
