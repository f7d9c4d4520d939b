// Public weights to one HDF5 file and back, and from one layout of HDF5 to the other.

/// Called before each tensor is written, with its number from 0 and how many there are.
public typealias ConversionProgress = (_ tensor: TensorInfo, _ number: Int, _ count: Int) -> Void

/// Writes the HDF5 checkpoint of a model, whole or not at all; an older file at `path` is replaced.
///
/// Tensors stream from the source, so memory use does not grow with the model. The source must have exactly the
/// tensors its `config.json` asks for. From HDF5 everything comes along, training state included, and everything
/// must still have its recorded hash. Throws `CheckpointError`.
public func writeHDF5(
    _ source: any CheckpointReader, to path: String, layout: CheckpointLayout = .mapped,
    progress: ConversionProgress = { _, _, _ in }
) throws {
    try KeyTable.of(source).validate(source)
    let sideFiles = try source.sideFileNames.map { ($0, try source.sideFile($0) ?? []) }
    let plan = source.shardPlan
    let sizes =
        (source.tensors + source.trainingTensors).map(\.byteCount) + sideFiles.map(\.1.count)
        + (plan?.shards.map(\.header.count) ?? [])
    let expected = CheckpointWriter.storedByteCount(sizes)
    let writer = try CheckpointWriter(path, expectedByteCount: expected, layout: layout)
    for (name, bytes) in sideFiles { try writer.addSideFile(name, bytes) }
    if let plan { try writer.setShardPlan(plan) }
    for (number, tensor) in source.tensors.enumerated() {
        progress(tensor, number, source.tensors.count)
        unsafe try source.withBytes(of: tensor.name) { unsafe try writer.add(tensor, bytes: $0) }
    }
    for tensor in source.trainingTensors {
        unsafe try source.withTrainingBytes(of: tensor.name) {
            unsafe try writer.addTraining(tensor, bytes: $0)
        }
    }
    if let state = source.trainerState { try writer.setTrainerState(state) }
    if let checkpoint = source as? HDF5Checkpoint { try writer.expectHashes(of: checkpoint) }
    try writer.commit()
}

/// Writes a model as a directory of safetensors and side files, whole or not at all.
///
/// Training state has no place there and is left out. With `replacing`, an older checkpoint directory is exchanged
/// for the new one. Throws `CheckpointError`.
public func writeSafetensors(_ source: any CheckpointReader, to path: String, replacing: Bool = false) throws
{
    try KeyTable.of(source).validate(source)
    let writer = try SafetensorsWriter(path, expectedByteCount: source.tensorByteCount, replacing: replacing)
    try writer.addTensors(of: source)
    for name in source.sideFileNames { try writer.addSideFile(name, try source.sideFile(name) ?? []) }
    try writer.commit()
}
