// Reads the HDF5 checkpoint: the library is used once, to learn where everything lies; the bytes come from a map.
// Checkpoints/FORMAT.md says what the file looks like.
internal import CHDF5
internal import TensorMath

/// An HDF5 checkpoint, mapped: opening costs the same for any size, and processes share the pages.
public final class HDF5Checkpoint: CheckpointReader {
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
    let items: [HDF5.Section: [HDF5Item]]
    private let positions: [HDF5.Section: [NameBytes: Int]]
    private let file: MappedFile

    static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Opens a file and checks its whole structure against its length; tensor bytes are not read (see `verify()`).
    ///
    /// Throws `CheckpointError`: not HDF5, unfinished, of a later version, or damaged.
    public init(_ path: String) throws {
        location = path
        let mapped = try MappedFile(path)
        guard mapped.starts(with: Self.signature) else { throw CheckpointError.notACheckpoint(file: path) }
        let root = try HDF5.open(path)
        try Self.checkHead(root, path)
        var walk = HDF5Walk(file: path, byteCount: mapped.byteCount)
        for section in HDF5.Section.allCases { try walk.collect(section, from: root) }
        let items = try walk.finish()
        let all = HDF5.Section.allCases.flatMap { items[$0, default: []] }.map(\.entry)
        let declared = try HDF5.string(root, "identity", file: path)
        guard declared == sha256(ManifestEntry.manifest(all)) else {
            throw CheckpointError.damaged(
                file: path, problem: "its manifest does not have the identity it declares")
        }
        func content(_ section: HDF5.Section) throws -> [ShardPlan.File] {
            try items[section, default: []].map {
                ShardPlan.File(name: $0.entry.info.name, bytes: try mapped.bytes(in: $0.range))
            }
        }
        let shards = try content(.shards).map { ShardPlan.Shard(name: $0.name, header: $0.bytes) }
        shardPlan = shards.isEmpty ? nil : ShardPlan(shards: shards, index: try content(.index).first)
        trainerState = try content(.state).first { $0.name == CheckpointWriter.trainerStateName }?.bytes
        tensors = items[.tensors, default: []].map(\.entry.info)
        trainingTensors = items[.training, default: []].map(\.entry.info)
        sideFileNames = items[.files, default: []].map(\.entry.info.name)
        identity = declared
        family =
            sideFileNames.contains(CheckpointWriter.configurationName)
            ? try HDF5.string(root, "family", file: path) : nil
        if let family, !KeyTable.families.contains(family) {
            throw CheckpointError.unknownFamily(family: family, file: path)
        }
        positions = items.mapValues { list in
            Dictionary(uniqueKeysWithValues: list.enumerated().map { ($1.entry.info.name.nameBytes, $0) })
        }
        self.items = items
        file = mapped
    }

    private static func checkHead(_ root: borrowing HDF5Handle, _ path: String) throws {
        // The HDF5 file of another program has no such attribute, which is no other case than a wrong one.
        guard let format = try? HDF5.string(root, "format", file: path),
            format == CheckpointWriter.formatName
        else {
            throw CheckpointError.damaged(
                file: path,
                problem: "an HDF5 file without the attribute format = '\(CheckpointWriter.formatName)'")
        }
        guard try HDF5.integer(root, "complete", file: path) == 1 else {
            throw CheckpointError.unfinished(file: path)
        }
        let version = try HDF5.integer(root, "format_version", file: path)
        let layout = try HDF5.string(root, "layout", file: path)
        guard version == CheckpointWriter.formatVersion, layout == CheckpointWriter.layout else {
            throw CheckpointError.unsupported(
                file: path,
                problem: "format version \(version) with layout '\(layout)'; this program reads version "
                    + "\(CheckpointWriter.formatVersion) with layout '\(CheckpointWriter.layout)'")
        }
    }

    private func item(_ section: HDF5.Section, _ name: String) -> HDF5Item? {
        positions[section]?[name.nameBytes].flatMap { items[section]?[$0] }
    }

    /// The tensor of this name, or nil.
    public func info(_ name: String) -> TensorInfo? { item(.tensors, name)?.entry.info }

    /// Gives `body` a tensor's mapped bytes, which start on a page; throws `CheckpointError.missingTensor`.
    public func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        unsafe try withBytes(.tensors, name, body)
    }

    /// Gives `body` a training tensor's mapped bytes; throws `CheckpointError.missingTensor`.
    public func withTrainingBytes<R>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        unsafe try withBytes(.training, name, body)
    }

    private func withBytes<R>(
        _ section: HDF5.Section, _ name: String, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard let item = item(section, name) else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        return unsafe try file.withBytes(in: item.range, body)
    }

    /// The bytes of a side file, or nil when there is none of this name.
    public func sideFile(_ name: String) throws -> [UInt8]? {
        try item(.files, name).map { try file.bytes(in: $0.range) }
    }

    /// Hashes every stored byte again and returns what no longer has its recorded SHA-256, in stored order.
    ///
    /// Each entry is a tensor's or file's name with its group in front, such as `tensors: lm_head.weight`.
    public func verify() throws -> [String] {
        let all = HDF5.Section.allCases.flatMap { items[$0, default: []] }
        let sound = try parallelMap(all.count) { number in
            unsafe try self.file.withBytes(in: all[number].range) { unsafe sha256($0) }
                == all[number].entry.sha256
        }
        return zip(all, sound).filter { !$1 }.map { item, _ in
            "\(item.entry.section.rawValue): \(item.entry.info.name)"
        }
    }
}

/// One stored item and where its bytes lie in the file.
struct HDF5Item: Sendable {
    let entry: ManifestEntry
    let order: Int
    let range: Range<Int>
}
