// An adapter that training starts from.
public import Checkpoint
internal import Foundation

/// A LoRA adapter that can be trained further: changes of linear layers, all of one rank and scale, and nothing else.
///
/// It is a folder of PEFT, or a checkpoint of a run that trains such changes.
public struct TrainableAdapter: Sendable {
    /// The two matrices of a linear layer.
    public struct Factors: Sendable, Equatable {
        /// `lora_A`, [rank, in], and `lora_B`, [out, rank], under the names in the file.
        public let first, second: TensorInfo
    }

    /// The rank of all changes.
    public let rank: Int
    /// The changes are multiplied by this, divided by the rank or its root.
    public let alpha: Double
    /// Whether they are divided by the root of the rank.
    public let isRankStabilized: Bool
    /// The path that was opened.
    public let location: String
    private let files: AdapterFiles

    /// The tensors.
    public var tensors: any CheckpointReader { files.tensors }

    /// Keys of `adapter_config.json` that merging honors and training does not.
    private static let refused: [(key: String, meaning: String)] = [
        ("modules_to_save", "whole modules beside the changes"), ("lora_bias", "biases of the changes"),
        ("rank_pattern", "modules of other ranks"), ("alpha_pattern", "modules of other scales"),
        ("fan_in_fan_out", "transposed weights"),
    ]

    /// Opens an adapter and reads its settings.
    ///
    /// - Parameter path: The folder with `adapter_config.json`, or a checkpoint.
    /// - Throws: `ConfigurationError` and `CheckpointError`, which name the file and the key that cannot be trained.
    public init(_ path: String) throws {
        (files, location) = (try AdapterFiles(path), path)
        let known = try AdapterConfiguration(files.settings, file: files.settingsFile)
        (rank, alpha, isRankStabilized) = (known.rank, known.alpha, known.isRankStabilized)
        let config = try ConfigurationReader(files.settings, file: files.settingsFile)
        let advice = "; merge the adapter with r1-convert --adapter and train from that model"
        for (key, meaning) in Self.refused {
            guard let value = config.value(key), !AdapterConfiguration.isOff(value) else { continue }
            throw config.bad(key, "absent or off (\(meaning))\(advice)", value)
        }
        guard try config.text("bias") ?? "none" == "none" else {
            throw config.bad(
                "bias", "'none' (biases are not trained with LoRA here)\(advice)", config.value("bias"))
        }
    }

    /// A hash of everything in the adapter.
    ///
    /// - Throws: What reading it throws, and `CheckpointError` for a damaged checkpoint.
    public func identity() throws -> String {
        try tensors.requireSound()
        return try files.identity()
    }

    /// The linear layers that the adapter changes, by their canonical names.
    ///
    /// - Parameter model: The model that it was made for.
    /// - Returns: The tensors of each of them.
    /// - Throws: `CheckpointError` for a tensor that is no change of a linear layer of the model, and
    ///   `ConfigurationError` for one of another rank than `r`.
    public func modules(of model: ModelConfiguration) throws -> [String: Factors] {
        let table = KeyTable(model)
        let changes = try AdapterChanges(tensors)
        let places = try AdapterPlaces(
            changes, of: tensors, table, style: table.styles.contains(.nested) ? .nested : .hf)
        let known = try AdapterConfiguration(files.settings, file: files.settingsFile)
        var modules: [String: Factors] = [:]
        for (name, change) in changes.all.sorted(by: { $0.key < $1.key }) {
            guard change.replacement == nil, change.addedBias == nil, let factors = change.factors,
                !factors.isTable, let first = factors.first, let second = factors.second
            else {
                throw CheckpointError.unsupported(
                    file: tensors.location,
                    problem:
                        "changes \(name) otherwise than a linear layer by two matrices, which is not trained here"
                )
            }
            guard let stored = table.stored(places.name(name), places.style), stored.isWhole else {
                throw CheckpointError.unsupported(
                    file: tensors.location,
                    problem:
                        "changes \(name), which is several layers of the model here, so its change cannot be split"
                )
            }
            _ = try known.scale(of: change.module, rank: first.shape.first ?? 0)
            let canonical = table.expected[stored.runs[0].tensor].name
            modules[String(canonical.dropLast(".weight".count))] = Factors(first: first, second: second)
        }
        return modules
    }
}
