// Deltas: a model as its difference from another one. Checkpoints/FORMAT.md describes the file; DeltaCheckpoint reads
// it together with its base.

/// Writes the delta that makes `new` of `base`, whole or not at all; an older file at `path` is replaced.
///
/// Tensors that are the same in name, type and shape are stored as their difference, and what is equal takes no room;
/// others are stored whole. Training state is left out. Goes on after a kill as `writeHDF5` does.
///
/// - Parameters:
///   - base: What the delta needs to be read again; a checkpoint, a directory, or a delta on its own base.
///   - new: The model to be stored.
///   - path: The file that will appear.
///   - progress: Called before each tensor.
/// - Throws: `CheckpointError`; nothing is left half-written then.
public func writeDelta(
    from base: any CheckpointReader, to new: any CheckpointReader, at path: String,
    progress: @escaping (ConversionProgress) -> Void = { _ in }
) throws {
    if let damage = try base.damages().first {
        throw CheckpointError.damaged(file: base.location, problem: "\(damage.item): \(damage.problem)")
    }
    let base = try DeltaBase(base)
    try writeItems(of: new, to: path, layout: .compressed, base: base, progress: progress)
}
