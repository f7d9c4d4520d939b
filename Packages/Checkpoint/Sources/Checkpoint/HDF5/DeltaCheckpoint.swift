// Reads a delta together with its base as one model.
internal import Basics
internal import CChunks
internal import Hashes

/// The model that results from a delta and its base.
///
/// Tensors equal to the base are read from the base. Changed tensors take memory while they are used.
public final class DeltaCheckpoint: CheckpointReader, SectionHashes {
    /// The path of the base, then `+` and the path of the delta.
    public let location: String
    /// The model that the delta was made from.
    public let base: any CheckpointReader
    /// The split over safetensors files that the model came with, or nil.
    public let shardPlan: ShardPlan?
    private let delta: HDF5Checkpoint
    private let parts: Parts

    /// Opens a delta on its base; throws `CheckpointError`, `.wrongBase` when it belongs to another one.
    public init(_ path: String, base: any CheckpointReader) throws {
        delta = try HDF5Checkpoint(path, isDelta: true)
        parts = Parts(delta: delta, base: try DeltaBase(base))
        self.base = base
        location = "\(base.location)+\(path)"
        guard delta.baseIdentity == parts.base.identity else {
            throw CheckpointError.wrongBase(
                delta: path, expected: delta.baseIdentity ?? "none", base: base.location,
                found: parts.base.identity)
        }
        let shards = try parts.files(.shards).map { ShardPlan.Shard(name: $0.name, header: $0.bytes) }
        shardPlan = shards.isEmpty ? nil : ShardPlan(shards: shards, index: try parts.files(.index).first)
    }

    /// The tensors in the order in which they were stored.
    public var tensors: [TensorInfo] { delta.tensors }
    /// The side files in the order in which they were stored.
    public var sideFileNames: [String] { delta.sideFileNames }
    /// The identity of the resulting model.
    public var identity: String? { delta.identity }
    /// The family that its `config.json` names, or nil when there is no such side file.
    var family: String? { delta.family }

    /// The tensor of this name, or nil.
    public func info(_ name: String) -> TensorInfo? { delta.info(name) }

    /// The SHA-256 that the delta records for a tensor of the model, or nil when there is none of this name.
    public func recordedHash(of name: String) -> String? { recordedHash(.tensors, name) }

    /// The SHA-256 that the delta records for a side file of the model, or nil when there is none of this
    /// name.
    public func recordedHash(ofSideFile name: String) -> String? { delta.recordedHash(.files, name) }

    /// Gives `body` a tensor's bytes: those of the base if nothing differs.
    ///
    /// Throws `CheckpointError.missingTensor`, and `.damaged` for chunks that cannot be decompressed.
    public func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        if isOfBase(name) { return unsafe try base.withBytes(of: name, body) }
        guard let item = delta.item(.tensors, name) else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        return unsafe try parts.withBytes(item, body)
    }

    /// Whether the bytes are the base's and mapped there.
    public func isMapped(_ name: String) -> Bool { isOfBase(name) && base.isMapped(name) }

    /// Whether the base has this tensor unchanged.
    private func isOfBase(_ name: String) -> Bool {
        guard let item = delta.item(.tensors, name), base.info(name) == item.entry.info else { return false }
        return item.isAgainstBase && !item.differs(in: 0..<item.entry.info.byteCount)
    }

    /// Gives `body` the bytes `range` of a tensor, combined from both files; throws as `withBytes(of:_:)`
    /// does.
    public func withBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard let item = delta.item(.tensors, name) else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        return unsafe try parts.withBytes(item, in: range, body)
    }

    /// The hash that the delta records for an item of the model, or nil when there is no such item.
    func recordedHash(_ section: Section, _ name: String) -> String? {
        delta.recordedHash(section, name)
    }

    /// The bytes of a side file, or nil when there is none of this name.
    public func sideFile(_ name: String) throws -> [UInt8]? {
        try delta.item(.files, name).map { item in
            let bytes = unsafe try parts.withBytes(item) { unsafe Array($0) }
            try ManifestEntry(file: name, bytes).expectHash(of: self)
            return bytes
        }
    }

    /// The model's files.
    public var sourceFiles: [String] { base.sourceFiles + delta.sourceFiles }

    /// The files with recorded hashes.
    public var hashedFiles: [FileState] { base.hashedFiles + delta.hashedFiles }

    /// The damage in the stored delta and, if there is none, in the resulting tensors and files.
    public func damages() throws -> [StoredDamage] {
        let stored = try delta.damages()
        guard stored.isEmpty else { return stored }
        let items = Section.allCases.flatMap { delta.items[$0, default: []] }
        let found = try parallelMap(items.count, largestFirst: { items[$0].entry.info.byteCount }) { number in
            let item = items[number]
            guard try parts.currentHash(item) != item.entry.sha256 else { return StoredDamage?.none }
            return StoredDamage(
                item, in: item.extent,
                problem: "together with its base it does not have its recorded SHA-256")
        }
        return found.compactMap { $0 }
    }
}

/// A delta and its base, item by item.
private struct Parts {
    let delta: HDF5Checkpoint
    let base: DeltaBase

    /// The hash of an item's bytes, combined in pieces.
    func currentHash(_ item: HDF5Item) throws -> String {
        var hash = SHA256()
        let length = item.entry.info.byteCount
        for piece in item.grid.map({ grid in (0..<grid.count).map { grid.range($0) } }) ?? [0..<length] {
            unsafe try withBytes(item, in: piece) { unsafe hash.update($0) }
        }
        return hash.hexadecimal
    }

    func withBytes<R>(_ item: HDF5Item, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        unsafe try withBytes(item, in: 0..<item.entry.info.byteCount, body)
    }

    func withBytes<R>(
        _ item: HDF5Item, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard item.isAgainstBase else { return unsafe try delta.withBytes(of: item, in: range, body) }
        guard let old = try base.source(item.entry.section, item.entry.info) else {
            throw CheckpointError.damaged(
                file: delta.location,
                problem: "\(item.entry.info.name) is stored as a difference, but the base does not have it")
        }
        guard item.differs(in: range) else { return unsafe try old.withBytes(in: range, body) }
        let memory = try PageBuffer(
            for: TensorInfo(name: item.entry.info.name, dtype: .uint8, shape: [range.count]),
            of: delta.location)
        unsafe try old.withBytes(in: range) { unsafe memory.bytes.copyMemory(from: $0) }
        unsafe try delta.withBytes(of: item, in: range) { difference in
            unsafe _ = r1_xor(memory.bytes.baseAddress, difference.baseAddress, difference.count)
        }
        return unsafe try memory.withBytes(body)
    }

    func files(_ section: Section) throws -> [ShardPlan.File] {
        try delta.items[section, default: []].map { item in
            ShardPlan.File(name: item.entry.info.name, bytes: unsafe try withBytes(item) { unsafe Array($0) })
        }
    }
}

extension HDF5Item {
    /// Whether a delta has chunks for some of these bytes.
    fileprivate func differs(in range: Range<Int>) -> Bool {
        guard let grid, !range.isEmpty else { return false }
        return grid.numbers(overlapping: range).contains { !runs[$0].isEmpty }
    }
}
