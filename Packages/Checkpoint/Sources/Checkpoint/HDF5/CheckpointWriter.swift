// Writes HDF5 checkpoints: Checkpoints/FORMAT.md specifies the file, HDF5Checkpoint reads it.
// CheckpointWriter+Items.swift writes a whole model that is known in advance and resumes killed runs.
internal import Basics
internal import CChunks
internal import CHDF5
import Foundation
internal import StrictJSON

/// Builds an HDF5 checkpoint under another name and renames it when it is complete.
///
/// A kill at any moment leaves either the old file or the new one. Without `commit()` nothing is left, and
/// leftovers of a killed program are removed by the next writer of the same path. Used by one thread at a
/// time.
public final class CheckpointWriter {
    /// The file that will appear, replacing an older one.
    let path: String
    /// How the bytes are stored.
    let layout: CheckpointLayout
    let partial: PartialOutput
    private let expectedByteCount: Int
    var file: HDF5Handle?
    var manifest: [ManifestEntry] = []
    /// The base of a delta; nil for a complete model.
    let base: DeltaBase?
    /// Compresses chunks in the layout `.compressed`.
    private(set) var chunkWriter: ChunkWriter?
    private var names: [Section: Set<NameBytes>] = [:]
    private var plan: ShardPlan?
    private var family: String?
    /// The first write that failed; every later call fails with it.
    private var failure: CheckpointError?

    /// Creates the file and reserves space for `expectedByteCount` bytes of tensors and side files.
    ///
    /// With the layout `.compressed`, unused space is freed at the end.
    /// Throws `CheckpointError.noSpace` or `.cannotWrite` when the directory is missing, not writable or too
    /// full.
    public convenience init(_ path: String, expectedByteCount: Int, layout: CheckpointLayout = .mapped) throws
    {
        try self.init(path, expectedByteCount: expectedByteCount, layout: layout, base: nil, recipe: nil)
    }

    /// Creates a file that a run with the same recipe can resume; with a base, a delta.
    ///
    /// The recipe identifies everything that the file depends on.
    init(
        _ path: String, expectedByteCount: Int, layout: CheckpointLayout, base: DeltaBase?, recipe: String?
    ) throws {
        self.path = path
        self.layout = layout
        self.base = base
        self.expectedByteCount = expectedByteCount
        if unsafe access(path, F_OK) == 0, try FileKind(of: path) == .directory {
            throw CheckpointError.cannotWrite(
                file: path, reason: "it is a directory")
        }
        partial = try PartialOutput(
            for: path, byteCount: expectedByteCount, recipe: recipe, inPlace: layout == .mapped)
        r1_h5_prepare()
        guard layout == .mapped || r1_register_zstd_filter() >= 0 else {
            throw CheckpointError.cannotWrite(file: path, reason: HDF5.message())
        }
        let id = try openPartial(isNew: true)
        if layout == .compressed { chunkWriter = try attempting { try ChunkWriter(partial.path) } }
        if expectedByteCount > 0, partial.leftover == nil { try partial.reserve(expectedByteCount) }
        try write("complete", 0, on: id)
        try write("format_version", HDF5Format.version, on: id)
        try write("format", base == nil ? HDF5Format.name : HDF5Format.deltaName, on: id)
        try write("layout", layout.rawValue, on: id)
        if let base { try write("base", base.identity, on: id) }
    }

    deinit {
        if let open = file.take() {
            if failure == nil { _ = open.closed() } else { open.leave() }
        }
        partial.abandon()
    }

    /// Opens the file under construction.
    @discardableResult
    func openPartial(isNew: Bool) throws -> hid_t {
        // Only mapped tensors have to start on a page.
        let alignment: UInt32 = layout == .mapped ? 4096 : 64
        let driver = layout == .mapped ? 0 : ChunkWriter.driver
        // Data-set headers are stored next to each other, so a large file opens with a few reads; a small one
        // stays small.
        let description = min(max(1 << 16, expectedByteCount >> 11), 1 << 23)
        let opened = unsafe HDF5Handle(
            r1_h5_file_for_writing(partial.path, alignment, description, isNew ? 1 : 0, driver),
            close: H5Fclose)
        guard let opened else { throw refused() }
        let id = opened.id
        file = consume opened
        return id
    }

    /// Bytes on disk for items of these sizes: each starts on a page, and its header takes up to two pages.
    public static func storedByteCount(_ byteCounts: [Int]) -> Int {
        byteCounts.reduce(1 << 16) { $0 + ($1 + 4095) / 4096 * 4096 + 2 * 4096 }
    }

    /// Stores a tensor of the model; `bytes` are little-endian and row-major.
    ///
    /// Tensors keep the order in which they are added. Throws `CheckpointError.badName` for a repeated name
    /// or one that cannot be a path, and `.cannotWrite` when writing fails.
    public func add(_ info: TensorInfo, bytes: UnsafeRawBufferPointer) throws {
        unsafe try store(.tensors, info, ByteSource(bytes))
    }

    /// Stores a tensor of the training state, such as an optimizer moment, as `add(_:bytes:)` does.
    public func addTraining(_ info: TensorInfo, bytes: UnsafeRawBufferPointer) throws {
        unsafe try store(.training, info, ByteSource(bytes))
    }

    /// Stores a side file byte for byte; `config.json` also names the model's family.
    ///
    /// Throws `CheckpointError.damaged` for a configuration that names no family in `model_type`.
    public func addSideFile(_ name: String, _ bytes: [UInt8]) throws {
        try store(.files, name, bytes)
    }

    /// Stores the trainer's own state, once.
    public func setTrainerState(_ json: [UInt8]) throws {
        try store(.state, FileNames.trainerState, json)
    }

    /// Records how the tensors were split over safetensors files, so that an export gives the same files
    /// again.
    ///
    /// The plan must list exactly the tensors that are added; `commit()` checks that.
    func setShardPlan(_ plan: ShardPlan) throws {
        expect(plan)
        for shard in plan.shards { try store(.shards, shard.name, shard.header) }
        if let index = plan.index { try store(.index, index.name, index.bytes) }
    }

    /// Stores the plan that `commit()` checks.
    func expect(_ plan: ShardPlan) { self.plan = plan }

    /// Finishes the file: identity, commit marker, flush to the disk, rename.
    ///
    /// Throws when the shard plan does not match the tensors or writing fails; then nothing is left.
    public func commit() throws {
        let tensors = manifest.filter { $0.section == .tensors }.map(\.info)
        if let plan { _ = try plan.fitted(to: tensors, location: path) }
        let id = try openFile()
        r1_h5_prepare()
        if let family { try write("family", family, on: id) }
        try write("identity", sha256(ManifestEntry.manifest(manifest)), on: id)
        try check(r1_h5_flush(id))
        try write("complete", 1, on: id)
        try check(r1_h5_flush(id))
        try closeFile()
        try partial.publishFile()
    }

    /// Closes the file under construction.
    func closeFile() throws {
        guard let open = file.take(), open.closed() else { throw refused() }
    }

    /// Throws unless everything stored so far has the hash that `source` records for it.
    ///
    /// Hashes are computed from the bytes that were read; without this check a copy would hide damage.
    func expectHashes(of source: any CheckpointReader) throws {
        for entry in manifest { try entry.expectHash(of: source) }
    }

    /// The open file; throws when it is finished or an earlier write failed.
    func openFile() throws -> hid_t {
        if let failure { throw failure }
        guard let id = file?.id else {
            throw CheckpointError.cannotWrite(file: path, reason: "it is already finished")
        }
        return id
    }

    private func store(_ section: Section, _ name: String, _ bytes: [UInt8]) throws {
        let info = TensorInfo(name: name, dtype: .uint8, shape: [bytes.count])
        try store(section, info, ByteSource(bytes))
    }

    /// Stores one item: creates its data set and writes its bytes.
    @discardableResult
    func store(
        _ section: Section, _ info: TensorInfo, _ source: ByteSource
    ) throws -> WritingJournal.Entry {
        guard TensorInfo.checkedByteCount(info.dtype, info.shape) == source.byteCount else {
            throw CheckpointError.cannotWrite(
                file: path,
                reason: "\(info.name): \(source.byteCount) bytes do not fill \(info.dtype) \(info.shape)")
        }
        try noteFamily(section, info, source)
        let set = try create(section, info)
        let written: ChunkWriter.Result
        if let chunkWriter, let grid = grid(of: info) {
            let old = try base?.source(section, info)
            written = try attempting {
                try chunkWriter.write(
                    source, info, against: old, grid, into: set.id, isHashingStored: base != nil)
            }
        } else {
            let text = try writeWhole(source, info, set: set.id)
            written = ChunkWriter.Result(sha256: text, storedHash: text, runs: [])
        }
        let entry = WritingJournal.Entry(
            section: section.rawValue, name: info.name, sha256: written.sha256,
            storedHash: written.storedHash, runs: written.runs)
        try finish(section, info, entry, set: set.id)
        return entry
    }

    /// How an item is cut into chunks; nil when its bytes are stored unchanged.
    func grid(of info: TensorInfo) -> ChunkGrid? { layout == .compressed ? ChunkGrid(info) : nil }

    /// Creates an item's data set with its name and order.
    func create(_ section: Section, _ info: TensorInfo) throws -> HDF5Handle {
        let id = try openFile()
        guard info.shape.count <= Int(R1_H5_MAX_RANK),
            TensorInfo.checkedByteCount(info.dtype, info.shape) != nil
        else {
            throw CheckpointError.cannotWrite(
                file: path, reason: "\(info.name): the shape \(info.shape) cannot be stored")
        }
        let location = try HDF5.path(section, info.name, file: path)
        guard names[section, default: []].insert(info.name.nameBytes).inserted else {
            throw CheckpointError.badName(name: info.name, file: path, problem: "is stored twice")
        }
        r1_h5_prepare()
        let shape = info.shape.map { hsize_t($0) }
        let chunk = grid(of: info)?.chunkShape.map { hsize_t($0) }
        guard let type = HDF5Handle(r1_h5_type(info.dtype.hdf5Code), close: H5Tclose) else { throw refused() }
        let set = unsafe HDF5Handle(
            r1_h5_create_data_set(
                id, location, type.id, Int32(shape.count), shape, chunk, Int32(R1_FILTER_ZSTD)),
            close: H5Dclose)
        guard let set else { throw refused("\(info.name): ") }
        try write("name", info.name, on: set.id)
        try write("order", names[section, default: []].count - 1, on: set.id)
        return set
    }

    /// Records the hashes of a stored item in its data set and for the manifest.
    func finish(
        _ section: Section, _ info: TensorInfo, _ entry: WritingJournal.Entry, set: hid_t
    ) throws {
        try write("sha256", entry.sha256, on: set)
        if let base {
            let isDifference = try grid(of: info) != nil && base.source(section, info) != nil
            try write("against", isDifference ? "base" : "nothing", on: set)
            try write("stored_sha256", entry.storedHash, on: set)
        }
        manifest.append(ManifestEntry(section: section, info: info, sha256: entry.sha256))
    }

    /// Notes the family when the item is the configuration.
    func noteFamily(_ section: Section, _ info: TensorInfo, _ source: ByteSource) throws {
        guard section == .files, info.name == FileNames.configuration else { return }
        family = unsafe try source.withBytes(in: 0..<source.byteCount) { bytes in
            try modelType(of: unsafe Array(bytes), location: "\(path): \(info.name)")
        }
    }

    /// Writes an item without chunks through the library.
    private func writeWhole(_ source: ByteSource, _ info: TensorInfo, set: hid_t) throws -> String {
        guard let type = HDF5Handle(r1_h5_type(info.dtype.hdf5Code), close: H5Tclose) else { throw refused() }
        return unsafe try source.withBytes(in: 0..<source.byteCount) { bytes in
            guard unsafe bytes.isEmpty || r1_h5_write(set, type.id, bytes.baseAddress) >= 0 else {
                throw refused()
            }
            return unsafe sha256(bytes)
        }
    }

    /// Runs a step; its errors become the writer's failure.
    func attempting<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch let problem as ChunkProblem { throw refused(message: problem.message) }
    }

    func write(_ name: String, _ value: String, on object: hid_t) throws {
        var value = value
        try check(
            value.withUTF8 { bytes in
                unsafe bytes.withMemoryRebound(to: CChar.self) {
                    unsafe r1_h5_write_string(object, name, $0.baseAddress, $0.count)
                }
            })
    }

    private func write(_ name: String, _ value: Int, on object: hid_t) throws {
        unsafe try check(r1_h5_write_integer(object, name, Int64(value)))
    }

    private func check(_ result: herr_t) throws {
        if result < 0 { throw refused() }
    }

    /// Marks the file as failed and returns the error.
    func refused(_ prefix: String = "", message: String? = nil) -> CheckpointError {
        let error = CheckpointError.cannotWrite(file: path, reason: prefix + (message ?? HDF5.message()))
        failure = failure ?? error
        return error
    }
}

/// The family that a `config.json` names; throws `CheckpointError.damaged` when it names none.
private func modelType(of config: [UInt8], location: String) throws -> String {
    let json: OrderedJSON
    do { json = try OrderedJSON(parsing: config) } catch {
        throw CheckpointError.damaged(
            file: location, problem: "not JSON: \(error.reason) at byte \(error.offset)")
    }
    guard let type = json["model_type"]?.text else {
        throw CheckpointError.damaged(
            file: location,
            problem:
                "key 'model_type' should be a model family, found \(json["model_type"]?.compact ?? "nothing")"
        )
    }
    return type
}
