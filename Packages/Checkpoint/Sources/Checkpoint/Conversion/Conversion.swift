// Conversions: public weights to one HDF5 file and back, between layouts of HDF5, and to deltas.
internal import Basics

/// Writes the HDF5 checkpoint of a model, whole or not at all; an older file at `path` is replaced.
///
/// Tensors stream from the source, so memory use does not grow with the model. The source must have exactly
/// the tensors its `config.json` asks for. A source in HDF5 is copied completely, including training state,
/// and everything must have its recorded hash. The output of a killed run of the same conversion is checked
/// and reused.
///
/// - Parameters:
///   - source: The model.
///   - path: The file that will appear.
///   - layout: How its bytes are stored.
///   - progress: Called before each tensor and file, and at the end.
/// - Throws: `CheckpointError`; nothing is left half-written then.
public func writeHDF5(
    _ source: any CheckpointReader, to path: String, layout: CheckpointLayout = .mapped,
    progress: @escaping (ConversionProgress) -> Void = { _ in }
) throws {
    try requireSoundSource(source)
    try writeItems(of: source, to: path, layout: layout, base: nil, progress: progress)
}

/// Writes a model's items into a checkpoint, or a delta when there is a base.
func writeItems(
    of source: any CheckpointReader, to path: String, layout: CheckpointLayout, base: DeltaBase?,
    progress: @escaping (ConversionProgress) -> Void
) throws {
    let items = try StoredItem.all(of: source, withTraining: base == nil)
    // The size of differences is not known in advance. If they fill the disk, that is an error and nothing is
    // left.
    let expected = CheckpointWriter.storedByteCount(
        try items.map { try base?.source($0.section, $0.info) == nil ? $0.info.byteCount : 0 })
    let recipe = try recipe(
        "HDF5 \(HDF5Format.version) \(layout.rawValue) \(base?.identity ?? "")",
        items.map { ($0.section.rawValue, $0.info) }, source.sourceFiles)
    let writer = try CheckpointWriter(
        path, expectedByteCount: expected, layout: layout, base: base, recipe: recipe)
    var count = ProgressCount(items.map(\.info), progress)
    try writer.store(items, expected, &count)
    if let plan = source.shardPlan { writer.expect(plan) }
    try writer.expectHashes(of: source)
    try writer.commit()
    count.finish()
}

/// Writes a model as a directory of safetensors and side files, whole or not at all.
///
/// Safetensors cannot hold training state; it is left out. With `replacing`, an older checkpoint directory is
/// exchanged for the new one. The output of a killed run of the same conversion is checked and reused.
///
/// - Parameters:
///   - source: The model.
///   - path: The directory that will appear.
///   - file: The one file of all tensors; nil for those of the source or of transformers.
///   - replacing: Whether an existing safetensors checkpoint is replaced.
///   - progress: Called before each tensor, and at the end.
/// - Throws: `CheckpointError`; nothing is left half-written then.
public func writeSafetensors(
    _ source: any CheckpointReader, to path: String, file: String? = nil, replacing: Bool = false,
    progress: @escaping (ConversionProgress) -> Void = { _ in }
) throws {
    try requireSoundSource(source)
    let recipe = try recipe("safetensors", source.tensors.map { ("tensors", $0) }, source.sourceFiles)
    let writer = try SafetensorsWriter(
        path, expectedByteCount: source.tensorByteCount, replacing: replacing, recipe: recipe)
    var count = ProgressCount(source.tensors, progress)
    for file in source.shardPlan?.files ?? [] { try file.expectHash(of: source) }
    try writer.addTensors(of: source, plan: file.map { .single(source.tensors, name: $0) }, &count)
    for name in source.sideFileNames {
        let bytes = try source.sideFile(name) ?? []
        try ManifestEntry(file: name, bytes).expectHash(of: source)
        try writer.addSideFile(name, bytes)
    }
    try writer.commit()
    count.finish()
}

/// Verifies a source that presents another one in a changed form.
///
/// The bytes of such a source have no recorded hashes. Other sources are checked while they are copied.
private func requireSoundSource(_ source: any CheckpointReader) throws {
    if source is HDF5Checkpoint || source is DeltaCheckpoint { return }
    try source.requireSound()
}

/// A hash of everything that the result depends on: the stored items, their form, and the state of the source
/// files.
private func recipe(
    _ form: String, _ items: [(String, TensorInfo)], _ sourceFiles: [String]
) throws -> String {
    var lines = [form]
    lines += items.map { "\($0)\t\($1.name)\t\($1.dtype)\t\($1.shape)" }
    lines += try sourceFiles.map { try fileMark($0) }
    return sha256(Array(lines.joined(separator: "\n").utf8))
}
