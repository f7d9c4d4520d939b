// The index of a model in several files: which of them has a tensor.
internal import StrictJSON

/// A file that holds some of a model's tensors.
protocol WeightShard {
    /// Its path.
    var location: String { get }
    /// Its tensors.
    var tensors: [TensorInfo] { get }
}

/// `weight_map` of `model.safetensors.index.json` and of `pytorch_model.bin.index.json`.
struct WeightIndex: Sendable {
    /// The shards, sorted by the bytes of their names.
    let files: [String]
    private let location: String
    private let fileOfTensor: [(name: String, file: String)]

    /// Reads an index; throws `CheckpointError.damaged` when it is none.
    init(_ json: [UInt8], location: String) throws {
        self.location = location
        let root: OrderedJSON
        do { root = try OrderedJSON(parsing: json) } catch {
            throw CheckpointError.damaged(
                file: location, problem: "not JSON: \(error.reason) at byte \(error.offset)")
        }
        guard case .object(let map)? = root["weight_map"], !map.isEmpty else {
            throw CheckpointError.damaged(file: location, problem: "no weight_map with tensors")
        }
        fileOfTensor = map.compactMap { member in member.value.text.map { (member.key, $0) } }
        files = Set(fileOfTensor.map(\.file)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        guard fileOfTensor.count == map.count, files.allSatisfy(isPlainFileName) else {
            throw CheckpointError.damaged(
                file: location, problem: "weight_map names something that is not a file")
        }
    }

    /// Which shard has a tensor; `shards` are those of `files` in their order.
    ///
    /// Throws `CheckpointError` unless index and shards list the same tensors; those of `leftOut` may be in the index
    /// only.
    func places(in shards: [any WeightShard], leftOut: [String]) throws -> [NameBytes: Int] {
        let shardOfTensor = try Self.places(of: shards)
        let leftOut = Set(leftOut.map(\.nameBytes))
        for (name, file) in fileOfTensor where !leftOut.contains(name.nameBytes) {
            guard let number = shardOfTensor[name.nameBytes], files[number] == file else {
                let shard = shards.first { fileName(of: $0.location) == file }
                throw CheckpointError.missingTensor(
                    key: name, file: shard?.location ?? file, expected: nil, others: 0)
            }
        }
        let listed = Set(fileOfTensor.map(\.name.nameBytes))
        for shard in shards {
            if let stray = shard.tensors.first(where: { !listed.contains($0.name.nameBytes) }) {
                throw CheckpointError.damaged(
                    file: location,
                    problem: "tensor \(stray.name) of \(fileName(of: shard.location)) is not listed")
            }
        }
        return shardOfTensor
    }

    /// Which shard has a tensor; throws `CheckpointError.damaged` when two have one of the same name.
    static func places(of shards: [any WeightShard]) throws -> [NameBytes: Int] {
        var shardOfTensor: [NameBytes: Int] = [:]
        for (number, shard) in shards.enumerated() {
            for tensor in shard.tensors {
                guard let first = shardOfTensor.updateValue(number, forKey: tensor.name.nameBytes) else {
                    continue
                }
                throw CheckpointError.damaged(
                    file: shard.location,
                    problem:
                        "tensor \(tensor.name) is also in another shard, \(fileName(of: shards[first].location))"
                )
            }
        }
        return shardOfTensor
    }
}
