// Reads HDF5 checkpoints. The library is used once, to locate all items; the bytes are mapped, and those of
// the compressed layout are read through UnpackedTensor. Checkpoints/FORMAT.md specifies the file.
internal import Basics
internal import CHDF5
internal import Synchronization

/// An HDF5 checkpoint, mapped: opening costs the same for any size, and processes share the pages.
///
/// A compressed checkpoint is decompressed tensor by tensor, on all cores, when the bytes are read. The
/// tensor that was read last stays in memory, others only while they are in use.
public final class HDF5Checkpoint: CheckpointReader, SectionHashes {
    /// The path that was opened.
    public let location: String
    /// The tensors in the order in which they were stored.
    public let tensors: [TensorInfo]
    /// The side files in the order in which they were stored.
    public let sideFileNames: [String]
    /// The training tensors in the order in which they were stored.
    public let trainingTensors: [TensorInfo]
    /// The trainer's own state as JSON, or nil.
    public let trainerState: [UInt8]?
    /// The SHA-256 of the manifest: tensors and side files with their hashes.
    public let identity: String?
    /// The split over safetensors files that the model came with, or nil.
    public let shardPlan: ShardPlan?
    /// The family that `config.json` names, or nil when there is no such side file.
    public let family: String?
    /// How the bytes are stored.
    public let layout: CheckpointLayout
    /// The identity of the base of a delta, or nil for a complete model.
    public let baseIdentity: String?
    let items: [Section: [HDF5Item]]
    private let positions: [Section: [NameBytes: Int]]
    let file: MappedFile
    private let lastUnpacked = Mutex<(section: Section, order: Int, tensor: UnpackedTensor)?>(nil)
    private let idleUnpackers = Mutex<[PieceUnpacker]>([])

    /// `HDF5` and the layout.
    public var formatName: String { "HDF5 \(layout.rawValue)" }

    static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Opens a file and checks its whole structure against its length; tensor bytes are not read (see
    /// `damages()`).
    ///
    /// Throws `CheckpointError`: not HDF5, unfinished, of a later version, or damaged.
    convenience init(_ path: String) throws { try self.init(path, isDelta: false) }

    /// Opens a model, or a delta, whose tensors are differences from those of its base.
    init(_ path: String, isDelta: Bool) throws {
        location = path
        let mapped = try MappedFile(path)
        guard mapped.starts(with: Self.signature) else { throw CheckpointError.notACheckpoint(file: path) }
        let root = try HDF5.open(path)
        let layout = try Self.checkHead(root, path, isDelta: isDelta)
        baseIdentity = isDelta ? try HDF5.string(root, "base", file: path) : nil
        var walk = HDF5Walk(file: path, byteCount: mapped.byteCount, layout: layout, isDelta: isDelta)
        for section in Section.allCases { try walk.collect(section, from: root) }
        let items = try walk.finish()
        let all = Section.allCases.flatMap { items[$0, default: []] }.map(\.entry)
        let declared = try HDF5.string(root, "identity", file: path)
        let found = sha256(ManifestEntry.manifest(all))
        guard declared == found else {
            throw CheckpointError.damaged(
                file: path, problem: "its manifest has identity \(found), it declares \(declared)")
        }
        func content(_ section: Section) throws -> [ShardPlan.File] {
            try items[section, default: []].map {
                ShardPlan.File(name: $0.entry.info.name, bytes: try $0.bytes(in: mapped))
            }
        }
        // Those of a delta are differences; DeltaCheckpoint combines them with the base.
        let shards = try (isDelta ? [] : content(.shards)).map {
            ShardPlan.Shard(name: $0.name, header: $0.bytes)
        }
        shardPlan =
            shards.isEmpty ? nil : ShardPlan(shards: shards, index: try content(.index).first)
        trainerState = try content(.state).first { $0.name == FileNames.trainerState }?.bytes
        tensors = items[.tensors, default: []].map(\.entry.info)
        trainingTensors = items[.training, default: []].map(\.entry.info)
        sideFileNames = items[.files, default: []].map(\.entry.info.name)
        identity = declared
        family =
            sideFileNames.contains(FileNames.configuration)
            ? try HDF5.string(root, "family", file: path) : nil
        positions = items.mapValues { list in
            Dictionary(uniqueKeysWithValues: list.enumerated().map { ($1.entry.info.name.nameBytes, $0) })
        }
        self.layout = layout
        self.items = items
        file = mapped
    }

    /// Whether an HDF5 file is a delta.
    static func isDelta(_ path: String) throws -> Bool {
        let root = try HDF5.open(path)
        // An HDF5 file of another program does not have the attribute.
        return (try? HDF5.string(root, "format", file: path)) == HDF5Format.deltaName
    }

    /// Checks the root's attributes and returns the layout.
    private static func checkHead(
        _ root: borrowing HDF5Handle, _ path: String, isDelta: Bool
    ) throws -> CheckpointLayout {
        // A missing attribute, as in an HDF5 file of another program, is handled like a wrong one.
        let expected = isDelta ? HDF5Format.deltaName : HDF5Format.name
        let format = try? HDF5.string(root, "format", file: path)
        guard format == expected else {
            guard format == HDF5Format.deltaName else {
                throw CheckpointError.damaged(
                    file: path, problem: "an HDF5 file without the attribute format = '\(expected)'")
            }
            throw CheckpointError.unsupported(
                file: path, problem: "a delta; open it together with its base: BASE+\(path)")
        }
        guard try HDF5.integer(root, "complete", file: path) == 1 else {
            throw CheckpointError.unfinished(file: path)
        }
        let version = try HDF5.integer(root, "format_version", file: path)
        let name = try HDF5.string(root, "layout", file: path)
        guard version == HDF5Format.version, let layout = CheckpointLayout(rawValue: name) else {
            let known = CheckpointLayout.allCases.map { "'\($0.rawValue)'" }.joined(separator: " or ")
            throw CheckpointError.unsupported(
                file: path,
                problem: "format version \(version) with layout '\(name)'; this program reads version "
                    + "\(HDF5Format.version) with layout \(known)")
        }
        return layout
    }

    func item(_ section: Section, _ name: String) -> HDF5Item? {
        positions[section]?[name.nameBytes].flatMap { items[section]?[$0] }
    }

    /// The hash that the file records for an item, or nil when there is no such item.
    func recordedHash(_ section: Section, _ name: String) -> String? {
        item(section, name)?.entry.sha256
    }

    /// The SHA-256 that the file records for a tensor of the model, or nil when there is none of this name.
    public func recordedHash(of name: String) -> String? { recordedHash(.tensors, name) }

    /// The bytes that a tensor takes in the file, compressed or not; 0 when there is none of this name.
    public func storedByteCount(of name: String) -> Int {
        item(.tensors, name)?.runs.reduce(0) { $0 + $1.count } ?? 0
    }

    /// The length of a side file without decompressing it; nil when there is none of this name.
    public func byteCount(ofSideFile name: String) -> Int? { item(.files, name)?.entry.info.byteCount }

    /// How many tensors a delta changes or adds; all of them in a complete model.
    public var changedTensorCount: Int {
        items[.tensors, default: []].count { !$0.isAgainstBase || $0.runs.contains { !$0.isEmpty } }
    }

    /// The SHA-256 that the file records for a side file, or nil when there is none of this name.
    public func recordedHash(ofSideFile name: String) -> String? { recordedHash(.files, name) }

    /// The tensor of this name, or nil.
    public func info(_ name: String) -> TensorInfo? { item(.tensors, name)?.entry.info }

    /// Whether the tensor is stored unchanged, without chunks.
    public func isMapped(_ name: String) -> Bool { item(.tensors, name).map { $0.grid == nil } ?? false }

    /// Gives `body` a tensor's bytes, which start on a page: mapped, or decompressed if the layout is
    /// compressed.
    ///
    /// Throws `CheckpointError.missingTensor`, and `.damaged` for chunks that cannot be unpacked.
    public func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        unsafe try withBytes(.tensors, name, body)
    }

    /// Gives `body` a training tensor's bytes, as `withBytes(of:_:)` does for the model's tensors.
    public func withTrainingBytes<R>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        unsafe try withBytes(.training, name, body)
    }

    /// Gives `body` the bytes `range` of a tensor: read, or decompressed from the chunks that hold them.
    ///
    /// Throws `CheckpointError.missingTensor`, and `.damaged` for chunks that cannot be unpacked.
    public func withBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        unsafe try withBytes(.tensors, name, in: range, body)
    }

    /// Gives `body` the bytes `range` of a training tensor, as `withBytes(of:in:_:)` does for the model's
    /// tensors.
    public func withTrainingBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R { unsafe try withBytes(.training, name, in: range, body) }

    /// Gives `body` the bytes `range` of an item of a section.
    func withBytes<R>(
        _ section: Section, _ name: String, in range: Range<Int>,
        _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard let item = item(section, name) else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        return unsafe try withBytes(of: item, in: range, body)
    }

    /// Gives `body` the bytes `range` of an item as they are stored, decompressed.
    func withBytes<R>(
        of item: HDF5Item, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        require(
            range.lowerBound >= 0 && range.upperBound <= item.entry.info.byteCount,
            "bytes \(range) of \(item.entry.info.name), which has \(item.entry.info.byteCount)")
        guard let grid = item.grid else {
            let start = item.runs[0].lowerBound
            return unsafe try file.withPiece(in: start + range.lowerBound..<start + range.upperBound, body)
        }
        let unpacker = try idleUnpackers.withLock { $0.popLast() } ?? PieceUnpacker(file)
        defer { idleUnpackers.withLock { $0.append(unpacker) } }
        return unsafe try unpacker.withBytes(of: item, grid, in: range, body)
    }

    private func withBytes<R>(
        _ section: Section, _ name: String, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard let item = item(section, name) else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        guard let grid = item.grid else { return unsafe try file.withBytes(in: item.runs[0], body) }
        return unsafe try unpacked(item, grid).withBytes(body)
    }

    /// The decompressed tensor, shared by concurrent callers.
    ///
    /// One tensor is decompressed at a time, on all cores; other callers wait. No lock is held while callers
    /// use the bytes, so they may read another tensor.
    private func unpacked(_ item: HDF5Item, _ grid: ChunkGrid) throws -> UnpackedTensor {
        try lastUnpacked.withLock { last in
            if let last, last.section == item.entry.section, last.order == item.order { return last.tensor }
            last = nil
            let tensor = try UnpackedTensor(item, grid, in: file)
            last = (item.entry.section, item.order, tensor)
            return tensor
        }
    }

    /// The bytes of a side file, or nil when there is none of this name.
    ///
    /// Throws `CheckpointError.damaged` unless they have their recorded hash.
    public func sideFile(_ name: String) throws -> [UInt8]? {
        try item(.files, name).map {
            let bytes = try $0.bytes(in: file)
            try ManifestEntry(file: name, bytes).expectHash(of: self)
            return bytes
        }
    }

    /// The one file, as it was when it was opened.
    public var hashedFiles: [FileState] { [file.state] }

    /// The names of damaged items, such as `tensors: lm_head.weight`.
    func verify() throws -> [String] { try damages().map(\.item) }

    /// Recomputes every hash and returns the items that do not have their recorded SHA-256, in stored order.
    ///
    /// In the compressed layout each chunk has a checksum, so the damaged chunk is found. Memory: one chunk
    /// per core.
    public func damages() throws -> [StoredDamage] {
        let all = Section.allCases.flatMap { items[$0, default: []] }
        let found = try parallelMap(all.count, largestFirst: { all[$0].extent.count }) { number in
            try self.damage(of: all[number])
        }
        return found.compactMap { $0 }
    }

    private func damage(of item: HDF5Item) throws -> StoredDamage? {
        let file = file
        let isSound = try {
            do {
                guard baseIdentity == nil else {
                    return try item.currentStoredHash(in: file) == item.storedHash
                }
                return try item.currentHash(in: file) == item.entry.sha256
            } catch CheckpointError.damaged {
                return false
            }
        }()
        if isSound { return nil }
        let broken = try item.grid.flatMap { try item.firstBrokenChunk($0, in: file) }
        guard let broken else {
            return StoredDamage(item, in: item.extent, problem: "it does not have its recorded SHA-256")
        }
        return StoredDamage(
            item, in: item.runs[broken],
            problem: "chunk \(broken + 1) of \(item.runs.count) cannot be unpacked")
    }
}
