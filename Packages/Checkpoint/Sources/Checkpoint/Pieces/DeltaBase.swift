// The base of a delta.
internal import Basics
internal import Hashes

/// The base of a delta.
struct DeltaBase {
    let reader: any CheckpointReader
    /// Its identity.
    let identity: String

    /// Uses a model as a base; a model in a format without hashes is hashed completely.
    init(_ reader: any CheckpointReader) throws {
        self.reader = reader
        identity = try reader.identity ?? computedIdentity(of: reader)
    }

    /// The bytes of the item with the same name, type and shape, or nil when there is none.
    func source(_ section: Section, _ info: TensorInfo) throws -> ByteSource? {
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

/// The identity of a model in a format without hashes: every tensor and side file is read.
///
/// Throws what reading them throws.
public func computedIdentity(of reader: any CheckpointReader) throws -> String {
    let tensors = try parallelMap(reader.tensors.count) { number in
        let info = reader.tensors[number]
        return ManifestEntry(section: .tensors, info: info, sha256: try reader.currentHash(of: info))
    }
    let files = try reader.sideFileNames.map { name in
        ManifestEntry(file: name, try reader.sideFile(name) ?? [])
    }
    return sha256(ManifestEntry.manifest(tensors + files))
}

extension CheckpointReader {
    /// The SHA-256 of a tensor's bytes as they are now, read piece by piece.
    public func currentHash(of info: TensorInfo) throws -> String {
        var hash = SHA256()
        for range in info.pieces {
            unsafe try withBytes(of: info.name, in: range) { unsafe hash.update($0) }
        }
        return hash.hexadecimal
    }
}
