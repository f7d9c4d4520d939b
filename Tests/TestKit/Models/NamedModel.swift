// Models of every family and naming style, small enough to be made in memory, and what their tensors are called.
import Basics
public import Checkpoint
import Foundation
public import ModelFamilies
public import Testing

/// A configuration and facts about its tensors, taken from the public checkpoints.
public struct NamedModel: Sendable, CustomTestStringConvertible {
    /// The name of the form in test reports.
    public let testDescription: String
    /// `config.json` as text.
    public var config: String
    /// The styles in which the family is published.
    public let styles: [KeyTable.Style]
    /// Number of canonical tensors.
    public let tensorCount: Int
    /// Some canonical tensors.
    public let some: [(String, [Int])]
    /// Some tensors as other styles store them.
    public var stored: [KeyTable.Style: [(String, [Int])]] = [:]

    /// The table of the configuration.
    public var table: KeyTable {
        get throws { try KeyTable.of(config: Array(config.utf8), location: "config.json") }
    }

    /// Every family and form.
    public static let all = [qwen25VL, huggingFace, original, internLM2, llama, internVL35, qwen2, qwen3]

    private static let sizes = """
        "hidden_size": 12, "intermediate_size": 5, "num_attention_heads": 4, "num_key_value_heads": 2,
        "num_hidden_layers": 2, "vocab_size": 10
        """

    private static func internVL(hf vision: String, text: String) -> String {
        """
        {"model_type": "internvl", "downsample_ratio": 0.5, "text_config": {\(text), \(sizes)},
        "vision_config": {"model_type": "internvl_vision", "hidden_size": 6, "intermediate_size": 7,
        "image_size": [8, 8], "patch_size": [4, 4], "num_hidden_layers": 2, \(vision)}}
        """
    }

    private static func internVL(original vision: String, text: String) -> String {
        """
        {"model_type": "internvl_chat", "downsample_ratio": 0.5, "llm_config": {\(text), \(sizes)},
        "vision_config": {"model_type": "intern_vit_6b", "hidden_size": 6, "intermediate_size": 7,
        "image_size": 8, "patch_size": 4, "num_hidden_layers": 2, \(vision)}}
        """
    }

    /// The case qwen25VL.
    public static let qwen25VL = NamedModel(
        testDescription: "Qwen2.5-VL", config: TestModel(isTied: false).config, styles: [.hf, .nested],
        tensorCount: 1 + 12 + 5 + 1 + 2 * 12 + 2,
        some: [
            ("visual.patch_embed.proj.weight", [4, 3, 2, 2, 2]),
            ("model.layers.1.mlp.up_proj.weight", [12, 8]),
        ],
        stored: [
            .nested: [
                ("model.visual.merger.mlp.0.bias", [16]),
                ("model.language_model.layers.0.self_attn.q_proj.bias", [8]),
                ("lm_head.weight", [10, 8]),
            ]
        ])

    /// The case huggingFace.
    public static let huggingFace = NamedModel(
        testDescription: "InternVL with Qwen2, Hugging Face's configuration",
        config: internVL(
            hf: "\"attention_bias\": true, \"norm_type\": \"layer_norm\"", text: "\"model_type\": \"qwen2\""),
        styles: [.hf, .nested, .original], tensorCount: 4 + 2 * 18 + 6 + 1 + 2 * 12 + 2,
        some: [
            ("vision_tower.embeddings.cls_token", [1, 1, 6]),
            ("vision_tower.embeddings.position_embeddings", [1, 5, 6]),
            ("vision_tower.embeddings.patch_embeddings.projection.weight", [6, 3, 4, 4]),
            ("vision_tower.encoder.layer.1.attention.projection_layer.bias", [6]),
            ("vision_tower.encoder.layer.1.lambda_2", [6]), ("multi_modal_projector.layer_norm.bias", [24]),
            ("multi_modal_projector.linear_1.weight", [12, 24]),
            ("language_model.model.layers.1.self_attn.k_proj.bias", [6]),
            ("language_model.lm_head.weight", [10, 12]),
        ],
        stored: [
            .nested: [
                ("model.vision_tower.encoder.layer.0.mlp.fc1.weight", [7, 6]),
                ("model.multi_modal_projector.linear_2.bias", [12]),
                ("model.language_model.norm.weight", [12]),
                ("lm_head.weight", [10, 12]),
            ]
        ])

    /// The case original.
    public static let original = NamedModel(
        testDescription: "InternVL with Qwen2, OpenGVLab's configuration",
        config: internVL(
            original: "\"qkv_bias\": true, \"qk_normalization\": false, \"norm_type\": \"layer_norm\"",
            text: "\"model_type\": \"qwen2\""),
        styles: [.hf, .nested, .original], tensorCount: huggingFace.tensorCount, some: huggingFace.some,
        stored: [
            .original: [
                ("vision_model.embeddings.class_embedding", [1, 1, 6]),
                ("vision_model.embeddings.position_embedding", [1, 5, 6]),
                ("vision_model.embeddings.patch_embedding.bias", [6]),
                ("vision_model.encoder.layers.1.attn.qkv.weight", [18, 6]),
                ("vision_model.encoder.layers.1.attn.qkv.bias", [18]),
                ("vision_model.encoder.layers.1.attn.proj.weight", [6, 6]),
                ("vision_model.encoder.layers.1.norm2.bias", [6]), ("vision_model.encoder.layers.1.ls1", [6]),
                ("vision_model.encoder.layers.1.mlp.fc2.weight", [6, 7]), ("mlp1.0.weight", [24]),
                ("mlp1.1.weight", [12, 24]), ("mlp1.3.bias", [12]),
                ("language_model.model.layers.0.self_attn.q_proj.bias", [12]),
                ("language_model.lm_head.weight", [10, 12]),
            ]
        ])

    /// The case internLM2.
    public static let internLM2 = NamedModel(
        testDescription: "InternVL with InternLM2",
        config: internVL(
            original: "\"qkv_bias\": true, \"qk_normalization\": false, \"norm_type\": \"layer_norm\"",
            text: "\"model_type\": \"internlm2\", \"bias\": false"),
        styles: [.hf, .nested, .original, .internlm2], tensorCount: 4 + 2 * 18 + 6 + 1 + 2 * 9 + 2,
        some: [("language_model.model.layers.1.self_attn.v_proj.weight", [6, 12])],
        stored: [
            .internlm2: [
                ("vision_model.encoder.layers.0.attn.qkv.bias", [18]),
                ("language_model.model.tok_embeddings.weight", [10, 12]),
                ("language_model.model.layers.0.attention.wo.weight", [12, 12]),
                ("language_model.model.layers.0.feed_forward.w2.weight", [12, 5]),
                ("language_model.model.layers.0.feed_forward.w3.weight", [5, 12]),
                ("language_model.model.layers.1.attention_norm.weight", [12]),
                ("language_model.model.layers.1.ffn_norm.weight", [12]),
                ("language_model.model.norm.weight", [12]),
                ("language_model.output.weight", [10, 12]),
            ]
        ])

    /// The case llama.
    public static let llama = NamedModel(
        testDescription: "InternVL with Llama, as InternLM2 is called in Hugging Face's form",
        config: internVL(
            hf: "\"attention_bias\": true", text: "\"model_type\": \"llama\", \"head_dim\": 3"),
        styles: internLM2.styles, tensorCount: internLM2.tensorCount, some: internLM2.some,
        stored: internLM2.stored)

    /// The case internVL35.
    public static let internVL35 = NamedModel(
        testDescription: "InternVL with Qwen3 and a tower like InternViT-6B",
        config: internVL(
            original: "\"qkv_bias\": false, \"qk_normalization\": true, \"norm_type\": \"rms_norm\"",
            text: "\"model_type\": \"qwen3\", \"head_dim\": 5"),
        styles: [.hf, .nested, .original], tensorCount: 4 + 2 * 15 + 6 + 1 + 2 * 11 + 2,
        some: [
            ("vision_tower.encoder.layer.0.attention.q_norm.weight", [6]),
            ("language_model.model.layers.0.self_attn.q_proj.weight", [20, 12]),
            ("language_model.model.layers.0.self_attn.o_proj.weight", [12, 20]),
            ("language_model.model.layers.0.self_attn.k_norm.weight", [5]),
        ],
        stored: [
            .original: [
                ("vision_model.encoder.layers.0.attn.k_norm.weight", [6]),
                ("vision_model.encoder.layers.0.attn.qkv.weight", [18, 6]),
            ]
        ])

    /// The case qwen2.
    public static let qwen2 = NamedModel(
        testDescription: "Qwen2", config: "{\"model_type\": \"qwen2\", \(sizes)}", styles: [.hf],
        tensorCount: 1 + 2 * 12 + 2,
        some: [("model.layers.1.self_attn.k_proj.bias", [6]), ("lm_head.weight", [10, 12])])

    /// The case qwen3.
    public static let qwen3 = NamedModel(
        testDescription: "Qwen3", config: "{\"model_type\": \"qwen3\", \(sizes)}", styles: [.hf],
        tensorCount: 1 + 2 * 11 + 2, some: [("model.layers.1.self_attn.k_proj.weight", [256, 12])])
}

/// A checkpoint that was never in a file.
///
/// Sendable is sound because tests change it only before they share it.
public final class MemoryCheckpoint: CheckpointReader, @unchecked Sendable {
    /// Where messages say it is.
    public let location = "memory"
    /// The tensors in stored order.
    public private(set) var tensors: [TensorInfo] = []
    private var content: [String: [UInt8]] = [:]
    private let config: [UInt8]

    /// All canonical tensors of a model with random bytes.
    public init(_ model: NamedModel) throws {
        config = Array(model.config.utf8)
        for tensor in try model.table.expected {
            put(TensorInfo(name: tensor.name, dtype: .bfloat16, shape: tensor.shape))
        }
    }

    /// A copy of the tensors that are wanted, and added ones of one element.
    public init(
        copying other: some CheckpointReader, where isWanted: (TensorInfo) -> Bool = { _ in true },
        adding names: [String] = []
    ) throws {
        config = try other.sideFile("config.json") ?? []
        for tensor in other.tensors where isWanted(tensor) {
            tensors.append(tensor)
            content[tensor.name] = try other.bytes(tensor.name)
        }
        for name in names { put(TensorInfo(name: name, dtype: .bfloat16, shape: [1])) }
    }

    /// Adds a tensor with bytes that depend on its name.
    public func put(_ info: TensorInfo) {
        var generator = SeededGenerator(state: info.name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        tensors.append(info)
        content[info.name] = (0..<info.byteCount).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }

    /// Only the configuration.
    public let sideFileNames = ["config.json"]
    /// None.
    public let shardPlan: ShardPlan? = nil

    /// The bytes of a side file.
    public func sideFile(_ name: String) -> [UInt8]? { name == "config.json" ? config : nil }
    /// The tensor of a name.
    public func info(_ name: String) -> TensorInfo? { tensors.first { $0.name == name } }

    /// Gives `body` the bytes of a tensor.
    public func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard let bytes = content[name] else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        return try bytes.withUnsafeBytes(body)
    }
}
