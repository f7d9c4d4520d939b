// What the tensors of an adapter change: their names say the module, and which part of the change they are.
internal import Checkpoint

/// The two thin matrices of a module.
struct LowRankFactors: Sendable, Equatable {
    /// From the module's input: `lora_A` [rank, in], or `lora_embedding_A` [rank, rows of the table].
    var first: TensorInfo?
    /// To its output: `lora_B` [out, rank], or `lora_embedding_B` [columns, rank].
    var second: TensorInfo?
    /// Whether they are those of a table, whose rows the first one has as columns.
    var isTable = false
}

/// What happens to one tensor of the base.
struct AdapterChange: Sendable, Equatable {
    /// The module's name in the adapter, which patterns match.
    let module: String
    /// What replaces the base's own numbers.
    var replacement: TensorInfo?
    /// What is added to them.
    var factors: LowRankFactors?
    /// A bias of `lora_B`, which is added to the module's own, and the rank that scales it.
    var addedBias: TensorInfo?
}

/// All changes of an adapter, by the name of the changed tensor without PEFT's prefix.
struct AdapterChanges {
    /// The changes.
    private(set) var all: [String: AdapterChange] = [:]
    private let adapter: any CheckpointReader

    /// PEFT's own modules around the model.
    private static let wrapper = "base_model.model."

    /// Sorts an adapter's tensors; throws `CheckpointError` that names one that is not known.
    init(_ adapter: any CheckpointReader) throws {
        self.adapter = adapter
        for tensor in adapter.tensors { try add(tensor) }
        for (name, change) in all.sorted(by: { $0.key < $1.key }) {
            guard let factors = change.factors else { continue }
            if let only = factors.first ?? factors.second, factors.first == nil || factors.second == nil {
                throw refused(only.name, "is one of two matrices of \(name), and the other is missing")
            }
        }
        if all.isEmpty {
            throw CheckpointError.unsupported(file: adapter.location, problem: "an adapter without tensors")
        }
    }

    private func refused(_ name: String, _ problem: String) -> CheckpointError {
        .unsupported(file: adapter.location, problem: "tensor \(name) \(problem)")
    }

    private mutating func add(_ tensor: TensorInfo) throws {
        let name = tensor.name.replacing(Self.wrapper, with: "")
        let path = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let marks = ["modules_to_save", "base_layer"]
        guard let place = path.firstIndex(where: { $0.hasPrefix("lora_") || marks.contains($0) }) else {
            return try replace(name, tensor, module: path.dropLast().joined(separator: "."))
        }
        let module = path[..<place].joined(separator: ".")
        let rest = Array(path[(place + 1)...])
        switch path[place] {
        case "base_layer": try replace(([module] + rest).joined(separator: "."), tensor, module: module)
        case "modules_to_save":
            // In files of older releases, and of trainers that save everything, the adapter's name follows.
            let own = rest.count > 1 ? Array(rest.dropFirst()) : rest
            try replace(([module] + own).joined(separator: "."), tensor, module: module)
        case "lora_A" where rest.last == "weight" && rest.count <= 2:
            try set(module, tensor, \.first, isTable: false)
        case "lora_B" where rest.last == "weight" && rest.count <= 2:
            try set(module, tensor, \.second, isTable: false)
        case "lora_embedding_A" where rest.count <= 1: try set(module, tensor, \.first, isTable: true)
        case "lora_embedding_B" where rest.count <= 1: try set(module, tensor, \.second, isTable: true)
        case "lora_B" where rest.last == "bias" && rest.count <= 2:
            all["\(module).bias", default: AdapterChange(module: module)].addedBias = tensor
        case "lora_magnitude_vector":
            throw refused(
                tensor.name, "belongs to DoRA, which is not merged here; use PEFT's merge_and_unload")
        default: throw refused(tensor.name, "is no known part of a LoRA adapter")
        }
    }

    private mutating func replace(_ name: String, _ tensor: TensorInfo, module: String) throws {
        guard all[name]?.replacement == nil else { throw refused(tensor.name, "is there twice") }
        all[name, default: AdapterChange(module: module)].replacement = tensor
    }

    private mutating func set(
        _ module: String, _ tensor: TensorInfo, _ part: WritableKeyPath<LowRankFactors, TensorInfo?>,
        isTable: Bool
    ) throws {
        var change = all["\(module).weight"] ?? AdapterChange(module: module)
        var factors = change.factors ?? LowRankFactors(isTable: isTable)
        guard factors[keyPath: part] == nil, factors.isTable == isTable else {
            throw refused(tensor.name, "is there twice; one adapter is merged at a time")
        }
        factors[keyPath: part] = tensor
        change.factors = factors
        all["\(module).weight"] = change
    }
}
