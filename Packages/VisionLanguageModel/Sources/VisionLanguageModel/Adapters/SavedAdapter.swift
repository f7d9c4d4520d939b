// Writes changes of low rank as PEFT's files have them.
internal import Basics
internal import Checkpoint
internal import Foundation
internal import ModelFamilies
internal import StrictJSON
internal import TensorMath

/// The changes of a model as a checkpoint with PEFT's names and `adapter_config.json`.
///
/// Unchecked: only the thread that saves, which is the one that trains, uses it.
final class SavedAdapter: CheckpointReader, @unchecked Sendable {
    let tensors: [TensorInfo]
    let location: String
    private let values: [String: Parameter]
    private let settings: [UInt8]

    /// The present changes of a model.
    ///
    /// - Throws: `ModelError` for a change of a module that PEFT has no name for.
    init(_ model: LanguageModel, _ options: AdapterOptions, base: String) throws {
        let names = AdapterNames(model.configuration)
        var (tensors, values): ([TensorInfo], [String: Parameter]) = ([], [:])
        var modules: [JSONValue] = []
        for parameter in model.parameters.all where parameter.isLowRank {
            guard let name = names.stored(parameter.name) else {
                throw ModelError.badConfiguration(
                    file: base,
                    problem:
                        "the layer of \(parameter.name) has no name of its own in transformers, so LoRA cannot be "
                        + "saved for it")
            }
            tensors.append(TensorInfo(name: name, dtype: .float32, shape: parameter.shape))
            values[name] = parameter
            if name.hasSuffix(".lora_A.weight") {
                let module = name.dropFirst("base_model.model.".count).dropLast(".lora_A.weight".count)
                modules.append(.string(String(module)))
            }
        }
        let settings: JSONObject = [
            "peft_type": .string("LORA"), "task_type": .string("CAUSAL_LM"),
            "base_model_name_or_path": .string(base), "r": .integer(options.rank),
            "lora_alpha": .number(options.alpha), "lora_dropout": .number(options.dropout),
            "use_rslora": .bool(options.rankStabilized), "target_modules": .array(modules),
            "bias": .string("none"), "fan_in_fan_out": .bool(false), "init_lora_weights": .bool(true),
            "inference_mode": .bool(true), "modules_to_save": .null,
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        self.settings = Array(try encoder.encode(settings))
        (self.tensors, self.values, location) = (tensors, values, base)
    }

    var sideFileNames: [String] { ["adapter_config.json"] }
    var shardPlan: ShardPlan? { nil }
    func sideFile(_ name: String) -> [UInt8]? { name == "adapter_config.json" ? settings : nil }
    func info(_ name: String) -> TensorInfo? {
        values[name].map { TensorInfo(name: name, dtype: .float32, shape: $0.shape) }
    }

    func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard let value = values[name] else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        return try value.wholeValue().withBytes(as: .float32, body)
    }
}
