// Writes the HDF5 checkpoint: Checkpoints/FORMAT.md says what the file looks like, HDF5Checkpoint reads it.
internal import CChunks
internal import CHDF5
import Foundation
internal import TensorMath

/// Builds an HDF5 checkpoint under another name and renames it when it is complete.
///
/// A kill at any moment leaves either the old file or the new one; without `commit()` nothing stays behind, and
/// what a killed program could not remove is removed by the next writer of the same path. Used from one thread.
public final class CheckpointWriter {
    /// The file that will appear, replacing an older one.
    public let path: String
    /// How the bytes are stored.
    public let layout: CheckpointLayout
    private let partial: PartialOutput
    private var file: HDF5Handle?
    private var manifest: [ManifestEntry] = []
    /// Compresses chunks when the layout asks for it.
    private let chunkWriter: ChunkWriter?
    private var names: [HDF5.Section: Set<NameBytes>] = [:]
    private var plan: ShardPlan?
    private var family: String?
    /// The first write that failed; whatever is asked afterwards fails with it.
    private var failure: CheckpointError?

    static let formatName = "r1-checkpoint"
    static let formatVersion = 1
    static let configurationName = "config.json"
    static let trainerStateName = "trainer.json"

    /// Creates the file and claims room for `expectedByteCount` bytes of tensors and side files.
    ///
    /// With the layout `.compressed`, what compression saves of it is given back at the end.
    /// Throws `CheckpointError.noSpace` or `.cannotWrite` when the directory is absent, not writable or too full.
    public init(_ path: String, expectedByteCount: Int, layout: CheckpointLayout = .mapped) throws {
        self.path = path
        self.layout = layout
        if unsafe access(path, F_OK) == 0, try FileKind(of: path) == .directory {
            throw CheckpointError.cannotWrite(
                file: path, reason: "a directory stands where the file should go")
        }
        partial = try PartialOutput(for: path, byteCount: expectedByteCount)
        r1_h5_prepare()
        do {
            chunkWriter = layout == .compressed ? try ChunkWriter() : nil
        } catch let problem as ChunkProblem {
            throw CheckpointError.cannotWrite(file: path, reason: problem.message)
        }
        guard layout == .mapped || r1_register_zstd_filter() >= 0 else {
            throw CheckpointError.cannotWrite(file: path, reason: HDF5.message())
        }
        // Only what is mapped has to start on a page.
        let alignment: UInt32 = layout == .mapped ? 4096 : 64
        guard let created = unsafe HDF5Handle(r1_h5_create_file(partial.path, alignment), close: H5Fclose)
        else {
            throw CheckpointError.cannotWrite(file: path, reason: HDF5.message())
        }
        let id = created.id
        file = consume created
        if expectedByteCount > 0 { try partial.reserve(expectedByteCount) }
        try write("complete", 0, on: id)
        try write("format_version", Self.formatVersion, on: id)
        try write("format", Self.formatName, on: id)
        try write("layout", layout.rawValue, on: id)
    }

    deinit {
        if let open = file.take() {
            if failure == nil { _ = open.closed() } else { open.leave() }
        }
        partial.abandon()
    }

    /// Bytes on disk for items of these sizes: each starts on a page, and its description takes up to two.
    public static func storedByteCount(_ byteCounts: [Int]) -> Int {
        byteCounts.reduce(1 << 16) { $0 + ($1 + 4095) / 4096 * 4096 + 2 * 4096 }
    }

    /// Stores a tensor of the model; `bytes` are little-endian and row-major.
    ///
    /// Tensors keep the order in which they are added. Throws `CheckpointError.badName` for a name that is already
    /// there or cannot be a path, and `.cannotWrite` when the disk does not take it.
    public func add(_ info: TensorInfo, bytes: UnsafeRawBufferPointer) throws {
        unsafe try store(.tensors, info, bytes)
    }

    /// Stores a tensor of the training state, such as an optimiser moment, as `add(_:bytes:)` does.
    public func addTraining(_ info: TensorInfo, bytes: UnsafeRawBufferPointer) throws {
        unsafe try store(.training, info, bytes)
    }

    /// Stores a side file byte for byte; `config.json` also names the model's family.
    ///
    /// Throws `CheckpointError.unknownFamily` for a configuration of a family that has no key table.
    public func addSideFile(_ name: String, _ bytes: [UInt8]) throws {
        if name == Self.configurationName {
            family = try KeyTable.family(config: bytes, location: "\(path): \(name)")
        }
        try store(.files, name, bytes)
    }

    /// Stores the trainer's own state, once.
    public func setTrainerState(_ json: [UInt8]) throws {
        try store(.state, Self.trainerStateName, json)
    }

    /// Records how the tensors were split over safetensors files, so that an export gives the same files again.
    ///
    /// The plan has to list exactly the tensors that are added; `commit()` checks that.
    public func setShardPlan(_ plan: ShardPlan) throws {
        self.plan = plan
        for shard in plan.shards { try store(.shards, shard.name, shard.header) }
        if let index = plan.index { try store(.index, index.name, index.bytes) }
    }

    /// Finishes the file: identity, commit marker, flush to the disk, rename.
    ///
    /// Throws when the shard plan does not fit the tensors or the disk refuses; then nothing stays behind.
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
        guard let open = file.take(), open.closed() else { throw refused() }
        try partial.publishFile()
    }

    /// Throws unless everything stored so far has the hash that `source` records for it.
    ///
    /// Hashes are made from the bytes that came; without this a copy would pass damage on as sound.
    func expectHashes(of source: HDF5Checkpoint) throws {
        for entry in manifest {
            guard let recorded = source.recordedHash(entry.section, entry.info.name) else { continue }
            guard recorded == entry.sha256 else {
                throw CheckpointError.damaged(
                    file: source.location,
                    problem:
                        "\(entry.section.rawValue): \(entry.info.name) does not have its recorded SHA-256")
            }
        }
    }

    /// The open file; throws when it is finished or an earlier write failed.
    private func openFile() throws -> hid_t {
        if let failure { throw failure }
        guard let id = file?.id else {
            throw CheckpointError.cannotWrite(file: path, reason: "it is already finished")
        }
        return id
    }

    private func store(_ section: HDF5.Section, _ name: String, _ bytes: [UInt8]) throws {
        let info = TensorInfo(name: name, dtype: .uint8, shape: [bytes.count])
        unsafe try bytes.withUnsafeBytes { unsafe try store(section, info, $0) }
    }

    private func store(_ section: HDF5.Section, _ info: TensorInfo, _ bytes: UnsafeRawBufferPointer) throws {
        let id = try openFile()
        guard info.shape.count <= Int(R1_H5_MAX_RANK),
            let byteCount = TensorInfo.checkedByteCount(info.dtype, info.shape), byteCount == bytes.count
        else {
            throw CheckpointError.cannotWrite(
                file: path,
                reason: "\(info.name): \(bytes.count) bytes do not fill \(info.dtype) \(info.shape)")
        }
        let location = try HDF5.path(section, info.name, file: path)
        guard names[section, default: []].insert(info.name.nameBytes).inserted else {
            throw CheckpointError.badName(name: info.name, file: path, problem: "is stored twice")
        }
        r1_h5_prepare()
        let order = names[section, default: []].count - 1
        let hash = unsafe try writeDataSet(location, info, bytes, order: order, in: id)
        manifest.append(ManifestEntry(section: section, info: info, sha256: hash))
    }

    /// Writes one data set with its attributes and returns the hash of its bytes.
    private func writeDataSet(
        _ location: String, _ info: TensorInfo, _ bytes: UnsafeRawBufferPointer, order: Int, in file: hid_t
    ) throws -> String {
        let shape = info.shape.map { hsize_t($0) }
        let grid = layout == .compressed ? ChunkGrid(info) : nil
        let chunk = grid?.chunkShape.map { hsize_t($0) }
        guard let type = HDF5Handle(r1_h5_type(info.dtype.hdf5Code), close: H5Tclose) else { throw refused() }
        guard
            let set = unsafe HDF5Handle(
                r1_h5_create_data_set(
                    file, location, type.id, Int32(shape.count), shape, chunk, Int32(R1_FILTER_ZSTD)),
                close: H5Dclose)
        else { throw refused("\(info.name): ") }
        let text: String
        if let grid, let chunkWriter {
            do { text = unsafe try chunkWriter.write(bytes, grid, into: set.id) } catch {
                throw refused(message: (error as? ChunkProblem)?.message ?? "\(error)")
            }
        } else {
            text = unsafe try writeAndHash(bytes, set: set.id, type: type.id)
        }
        try write("name", info.name, on: set.id)
        try write("sha256", text, on: set.id)
        try write("order", order, on: set.id)
        return text
    }

    /// Writes on one core while another hashes; below a MiB the threads would cost more than they save.
    private func writeAndHash(_ bytes: UnsafeRawBufferPointer, set: hid_t, type: hid_t) throws -> String {
        guard unsafe !bytes.isEmpty else { return unsafe sha256(bytes) }
        // Both halves only read the bytes, and both are over before this function returns.
        nonisolated(unsafe) let shared = unsafe bytes
        @Sendable func half(_ number: Int) -> HalfResult {
            guard number == 0 else { return unsafe .hash(sha256(shared)) }
            r1_h5_prepare()
            return unsafe r1_h5_write(set, type, shared.baseAddress) >= 0 ? .written : .failed(HDF5.message())
        }
        let isSmall = bytes.count < 1 << 20
        let halves = try isSmall ? [half(0), half(1)] : parallelMap(2, half)
        if case .failed(let reason) = halves[0] { throw refused(message: reason) }
        guard case .hash(let text) = halves[1] else { throw refused(message: "no hash") }
        return text
    }

    private enum HalfResult: Sendable {
        case written, failed(String), hash(String)
    }

    private func write(_ name: String, _ value: String, on object: hid_t) throws {
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

    /// Gives the file up and says why.
    private func refused(_ prefix: String = "", message: String? = nil) -> CheckpointError {
        let error = CheckpointError.cannotWrite(file: path, reason: prefix + (message ?? HDF5.message()))
        failure = failure ?? error
        return error
    }
}

extension DType {
    /// The number of this element type in the C interface.
    var hdf5Code: Int32 {
        switch self {
        case .float32: Int32(R1_H5_FLOAT32)
        case .bfloat16: Int32(R1_H5_BFLOAT16)
        case .float16: Int32(R1_H5_FLOAT16)
        case .int32: Int32(R1_H5_INT32)
        case .uint8: Int32(R1_H5_UINT8)
        }
    }
}
