// Small valid files to start from, made by this project's writers.
import Basics
internal import Checkpoint
internal import Foundation

/// The base of the seeds' deltas.
let deltaBaseName = "base.safetensors"

/// Makes the valid files of a target in an empty folder; HDF5 files are deleted afterwards.
func makeSeeds(of target: FuzzTarget, in folder: String) throws -> [[UInt8]] {
    let paths =
        switch target {
        case .safetensors, .pickles: [String]()
        case .hdf5:
            try CheckpointLayout.allCases.map { try writeCheckpoint($0, in: folder) }
                + [writeMatrixInFewBits(in: folder)]
        case .delta: try writeDeltas(in: folder)
        }
    return try paths.map { path in
        defer { try? FileManager.default.removeItem(atPath: path) }  // a leftover file is harmless
        return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

private func write(_ bytes: [UInt8], _ path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}

private func safetensors(_ header: String, _ data: [UInt8]) -> [UInt8] {
    let length = UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8) + data
}

/// Nested groups, a scalar, an empty tensor, several chunks, a side file, a trainer's state.
private func writeCheckpoint(_ layout: CheckpointLayout, in folder: String) throws -> String {
    let path = "\(folder)/\(layout.rawValue)"
    let writer = try CheckpointWriter(path, expectedByteCount: 1 << 20, layout: layout)
    try writer.addSideFile("notes.txt", Array("hello".utf8))
    let shapes: [(String, DType, [Int])] = [
        ("a.b.weight", .bfloat16, [2, 3]), ("a.b.bias", .float32, []), ("a.empty", .float16, [0]),
        ("long", .uint8, layout == .compressed ? [(1 << 20) + 1] : [64]),
    ]
    for (name, dtype, shape) in shapes {
        let info = TensorInfo(name: name, dtype: dtype, shape: shape)
        let bytes = (0..<info.byteCount).map {
            UInt8(truncatingIfNeeded: layout == .compressed ? $0 >> 19 : $0)
        }
        try bytes.withUnsafeBytes { try writer.add(info, bytes: $0) }
    }
    let moment = TensorInfo(name: "adam.a", dtype: .float32, shape: [2])
    try [UInt8](repeating: 1, count: 8).withUnsafeBytes { try writer.addTraining(moment, bytes: $0) }
    try writer.setTrainerState(Array("{\"step\":1}".utf8))
    try writer.commit()
    return path
}

/// Codes with their scales.
private func writeMatrixInFewBits(in folder: String) throws -> String {
    let path = "\(folder)/few-bits"
    let writer = try CheckpointWriter(path, expectedByteCount: 1 << 10, layout: .mapped)
    let parts: [(String, DType, [Int])] = [
        ("q.weight.int4", .uint8, [2, 32]), ("q.weight.scales", .bfloat16, [2, 2]),
    ]
    for (name, dtype, shape) in parts {
        let info = TensorInfo(name: name, dtype: dtype, shape: shape)
        try [UInt8](repeating: 0x3F, count: info.byteCount).withUnsafeBytes {
            try writer.add(info, bytes: $0)
        }
    }
    try writer.commit()
    return path
}

/// Two deltas of a text model with one layer: a step that changes some tensors, and another element type throughout.
private func writeDeltas(in folder: String) throws -> [String] {
    let config = """
        {"model_type":"qwen2","hidden_size":8,"intermediate_size":4,"num_attention_heads":1,"num_key_value_heads":1,\
        "num_hidden_layers":1,"vocab_size":4,"tie_word_embeddings":true}
        """
    let shapes: [(name: String, shape: [Int])] = [
        ("model.embed_tokens.weight", [4, 8]), ("model.norm.weight", [8]),
        ("model.layers.0.input_layernorm.weight", [8]),
        ("model.layers.0.post_attention_layernorm.weight", [8]),
        ("model.layers.0.self_attn.q_proj.weight", [8, 8]), ("model.layers.0.self_attn.q_proj.bias", [8]),
        ("model.layers.0.self_attn.k_proj.weight", [8, 8]), ("model.layers.0.self_attn.k_proj.bias", [8]),
        ("model.layers.0.self_attn.v_proj.weight", [8, 8]), ("model.layers.0.self_attn.v_proj.bias", [8]),
        ("model.layers.0.self_attn.o_proj.weight", [8, 8]), ("model.layers.0.mlp.gate_proj.weight", [4, 8]),
        ("model.layers.0.mlp.up_proj.weight", [4, 8]), ("model.layers.0.mlp.down_proj.weight", [8, 4]),
    ]
    /// The model as safetensors; every third tensor has `step` in its first byte.
    func model(_ dtype: (code: String, byteCount: Int), step: UInt8) -> [UInt8] {
        var data: [UInt8] = []
        let entries = shapes.enumerated().map { number, tensor in
            let count = tensor.shape.reduce(dtype.byteCount, *)
            let start = data.count
            data += [number % 3 == 0 ? step : 1] + (1..<count).map { UInt8(truncatingIfNeeded: $0 + number) }
            return "\"\(tensor.name)\":{\"dtype\":\"\(dtype.code)\",\"shape\":\(tensor.shape),"
                + "\"data_offsets\":[\(start),\(data.count)]}"
        }
        return safetensors("{\(entries.joined(separator: ","))}", data)
    }
    let base = "\(folder)/\(deltaBaseName)"
    try write(model(("BF16", 2), step: 0), base)
    let source = "\(folder)/source"
    try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: false)
    try write(Array(config.utf8), "\(source)/config.json")
    return try [model(("BF16", 2), step: 1), model(("F32", 4), step: 0)].enumerated().map { number, content in
        try write(content, "\(source)/model.safetensors")
        let path = "\(folder)/delta-\(number)"
        try writeDelta(from: openCheckpoint(base), to: openCheckpoint(source), at: path)
        return path
    }
}
