// Merges a PEFT adapter into its base.
public import Checkpoint

/// A model with a LoRA adapter merged into it.
///
/// The result has the base's naming style and element types. Every tensor of the adapter is used.
///
/// - Parameters:
///   - base: The model that the adapter was trained for.
///   - path: The adapter: a folder of PEFT with `adapter_config.json` and `adapter_model.safetensors` or
///     `adapter_model.bin`, or a checkpoint of a run that trains an adapter.
/// - Returns: The merged model.
/// - Throws: `ConfigurationError` and `CheckpointError` for an adapter that cannot be merged or does not fit; they name
///   the key or the tensor.
public func merging(_ base: any CheckpointReader, adapter path: String) throws -> any CheckpointReader {
    try merging(base, AdapterFiles(path))
}

/// A model with an adapter merged into it; see ``merging(_:adapter:)``.
func merging(_ base: any CheckpointReader, _ files: AdapterFiles) throws -> any CheckpointReader {
    let configuration = try AdapterConfiguration(files.settings, file: files.settingsFile)
    let adapter = files.tensors

    let model = try ModelConfiguration(of: base)
    let table = KeyTable(model)
    try table.validate(base)
    let own = try table.style(of: base)
    let changes = try AdapterChanges(adapter)
    let places = try AdapterPlaces(changes, of: adapter, table, style: own)
    let styled = places.style == own ? base : try StyledCheckpoint(base, style: places.style)
    var named = changes.all.map { (name: places.name($0.key), change: $0.value) }.sorted { $0.name < $1.name }
    if model.tiesWordEmbeddings {
        named = try withoutTiedCopies(named, model, table, places.style, adapter, styled)
    }
    var notes = [
        "merged \(adapter.tensors.count) tensors of the adapter \(adapter.location) into \(named.count) of the model"
    ]
    if configuration.isTransposed {
        notes.append("fan_in_fan_out of the adapter is ignored, as PEFT does for linear layers")
    }
    let merged = try MergedCheckpoint(
        styled, named, of: adapter, configuration, files: files.paths, notes: notes)
    return places.style == own ? merged : try LikeBase(StyledCheckpoint(merged, style: own), base)
}

/// A model with the tensors of a base, in the base's order and split.
private final class LikeBase: CheckpointView {
    let source: any CheckpointReader
    let tensors: [TensorInfo]
    let shardPlan: ShardPlan?

    init(_ source: any CheckpointReader, _ base: any CheckpointReader) throws {
        (self.source, tensors, shardPlan) = (source, base.tensors, base.shardPlan)
        for tensor in tensors where source.info(tensor.name) != tensor {
            fatalError("LikeBase: \(tensor.name) is another tensor than the base's")
        }
    }
}

/// The changes without copies of the table that a tied model shares between its embedding and its head.
///
/// An adapter that changes one of the two would untie them, and `config.json` says that they are one.
private func withoutTiedCopies(
    _ changes: [(name: String, change: AdapterChange)], _ model: ModelConfiguration, _ table: KeyTable,
    _ style: WeightStyle, _ adapter: any CheckpointReader, _ base: any CheckpointReader
) throws -> [(name: String, change: AdapterChange)] {
    let names = [model.tableNames.embedding, model.tableNames.head].compactMap {
        table.publicName($0, style: style)
    }
    guard let embedding = names.first, let stored = base.info(embedding) else { return changes }
    return try changes.filter { name, change in
        guard names.contains(name) else { return true }
        if let copy = change.replacement, change.factors == nil, copy.dtype == stored.dtype,
            copy.shape == stored.shape,
            unsafe try adapter.withBytes(
                of: copy.name,
                { mine in
                    unsafe try base.withBytes(of: embedding) { theirs in unsafe mine.elementsEqual(theirs) }
                })
        {
            return false
        }
        throw CheckpointError.unsupported(
            file: adapter.location,
            problem:
                "changes \(name), which the base shares between its embedding and its head (tie_word_embeddings); "
                + "untie the base first and train the adapter on that")
    }
}
