// Splits a model over safetensors files: anew, or by an old plan for tensors that have changed.
internal import StrictJSON

extension ShardPlan {
    /// All tensors in one file.
    static func single(_ tensors: [TensorInfo], name: String) -> ShardPlan {
        let metadata = [OrderedJSON.Member(key: "format", value: .string("pt"))]
        let header = SafetensorsHeader.encode(tensors, metadata: metadata)
        return ShardPlan(shards: [Shard(name: name, header: header)], index: nil)
    }

    /// A new split: one file when everything fits, else shards that are filled in order.
    ///
    /// The names and the index are those that `save_pretrained` of transformers writes; its default limit is
    /// 5 GB.
    static func split(_ tensors: [TensorInfo], maximumByteCount: Int = 5_000_000_000) -> ShardPlan {
        var groups: [[TensorInfo]] = [[]]
        var filled = 0
        for tensor in tensors {
            if filled > 0, filled + tensor.byteCount > maximumByteCount {
                groups.append([])
                filled = 0
            }
            groups[groups.count - 1].append(tensor)
            filled += tensor.byteCount
        }
        let metadata = [OrderedJSON.Member(key: "format", value: .string("pt"))]
        let shards = groups.enumerated().map { number, group in
            Shard(
                name: groups.count == 1
                    ? SafetensorsDirectory.singleName
                    : "model-\(fiveDigits(number + 1))-of-\(fiveDigits(groups.count)).safetensors",
                header: SafetensorsHeader.encode(group, metadata: metadata))
        }
        guard groups.count > 1 else { return ShardPlan(shards: shards, index: nil) }
        let lines = zip(groups, shards)
            .flatMap { group, shard in group.map { ($0.name, shard.name) } }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
            .map { "    \(OrderedJSON.quoted($0)): \(OrderedJSON.quoted($1))" }
        let total = tensors.reduce(0) { $0 + $1.byteCount }
        let text =
            "{\n  \"metadata\": {\n    \"total_size\": \(total)\n  },\n  \"weight_map\": {\n"
            + lines.joined(separator: ",\n") + "\n  }\n}\n"
        return ShardPlan(
            shards: shards, index: File(name: SafetensorsDirectory.indexName, bytes: Array(text.utf8)))
    }

    /// The plan for the current tensors.
    ///
    /// Headers are kept if they are still correct; if an element type or a shape has changed, they are
    /// written again in the same order and with the same metadata.
    /// Throws `CheckpointError.damaged` when the plan and the model do not have the same tensors.
    func fitted(to tensors: [TensorInfo], location: String) throws -> [(shard: Shard, tensors: [TensorInfo])]
    {
        var open = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name.nameBytes, $0) })
        let result = try shards.map { shard in
            guard isPlainFileName(shard.name) else {
                throw CheckpointError.badName(name: shard.name, file: location, problem: "is not a file name")
            }
            let header = try SafetensorsHeader(
                json: shard.header, location: "\(location): header of \(shard.name)")
            let current = try header.entries.map { entry in
                guard let tensor = open.removeValue(forKey: entry.info.name.nameBytes) else {
                    throw CheckpointError.damaged(
                        file: location,
                        problem: "the safetensors record has \(entry.info.name), the model does not")
                }
                return tensor
            }
            let isSame = zip(header.entries, current).allSatisfy { $0.info == $1 }
            let bytes = isSame ? shard.header : SafetensorsHeader.encode(current, metadata: header.metadata)
            return (Shard(name: shard.name, header: bytes), current)
        }
        if let stray = open.values.first {
            throw CheckpointError.damaged(
                file: location, problem: "the safetensors record lacks tensor \(stray.name)")
        }
        return result
    }
}

private func fiveDigits(_ number: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, 5 - text.count)) + text
}
