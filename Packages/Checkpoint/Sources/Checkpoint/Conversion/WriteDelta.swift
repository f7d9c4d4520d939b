// Deltas: a model stored as its difference from another one. Checkpoints/FORMAT.md specifies the file;
// DeltaCheckpoint reads it together with its base.

/// Writes the delta from `base` to `new`, whole or not at all; an older file at `path` is replaced.
///
/// Tensors with the same name, type and shape are stored as their difference, and equal data takes no space;
/// other tensors are stored whole. Training state is left out. A killed run is resumed as by `writeHDF5`.
///
/// - Parameters:
///   - base: The model that is needed to read the delta: a checkpoint, a directory, or a delta on its own
///   base.
///   - new: The model to store.
///   - path: The file that will appear.
///   - progress: Called before each tensor.
/// - Throws: `CheckpointError`; nothing is left half-written then.
public func writeDelta(
    from base: any CheckpointReader, to new: any CheckpointReader, at path: String,
    progress: @escaping (ConversionProgress) -> Void = { _ in }
) throws {
    try base.requireSound()
    let base = try DeltaBase(base)
    try writeItems(of: new, to: path, layout: .compressed, base: base, progress: progress)
}
