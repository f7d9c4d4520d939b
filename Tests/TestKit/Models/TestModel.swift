// Small synthetic models in any public form.
public import Basics
public import Checkpoint
import Foundation
public import ModelFamilies
public import Testing

/// A generator with a seed, so that a failing fuzz case can be repeated (SplitMix64).
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// Makes one.
    public init(state: UInt64) { self.state = state }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A Qwen2.5-VL model of a few hundred numbers in any public form.
public struct TestModel: Sendable, CustomTestStringConvertible {
    /// The style of the names.
    public var style = KeyTable.Style.hf
    /// Whether the head is the embedding table.
    public var isTied = true
    /// Number of safetensors files.
    public var shardCount = 1
    /// Element type of the weights.
    public var dtype = DType.bfloat16

    /// A model of one form.
    public init(
        style: KeyTable.Style = .hf, isTied: Bool = true, shardCount: Int = 1, dtype: DType = .bfloat16
    ) {
        (self.style, self.isTied, self.shardCount, self.dtype) = (style, isTied, shardCount, dtype)
    }

    /// The forms that tests go through.
    public static let forms = [
        TestModel(), TestModel(isTied: false, shardCount: 3), TestModel(style: .nested, shardCount: 2),
        TestModel(style: .nested, isTied: false, dtype: .float32), TestModel(dtype: .float16),
    ]

    /// The name of the form in test reports.
    public var testDescription: String {
        "\(style) \(isTied ? "tied" : "untied") \(dtype), \(shardCount) safetensors files"
    }

    /// The configuration: flat as the hub has it, or nested as it is since 4.52.
    public var config: String {
        let text = """
            "hidden_size": 8, "intermediate_size": 12, "num_attention_heads": 2, "num_key_value_heads": 1,
            "num_hidden_layers": 2, "vocab_size": 10, "tie_word_embeddings": \(isTied)
            """
        let vision = """
            "vision_config": {"depth": 1, "hidden_size": 4, "intermediate_size": 6, "out_hidden_size": 8,
              "in_chans": 3, "patch_size": 2, "temporal_patch_size": 2, "spatial_merge_size": 2}
            """
        return style == .hf
            ? "{\"model_type\": \"qwen2_5_vl\", \(text), \(vision)}"
            : "{\"model_type\": \"qwen2_5_vl\", \"tie_word_embeddings\": \(isTied), \"text_config\": {\(text)}, \(vision)}"
    }

    /// The table of the configuration.
    public var table: KeyTable {
        get throws { try KeyTable.of(config: Array(config.utf8), location: "config.json") }
    }

    /// The tensors under this form's public names, with numbers from a seed.
    public func tensors(seed: UInt64 = 1) throws -> [(info: TensorInfo, bytes: [UInt8])] {
        var generator = SeededGenerator(state: seed)
        let table = try table
        return table.expected.filter { $0.isRequired }.compactMap { expected in
            table.publicName(expected.name, style: style).map { name in
                let info = TensorInfo(name: name, dtype: dtype, shape: expected.shape)
                return (info, (0..<info.elementCount).flatMap { _ in element(&generator) })
            }
        }
    }

    private func element(_ generator: inout SeededGenerator) -> [UInt8] {
        let value = Float.random(in: -1...1, using: &generator)
        let bits =
            switch dtype {
            case .float16: UInt32(Float16(value).bitPattern)
            case .bfloat16: value.bitPattern >> 16
            default: value.bitPattern
            }
        return (0..<dtype.byteCount).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
    }

    /// Writes the model as the hub would: safetensors made here, not by the code under test.
    public func write(to path: String, seed: UInt64 = 1) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let all = try tensors(seed: seed)
        var map: [String] = []
        for shard in 0..<shardCount {
            let group = all.enumerated().filter { $0.offset % shardCount == shard }.map(\.element)
            let name =
                shardCount == 1
                ? "model.safetensors" : "model-0000\(shard + 1)-of-0000\(shardCount).safetensors"
            try Data(safetensors(group)).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
            map += group.map { "\"\($0.info.name)\": \"\(name)\"" }
        }
        if shardCount > 1 {
            let index =
                "{\"metadata\": {\"total_size\": 1}, \"weight_map\": {\(map.joined(separator: ", "))}}"
            try Data(index.utf8).write(to: URL(fileURLWithPath: "\(path)/model.safetensors.index.json"))
        }
        try Data(config.utf8).write(to: URL(fileURLWithPath: "\(path)/config.json"))
        try Data([0, 255, 10, 13]).write(to: URL(fileURLWithPath: "\(path)/tokenizer.model"))
        try Data().write(to: URL(fileURLWithPath: "\(path)/empty.txt"))
    }
}

/// The bytes of a safetensors file; odd spacing on purpose, since headers are kept byte for byte.
public func safetensors(_ tensors: [(info: TensorInfo, bytes: [UInt8])]) -> [UInt8] {
    let codes: [DType: String] = [
        .float32: "F32", .bfloat16: "BF16", .float16: "F16", .int32: "I32", .uint8: "U8",
    ]
    var offset = 0
    var lines = ["\"__metadata__\": {\"format\": \"pt\"}"]
    for (info, bytes) in tensors {
        lines.append(
            "\"\(info.name)\": {\"dtype\": \"\(codes[info.dtype] ?? "")\", \"shape\": \(info.shape), "
                + "\"data_offsets\": [\(offset), \(offset + bytes.count)]}")
        offset += bytes.count
    }
    return safetensors(header: "{" + lines.joined(separator: " , ") + "}   ", data: tensors.flatMap(\.bytes))
}

/// A safetensors file with this header and data, whatever they say.
public func safetensors(header: String, data: [UInt8]) -> [UInt8] {
    let length = UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8) + data
}

extension CheckpointReader {
    /// A copy of a tensor's bytes.
    public func bytes(_ name: String) throws -> [UInt8] { try withBytes(of: name) { Array($0) } }
}

/// The bytes of a file.
public func contents(_ path: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(fileURLWithPath: path)))
}

/// Writes a file.
public func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}
