// The most tokens of a prompt: a setting, the model's own limit, and texts far above both.
import Foundation
import ModelFamilies
import TensorMath
import TestKit
import Testing
import Tokenizer
import VisionLanguageModel

@Suite("The limit of a prompt")
struct PromptLimitTests {
    private func message(_ processor: Processor, _ text: String) throws -> String {
        let turn = ChatMessage(role: .user, content: [.text(text)])
        let error = #expect(throws: ModelError.self) { try processor.prompt([turn], visuals: []) }
        return try #require(error).description
    }

    @Test("A prompt may have as many tokens as the setting says, and not one more")
    func setting() throws {
        var processor = try LoadedModel(path: Fixtures.url("checkpoints/qwen25vl-tiny").path).processor
        let turn = ChatMessage(role: .user, content: [.text("What is it?")])
        let count = try processor.prompt([turn], visuals: []).ids.count
        processor.maxPromptTokens = count
        #expect(try processor.prompt([turn], visuals: []).ids.count == count)
        processor.maxPromptTokens = count - 1
        let found = try message(processor, "What is it?")
        #expect(found == "the prompt has \(count) tokens, the limit is \(count - 1) (data.maxPromptTokens)")
    }

    @Test(
        "Every family's configuration has the model's limit",
        arguments: [
            ("qwen25vl-tiny", 128_000), ("internvl-tiny-hf", 32_768), ("internvl35-tiny-hf", 32_768),
        ])
    func families(_ checkpoint: String, _ limit: Int) throws {
        let loaded = try LoadedModel(path: Fixtures.url("checkpoints/\(checkpoint)").path)
        #expect(loaded.model.configuration.text.maxPositions == limit)
    }

    @Test(
        "A text of a megabyte is refused by the model's limit",
        arguments: ["The quick brown fox jumps over the lazy dog. ", "abcdefghij"])
    func huge(_ unit: String) throws {
        var processor = try LoadedModel(path: Fixtures.url("checkpoints/qwen25vl-tiny").path).processor
        processor.maxPromptTokens = 1_000_000_000
        let text = String(repeating: unit, count: 1_000_000 / unit.utf8.count)
        let found = try message(processor, text)
        #expect(found.contains("the limit is 128000 (the model's max_position_embeddings)"), "\(found)")
    }
}
