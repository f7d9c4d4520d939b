// config.json in the three forms that releases have written, and what is said about unusable files.
import Basics
import Foundation
import ModelFamilies
import TestKit
import Testing

@Suite("Configuration of Qwen2.5-VL")
struct ConfigurationTests {
    private static let untied = "checkpoints/qwen25vl-tiny-untied-newnames"

    private func read(_ path: String) throws -> ModelConfiguration {
        try ModelConfiguration(config: Fixtures.bytes(path), file: path).computable()
    }

    @Test("The flat form of the hub is read")
    func flat() throws {
        let configuration = try read("checkpoints/qwen25vl-tiny/config.json")
        let text = configuration.text
        #expect(text.hiddenSize == 128 && text.intermediateSize == 208 && text.layerCount == 3)
        #expect(text.headCount == 8 && text.keyHeadCount == 2 && text.headSize == 16)
        #expect(text.vocabularySize == 800 && text.normEpsilon == 1e-6)
        #expect(text.rotary == RotaryConfiguration(theta: 1e6, kind: .sections([2, 3, 3])))
        #expect(text.biases == .init(input: true) && !text.normalizesHeads)
        let vision = try #require(configuration.vision as? Qwen25VLVisionConfiguration)
        #expect(vision.depth == 4 && vision.hiddenSize == 64 && vision.intermediateSize == 108)
        #expect(vision.headCount == 4 && vision.outHiddenSize == 128 && vision.windowSize == 112)
        #expect(vision.fullAttentionBlocks == [2] && vision.patchElementCount == 1176)
        #expect(configuration.tiesWordEmbeddings)
        #expect(configuration.imageTokenID == 768 && configuration.videoTokenID == 769)
        #expect(configuration.inputOnlyTokenIDs == [765, 766, 767, 768, 769])
    }

    @Test("The nested form and the one that transformers 5.23 writes say the same")
    func nested() throws {
        let nested = try read("\(Self.untied)/config.json")
        let other = try read("\(Self.untied)/config_as_v5.23_writes_it.json")
        #expect(other.text == nested.text && other.weights == nested.weights)
        #expect(other.tiesWordEmbeddings == nested.tiesWordEmbeddings)
        #expect(other.imageTokenID == nested.imageTokenID && other.videoTokenID == nested.videoTokenID)
        #expect(other.inputOnlyTokenIDs == nested.inputOnlyTokenIDs)
        #expect(nested.text.vocabularySize == 816 && nested.text.intermediateSize == 220)
        #expect(nested.text.rotary == RotaryConfiguration(theta: 1e6, kind: .sections([2, 3, 3])))
        #expect(!nested.tiesWordEmbeddings)
    }

    /// A change to a good file, and what the message must hold.
    struct Damage: CustomTestStringConvertible, Sendable {
        let from: String
        let to: String
        let says: [String]
        var testDescription: String { "\(from) -> \(to)" }
    }

    @Test(
        "A file that cannot be used is refused with its name and the key",
        arguments: [
            Damage(from: "\"hidden_size\": 128,", to: "", says: ["mrope_section", "head size 1024"]),
            Damage(from: "\"hidden_size\": 128", to: "\"hidden_size\": \"128\"", says: ["hidden_size"]),
            Damage(from: "\"hidden_size\": 128", to: "\"hidden_size\": 100", says: ["hidden_size 100", "8"]),
            Damage(from: "\"hidden_size\": 128", to: "\"hidden_size\": -8", says: ["positive"]),
            Damage(from: "\"num_key_value_heads\": 2", to: "\"num_key_value_heads\": 3", says: ["3"]),
            Damage(from: "\"num_key_value_heads\": 2", to: "\"num_key_value_heads\": 0", says: ["positive"]),
            Damage(from: "\"num_heads\": 4", to: "\"num_heads\": 0", says: ["positive"]),
            Damage(
                from: "\"out_hidden_size\": 128", to: "\"out_hidden_size\": 64",
                says: ["out_hidden_size", "found 64"]),
            Damage(from: "\"qwen2_5_vl\"", to: "\"llama\"", says: ["llama", "qwen2_5_vl"]),
            Damage(from: "\"mrope_section\"", to: "\"other\"", says: ["mrope_section"]),
            Damage(
                from: "\"image_token_id\": 768,", to: "",
                says: ["image_token_id", "below vocab_size 800", "means 151655"]),
            Damage(from: "\"depth\": 4,", to: "\"depth\": 0,", says: ["vision_config.depth"]),
            Damage(
                from: "\"out_hidden_size\": 128,", to: "",
                says: ["out_hidden_size", "hidden_size 128", "means 3584"]),
            Damage(from: "{\n", to: "", says: ["JSON"]),
        ])
    func damaged(_ damage: Damage) throws {
        let good = String(
            decoding: try Fixtures.bytes("checkpoints/qwen25vl-tiny/config.json"), as: UTF8.self)
        let place = try #require(good.range(of: damage.from))
        let bad = good.replacingCharacters(in: place, with: damage.to)
        let error = #expect(throws: ConfigurationError.self) {
            try ModelConfiguration(config: Array(bad.utf8), file: "somewhere/config.json").computable()
        }
        let message = try #require(error).description
        for part in ["somewhere/config.json"] + damage.says { #expect(message.contains(part), "\(message)") }
    }

    @Test("Files cut or changed at random are read or refused, never a crash")
    func fuzz() throws {
        let good = try Fixtures.bytes("\(Self.untied)/config.json")
        var random = SeededGenerator(state: 11)
        for _ in 0..<300 {
            var bytes = good
            if Bool.random(using: &random) {
                bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random)))
            }
            for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                    in: 32...126, using: &random)
            }
            do {
                _ = try ModelConfiguration(config: bytes, file: "config.json").computable()
            } catch is ConfigurationError {
            }
        }
    }
}
