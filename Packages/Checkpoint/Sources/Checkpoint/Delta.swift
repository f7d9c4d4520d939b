// Deltas: a model as its difference from another one. Checkpoints/FORMAT.md describes the file; DeltaCheckpoint reads
// it together with its base.
internal import TensorMath

/// The model that a delta is taken against.
struct DeltaBase {
    let reader: any CheckpointReader
    /// Its identity.
    let identity: String

    /// Takes a model as a base; one in a format without hashes is hashed as a whole.
    init(_ reader: any CheckpointReader) throws {
        self.reader = reader
        identity = try reader.identity ?? computedIdentity(of: reader)
    }

    /// The bytes of the item that is the same in name, type and shape, or nil when there is none.
    func source(_ section: HDF5.Section, _ info: TensorInfo) throws -> ByteSource? {
        if section == .tensors {
            return reader.info(info.name) == info ? ByteSource(reader, info) : nil
        }
        let content: [UInt8]? =
            switch section {
            case .files: try reader.sideFile(info.name)
            case .shards: reader.shardPlan?.shards.first { $0.name == info.name }?.header
            case .index: reader.shardPlan?.index.flatMap { $0.name == info.name ? $0.bytes : nil }
            case .tensors, .training, .state: nil
            }
        return content?.count == info.byteCount ? content.map { ByteSource($0) } : nil
    }
}

/// The identity of a model whose format carries no hashes: every tensor and side file is read.
func computedIdentity(of reader: any CheckpointReader) throws -> String {
    let tensors = try parallelMap(reader.tensors.count) { number in
        let info = reader.tensors[number]
        return ManifestEntry(section: .tensors, info: info, sha256: try reader.currentHash(of: info))
    }
    let files = try reader.sideFileNames.map { name in
        ManifestEntry(file: name, try reader.sideFile(name) ?? [])
    }
    return sha256(ManifestEntry.manifest(tensors + files))
}

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
    try KeyTable.of(new).validate(new)
    if let damage = try base.damages().first {
        throw CheckpointError.damaged(file: base.location, problem: "\(damage.item): \(damage.problem)")
    }
    let base = try DeltaBase(base)
    try writeItems(of: new, to: path, layout: .compressed, base: base, progress: progress)
}
