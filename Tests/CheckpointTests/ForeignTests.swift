// Weights in FP8 and buffers beside weights.
import Foundation
import StrictJSON
import TestKit
import Testing

@testable import Checkpoint

struct ForeignTests {
    @Test(
        "FP8 with scales of blocks, tensors or rows becomes bfloat16 as PyTorch computes it",
        arguments: ["blocks", "tensors", "rows"])
    func widening(_ kind: String) throws {
        let reader = try openCheckpoint(Fixtures.url("fp8/\(kind)").path, orForeign: true)
        let expected = try SafetensorsFile(Fixtures.url("fp8/\(kind).widened.safetensors").path)
        #expect(Set(reader.tensors.map(\.name)) == Set(expected.tensors.map(\.name)))
        for tensor in expected.tensors {
            #expect(reader.info(tensor.name) == tensor)
            let values = try expected.withBytes(of: tensor.name) { Array($0) }
            #expect(try reader.withBytes(of: tensor.name) { Array($0) } == values, "\(tensor.name)")
            let part = 3..<tensor.byteCount - 1
            #expect(try reader.withBytes(of: tensor.name, in: part) { Array($0) } == Array(values[part]))
        }
        let bytes = try #require(try reader.sideFile("config.json"))
        let config = try OrderedJSON(parsing: bytes)
        #expect(config["quantization_config"] == nil && config["model_type"]?.text == "qwen2")
        let notes = reader.readingNotes.joined(separator: "\n")
        #expect(notes.contains("14 tensors in FP8 become bfloat16"))
        #expect(notes.contains("scales of activations") == (kind == "tensors"))
    }

    @Test("The 256 numbers of both kinds of FP8 are PyTorch's", arguments: ["e4m3", "e5m2"])
    func numbers(_ kind: String) throws {
        let file = try SafetensorsFile(Fixtures.url("fp8/values.safetensors").path)
        let info = try #require(file.info(kind))
        let expected = try #require(try floats(info, in: file))
        let values = try #require(FP8Format("F8_\(kind.uppercased())")).values
        for (value, number) in zip(values, expected) {
            #expect(value == number || value.isNaN && number.isNaN)
            #expect(value.isNaN || value.sign == number.sign)
        }
        #expect(values.count == expected.count)
    }

    /// A copy of the FP8 model with another text in a file.
    private func changed(_ file: String, _ old: String, _ new: String) throws -> (TemporaryFolder, String) {
        let folder = TemporaryFolder()
        let path = try folder.copy(fixture: "fp8/blocks", to: "model")
        let url = folder.url("model/\(file)")
        var data = try Data(contentsOf: url)
        let range = try #require(data.range(of: Data(old.utf8)))
        data.replaceSubrange(range, with: Data(new.utf8))
        try data.write(to: url)
        return (folder, path)
    }

    @Test("A quantization is named before anything is said of tensors, and only a conversion widens FP8")
    func quantization() throws {
        func message(_ path: String, orForeign: Bool) -> String {
            let error = #expect(throws: CheckpointError.self) {
                try openCheckpoint(path, orForeign: orForeign)
            }
            return "\(String(describing: error))"
        }
        let plain = message(Fixtures.url("fp8/blocks").path, orForeign: false)
        #expect(plain.contains("quantization_config.quant_method") && plain.contains("r1-convert FOLDER"))
        for method in ["awq", "gptq", "bitsandbytes", "compressed-tensors", "mxfp4"] {
            let (folder, path) = try changed("config.json", #""fp8""#, #""\#(method)""#)
            try folder.write("model/model.safetensors", "nonsense")
            for orForeign in [false, true] {
                let text = message(path, orForeign: orForeign)
                #expect(
                    text.contains("config.json: quantization_config.quant_method: '\(method)'"), "\(text)")
            }
        }
        for (old, new, part) in [
            (#""fmt": "e4m3""#, #""fmt": "int7""#, "quantization_config.fmt"),
            ("10,", "0,", "weight_block_size"),
            ("10,", "5,", "weight_scale_inv"),
        ] {
            let (folder, path) = try changed("config.json", old, new)
            #expect(message(path, orForeign: true).contains(part))
            withExtendedLifetime(folder) {}
        }
        let (folder, path) = try changed(
            "model.safetensors", "model.layers.0.mlp.up_proj.weight_scale_inv",
            "model.layers.0.mlp.xx_proj.weight_scale_inv")
        #expect(message(path, orForeign: true).contains("model.layers.0.mlp.up_proj.weight_scale_inv"))
        withExtendedLifetime(folder) {}
    }

    /// Writes a safetensors file with these entries, each with zeros.
    private func write(_ entries: [(name: String, type: String, shape: [Int], bytes: Int)], to url: URL)
        throws
    {
        var parts: [String] = []
        var place = 0
        for entry in entries {
            parts.append(
                "\"\(entry.name)\":{\"dtype\":\"\(entry.type)\",\"shape\":\(entry.shape),"
                    + "\"data_offsets\":[\(place),\(place + entry.bytes)]}")
            place += entry.bytes
        }
        let header = Array("{\(parts.joined(separator: ","))}".utf8)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        try Data(length + header + [UInt8](repeating: 0, count: place)).write(to: url)
    }

    @Test("Buffers of any type are left out of a model, with and without an index, and the rest is there")
    func buffers() throws {
        let folder = TemporaryFolder()
        try write(
            [
                ("a.weight", "F32", [2], 8), ("a.rotary_emb.inv_freq", "F64", [2], 16),
                ("a.position_ids", "I64", [1, 2], 16),
            ], to: folder.url("model-1.safetensors"))
        try write(
            [("b.weight", "BF16", [2], 4), ("b.mask", "I32", [1], 4)], to: folder.url("model-2.safetensors"))
        func check() throws {
            let reader = try openCheckpoint(folder.path())
            #expect(reader.tensors.map(\.name) == ["a.weight", "b.weight", "b.mask"])
            #expect(
                reader.readingNotes.count == 1
                    && reader.readingNotes[0].contains("a.rotary_emb.inv_freq and 1 more"))
            #expect(reader.shardPlan == nil)
        }
        try check()
        let map = [
            ("a.weight", 1), ("a.rotary_emb.inv_freq", 1), ("a.position_ids", 1), ("b.weight", 2),
            ("b.mask", 2),
        ]
        .map { "\"\($0)\":\"model-\($1).safetensors\"" }
        try folder.write("model.safetensors.index.json", "{\"weight_map\":{\(map.joined(separator: ","))}}")
        try check()
        // Another type of a weight stays an error that names it.
        try write(
            [("b.weight", "F64", [2], 16), ("b.mask", "I32", [1], 4)], to: folder.url("model-2.safetensors"))
        let error = #expect(throws: CheckpointError.self) { try openCheckpoint(folder.path()) }
        #expect("\(String(describing: error))".contains("tensor b.weight has dtype F64"))
    }
}
