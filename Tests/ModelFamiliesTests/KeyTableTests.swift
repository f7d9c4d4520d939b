// Which tensors Qwen2.5-VL has, under which names.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import Checkpoint
@testable import ModelFamilies

struct KeyTableTests {
    @Test("Every public style maps onto the canonical names and back", arguments: TestModel.forms)
    func styles(_ model: TestModel) throws {
        let table = try model.table
        for tensor in table.expected {
            for style in table.styles {
                let name = try #require(table.publicName(tensor.name, style: style))
                #expect(table.canonical(name) == tensor.name)
            }
        }
        #expect(
            table.publicName("visual.blocks.0.norm1.weight", style: .nested)
                == "model.visual.blocks.0.norm1.weight")
        #expect(table.publicName("model.norm.weight", style: .nested) == "model.language_model.norm.weight")
        #expect(table.publicName("lm_head.weight", style: .nested) == "lm_head.weight")
        #expect(table.canonical("visual.blocks.7.norm1.weight") == nil)
        #expect(table.canonical("model.language_model.visual.blocks.0.norm1.weight") == nil)
    }

    @Test(
        "The tables of the reference checkpoints hold exactly their tensors",
        arguments: [
            ("qwen25vl-tiny", KeyTable.Style.hf), ("qwen25vl-tiny-ref", .hf),
            ("qwen25vl-tiny-untied-newnames", .nested),
        ])
    func reference(_ name: String, _ style: KeyTable.Style) throws {
        let reader = try openCheckpoint(Fixtures.url("checkpoints/\(name)").path)
        let table = try KeyTable.of(reader)
        try table.validate(reader)
        #expect(try table.style(of: reader) == style)
        #expect(table.family == "qwen2_5_vl")
    }

    @Test("The configuration that transformers 5 writes gives the same table")
    func newConfiguration() throws {
        let folder = Fixtures.url("checkpoints/qwen25vl-tiny-untied-newnames").path
        let old = try KeyTable.of(config: contents("\(folder)/config.json"), location: "old")
        let new = try KeyTable.of(
            config: contents("\(folder)/config_as_v5.23_writes_it.json"), location: "new")
        #expect(old.expected == new.expected)
    }

    /// Writes a model after `change` and returns the error of validating it.
    private func problem(
        _ model: TestModel, _ change: (inout [(info: TensorInfo, bytes: [UInt8])]) -> Void
    ) throws -> CheckpointError? {
        let folder = TemporaryFolder()
        try model.write(to: folder("model"))
        var tensors = try model.tensors()
        change(&tensors)
        try write(safetensors(tensors), to: folder("model/model.safetensors"))
        let reader = try openCheckpoint(folder("model"))
        do { try KeyTable.of(reader).validate(reader) } catch { return error as? CheckpointError }
        return nil
    }

    private func zeros(_ name: String, _ shape: [Int]) -> (info: TensorInfo, bytes: [UInt8]) {
        let info = TensorInfo(name: name, dtype: .uint8, shape: shape)
        return (info, [UInt8](repeating: 0, count: info.byteCount))
    }

    @Test("A tied head may be absent or present; an untied one must be there")
    func heads() throws {
        #expect(try problem(TestModel()) { _ in } == nil)
        #expect(try problem(TestModel()) { $0.append(zeros("lm_head.weight", [10, 8])) } == nil)
        let missing = try problem(TestModel(isTied: false)) {
            $0.removeAll { $0.info.name == "lm_head.weight" }
        }
        #expect(
            missing?.description.contains("no tensor lm_head.weight; the model needs it with shape [10, 8]")
                == true)
    }

    @Test("Missing, extra and misshapen tensors are named with their shapes")
    func mismatches() throws {
        let missing = try problem(TestModel(style: .nested)) {
            $0.removeAll { $0.info.name.hasSuffix("bias") }
        }
        #expect(missing?.description.contains("no tensor model.visual.blocks.0.attn.qkv.bias") == true)
        #expect(missing?.description.contains("more are missing") == true)
        let extra = try problem(TestModel()) { $0.append(zeros("visual.extra", [2])) }
        #expect(
            extra?.description.contains("tensor visual.extra with shape [2] has no place in the model")
                == true)
        let wrong = try problem(TestModel()) { tensors in
            tensors.removeAll { $0.info.name == "model.norm.weight" }
            tensors.append(zeros("model.norm.weight", [2, 4]))
        }
        #expect(
            wrong?.description.contains("model.norm.weight has shape [2, 4], the model expects [8]") == true)
        let mixed = try problem(TestModel()) { $0.append(zeros("model.visual.merger.ln_q.weight", [4])) }
        #expect(mixed?.description.contains("mixes two naming styles") == true)
    }

    /// A configuration with a sound language model and a vision part of one key, or none.
    private static func qwen(depth: String? = nil) -> String {
        let text = """
            "hidden_size": 8, "intermediate_size": 12, "num_attention_heads": 2, "num_hidden_layers": 2,
            "num_key_value_heads": 2, "vocab_size": 10
            """
        let vision = depth.map { ", \"vision_config\": {\"depth\": \($0)}" } ?? ""
        return "{\"model_type\": \"qwen2_5_vl\", \(text)\(vision)}"
    }

    @Test(
        "A configuration that cannot be used is refused with its key",
        arguments: [
            ("{}", "model_type"),
            (
                "{\"model_type\": \"llava\"}",
                "unknown family 'llava' in model_type; known: qwen2_5_vl, internvl"
            ),
            ("{\"model_type\": \"qwen2_5_vl\", \"hidden_size\": null, \"vocab_size\": 0}", "vocab_size"),
            ("{\"model_type\": \"qwen2_5_vl\", \"vision_config\": 1}", "vision_config"),
            (qwen(depth: "-1"), "vision_config.depth"),
            (qwen(depth: "1e99"), "found 1e99"),
            ("[", "not JSON"),
        ])
    func configurations(_ config: String, _ expected: String) {
        #expect { try KeyTable.of(config: Array(config.utf8), location: "config.json") } throws: { error in
            "\(error)".hasPrefix("config.json") && "\(error)".contains(expected)
        }
    }
}
