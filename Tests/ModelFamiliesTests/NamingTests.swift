// Every public naming style of every family: which tensors it has, how they are made of the canonical ones, and back.
import Basics
import Checkpoint
import Foundation
import TestKit
import Testing

@testable import ModelFamilies

struct NamingTests {
    @Test("The canonical tensors of a model are those its configuration asks for", arguments: NamedModel.all)
    func expected(_ model: NamedModel) throws {
        let table = try model.table
        let names = Set(table.expected.map(\.name))
        #expect(table.expected.count == model.tensorCount && names.count == model.tensorCount)
        for (name, shape) in model.some {
            #expect(table.expected.first { $0.name == name }?.shape == shape, "\(name)")
        }
        #expect(table.styles == model.styles)
    }

    @Test("A style stores every row of every tensor once", arguments: NamedModel.all)
    func rows(_ model: NamedModel) throws {
        let table = try model.table
        for style in table.styles {
            var left = table.expected.map { Set(0..<$0.shape[0]) }
            for stored in table.layout(style) {
                #expect(stored.runs.reduce(0) { $0 + $1.rows.count } == stored.shape[0])
                for run in stored.runs {
                    #expect(left[run.tensor].isSuperset(of: run.rows), "\(stored.name)")
                    left[run.tensor].subtract(run.rows)
                    #expect(table.expected[run.tensor].shape.dropFirst() == stored.shape.dropFirst())
                }
            }
            #expect(left.allSatisfy { $0.isEmpty }, "\(style)")
        }
    }

    @Test("The names of each style are the public ones", arguments: NamedModel.all)
    func names(_ model: NamedModel) throws {
        let table = try model.table
        for (style, stored) in model.stored {
            for (name, shape) in stored {
                #expect(table.stored(name, style)?.shape == shape, "\(style) \(name)")
            }
        }
    }

    @Test("From any style to any other and back, the bytes are the same", arguments: NamedModel.all)
    func roundTrip(_ model: NamedModel) throws {
        let canonical = try MemoryCheckpoint(model)
        for style in try model.table.styles {
            let styled = try StyledCheckpoint(canonical, style: style)
            let stored = try MemoryCheckpoint(copying: styled)
            #expect(try styled.table.style(of: stored) == style)
            try styled.table.validate(stored)
            for other in try model.table.styles {
                let there = try MemoryCheckpoint(copying: StyledCheckpoint(stored, style: other))
                let back = try StyledCheckpoint(there)
                #expect(back.tensors == canonical.tensors)
                for tensor in canonical.tensors {
                    #expect(
                        try back.bytes(tensor.name) == canonical.bytes(tensor.name),
                        "\(tensor.name) by \(style), \(other)")
                }
            }
        }
    }

    @Test("The vision tower's fused matrix is the queries' rows, then the keys', then the values'")
    func fused() throws {
        let canonical = try MemoryCheckpoint(.original)
        let styled = try StyledCheckpoint(canonical, style: .original)
        let parts = try ["q", "k", "v"].flatMap {
            try canonical.bytes("vision_tower.encoder.layer.1.attention.\($0)_proj.weight")
        }
        #expect(try styled.bytes("vision_model.encoder.layers.1.attn.qkv.weight") == parts)
        // A cut out of one stored tensor is given out where it lies.
        let stored = try MemoryCheckpoint(copying: styled)
        let name = "vision_model.encoder.layers.1.attn.qkv.weight"
        let whole = try stored.withBytes(of: name) { UInt(bitPattern: $0.baseAddress) }
        let keys = try StyledCheckpoint(stored).withBytes(
            of: "vision_tower.encoder.layer.1.attention.k_proj.weight"
        ) { UInt(bitPattern: $0.baseAddress) }
        #expect(keys == whole + UInt(parts.count / 3))
    }

    @Test(
        "InternLM2's fused matrix has, for each head of keys, its heads of queries, its keys and its values")
    func grouped() throws {
        let canonical = try MemoryCheckpoint(.internLM2)
        let layer = "language_model.model.layers.1"
        let (q, k, v) = try (
            canonical.bytes("\(layer).self_attn.q_proj.weight"),
            canonical.bytes("\(layer).self_attn.k_proj.weight"),
            canonical.bytes("\(layer).self_attn.v_proj.weight")
        )
        // 4 heads of 3 rows for queries and 2 for keys; a row is 12 elements of 2 bytes.
        var expected: [UInt8] = []
        for group in 0..<2 {
            expected += q[group * 144..<(group + 1) * 144]
            expected += k[group * 72..<(group + 1) * 72]
            expected += v[group * 72..<(group + 1) * 72]
        }
        let styled = try StyledCheckpoint(canonical, style: .internlm2)
        #expect(try styled.bytes("\(layer).attention.wqkv.weight") == expected)
        #expect(styled.info("\(layer).attention.wqkv.weight")?.shape == [24, 12])
    }

    @Test("A tied head may be absent in every style; an untied one must be there", arguments: [true, false])
    func heads(_ isTied: Bool) throws {
        var model = NamedModel.internLM2
        model.config = model.config.replacingOccurrences(
            of: "\"vocab_size\": 10", with: "\"vocab_size\": 10, \"tie_word_embeddings\": \(isTied)")
        let whole = try MemoryCheckpoint(model)
        for (style, name) in [
            (KeyTable.Style.hf, "language_model.lm_head.weight"), (.nested, "lm_head.weight"),
            (.internlm2, "language_model.output.weight"),
        ] {
            let all = try MemoryCheckpoint(copying: StyledCheckpoint(whole, style: style))
            let headless = try MemoryCheckpoint(copying: all) { $0.name != name }
            #expect(all.tensors.count == headless.tensors.count + 1)
            if isTied {
                #expect(try StyledCheckpoint(headless).tensors.count == whole.tensors.count - 1)
            } else {
                #expect {
                    try StyledCheckpoint(headless)
                } throws: {
                    "\($0)".contains("no tensor \(name); the model needs it with shape [10, 12]")
                }
            }
        }
    }

    @Test("Missing, extra and mixed tensors are named as the style has them")
    func mismatches() throws {
        let model = NamedModel.internLM2
        let all = try MemoryCheckpoint(copying: StyledCheckpoint(MemoryCheckpoint(model), style: .internlm2))
        let fused = "language_model.model.layers.0.attention.wqkv.weight"
        #expect {
            try StyledCheckpoint(MemoryCheckpoint(copying: all) { $0.name != fused })
        } throws: {
            "\($0)".contains("no tensor \(fused); the model needs it with shape [24, 12]")
        }
        #expect {
            try StyledCheckpoint(
                MemoryCheckpoint(copying: all, adding: ["vision_model.encoder.layers.9.ls1"]))
        } throws: {
            "\($0)".contains("vision_model.encoder.layers.9.ls1 with shape [1] has no place in the model")
        }
        let other = "language_model.model.layers.0.self_attn.q_proj.weight"
        #expect {
            try StyledCheckpoint(MemoryCheckpoint(copying: all, adding: [other]))
        } throws: {
            "\($0)".contains("mixes two naming styles: ") && "\($0)".hasSuffix("and \(other)")
        }
        #expect {
            try StyledCheckpoint(MemoryCheckpoint(NamedModel.qwen3), style: .original)
        } throws: {
            "\($0)".contains("family qwen3 has no style 'original'; known: hf")
        }
    }

    @Test("Types that differ cannot be joined")
    func types() throws {
        let canonical = try MemoryCheckpoint(.original)
        let part = "vision_tower.encoder.layer.0.attention.q_proj.weight"
        let mixed = try MemoryCheckpoint(copying: canonical) { $0.name != part }
        mixed.put(TensorInfo(name: part, dtype: .float16, shape: [6, 6]))
        #expect(try StyledCheckpoint(mixed).tensors.count == canonical.tensors.count)
        #expect {
            try StyledCheckpoint(mixed, style: .original)
        } throws: {
            "\($0)".contains("attn.qkv.weight would join tensors of several element types")
        }
    }

    @Test(
        "A configuration that cannot be used is refused with its key",
        arguments: [
            ("\"norm_type\": \"layer_norm\"", "\"norm_type\": \"none\"", "vision_config.norm_type"),
            ("\"image_size\": 8", "\"image_size\": [8]", "vision_config.image_size"),
            ("\"qkv_bias\": true", "\"qkv_bias\": 1", "vision_config.qkv_bias"),
            ("\"qkv_bias\": true", "\"use_mask_token\": true", "vision_config.use_mask_token"),
            ("\"downsample_ratio\": 0.5", "\"downsample_ratio\": 0.4", "downsample_ratio"),
            ("\"model_type\": \"qwen2\"", "\"model_type\": \"phi3\"", "llm_config.model_type"),
            ("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3", "llm_config.num_key_value_heads"),
            ("\"llm_config\"", "\"other_config\"", "text_config"),
        ])
    func configurations(_ old: String, _ new: String, _ key: String) throws {
        var model = NamedModel.original
        try #require(model.config.contains(old))
        model.config = model.config.replacingOccurrences(of: old, with: new)
        #expect { try model.table } throws: { "\($0)".hasPrefix("config.json: key '\(key)' should be ") }
    }
}
