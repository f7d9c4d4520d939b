// Writes the HDF5 checkpoint: Checkpoints/FORMAT.md says what the file looks like, HDF5Checkpoint reads it.
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
    private let partial: PartialOutput
    private var file: HDF5Handle?
    private var manifest: [ManifestEntry] = []
    private var names: [HDF5.Section: Set<NameBytes>] = [:]
    private var plan: ShardPlan?
    private var family: String?

    static let formatName = "r1-checkpoint"
    static let formatVersion = 1
    static let layout = "mapped"
    static let configurationName = "config.json"
    static let trainerStateName = "trainer.json"

    /// Creates the file and claims room for `expectedByteCount` bytes of tensors and side files.
    ///
    /// Throws `CheckpointError.noSpace` or `.cannotWrite` when the directory is absent, not writable or too full.
    public init(_ path: String, expectedByteCount: Int) throws {
        self.path = path
        if unsafe access(path, F_OK) == 0, try FileKind(of: path) == .directory {
            throw CheckpointError.cannotWrite(
                file: path, reason: "a directory stands where the file should go")
        }
        partial = try PartialOutput(for: path, byteCount: expectedByteCount)
        r1_h5_silence()
        guard let created = unsafe HDF5Handle(r1_h5_create_file(partial.path), close: H5Fclose) else {
            throw CheckpointError.cannotWrite(file: path, reason: HDF5.message())
        }
        if expectedByteCount > 0 { try partial.reserve(expectedByteCount) }
        unsafe try Self.check(r1_h5_write_integer(created.id, "complete", 0), path)
        unsafe try Self.check(
            r1_h5_write_integer(created.id, "format_version", Int64(Self.formatVersion)), path)
        try Self.write("format", Self.formatName, on: created, path)
        try Self.write("layout", Self.layout, on: created, path)
        file = consume created
    }

    deinit {
        file = nil
        partial.abandon()
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
        guard let open = file.take() else {
            throw CheckpointError.cannotWrite(file: path, reason: "it is already finished")
        }
        r1_h5_silence()
        if let family { try Self.write("family", family, on: open, path) }
        try Self.write("identity", sha256(ManifestEntry.manifest(manifest)), on: open, path)
        try Self.check(r1_h5_flush(open.id), path)
        unsafe try Self.check(r1_h5_write_integer(open.id, "complete", 1), path)
        try Self.check(r1_h5_flush(open.id), path)
        _ = consume open
        try partial.publishFile()
    }

    private func store(_ section: HDF5.Section, _ name: String, _ bytes: [UInt8]) throws {
        let info = TensorInfo(name: name, dtype: .uint8, shape: [bytes.count])
        unsafe try bytes.withUnsafeBytes { unsafe try store(section, info, $0) }
    }

    private func store(_ section: HDF5.Section, _ info: TensorInfo, _ bytes: UnsafeRawBufferPointer) throws {
        guard file != nil else {
            throw CheckpointError.cannotWrite(file: path, reason: "it is already finished")
        }
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
        r1_h5_silence()
        let order = names[section, default: []].count - 1
        let hash = unsafe try writeDataSet(location, info, bytes, order: order)
        manifest.append(ManifestEntry(section: section, info: info, sha256: hash))
    }

    /// Writes one data set with its attributes and returns the hash of its bytes.
    private func writeDataSet(
        _ location: String, _ info: TensorInfo, _ bytes: UnsafeRawBufferPointer, order: Int
    ) throws -> String {
        let shape = info.shape.map { hsize_t($0) }
        guard let fileID = file?.id,
            let type = HDF5Handle(r1_h5_type(info.dtype.hdf5Code), close: H5Tclose),
            let set = unsafe HDF5Handle(
                r1_h5_create_data_set(fileID, location, type.id, Int32(shape.count), shape), close: H5Dclose)
        else { throw CheckpointError.cannotWrite(file: path, reason: "\(info.name): \(HDF5.message())") }

        let text = unsafe try writeAndHash(bytes, set: set.id, type: type.id)
        try Self.write("name", info.name, on: set, path)
        try Self.write("sha256", text, on: set, path)
        unsafe try Self.check(r1_h5_write_integer(set.id, "order", Int64(order)), path)
        return text
    }

    /// Writes on one core while another hashes; below a MiB the threads would cost more than they save.
    private func writeAndHash(_ bytes: UnsafeRawBufferPointer, set: hid_t, type: hid_t) throws -> String {
        guard unsafe !bytes.isEmpty else { return unsafe sha256(bytes) }
        // Both halves only read the bytes, and both are over before this function returns.
        nonisolated(unsafe) let shared = unsafe bytes
        let path = path
        @Sendable func half(_ number: Int) -> Result<String, CheckpointError> {
            guard number == 0 else { return unsafe .success(sha256(shared)) }
            r1_h5_silence()
            let written = unsafe r1_h5_write(set, type, shared.baseAddress) >= 0
            return written ? .success("") : .failure(.cannotWrite(file: path, reason: HDF5.message()))
        }
        let isSmall = bytes.count < 1 << 20
        let parts = try isSmall ? [half(0).get(), half(1).get()] : parallelMap(2) { try half($0).get() }
        return parts[1]
    }

    private static func write(
        _ name: String, _ value: String, on object: borrowing HDF5Handle, _ path: String
    ) throws {
        var value = value
        let id = object.id
        try check(
            value.withUTF8 { bytes in
                unsafe bytes.withMemoryRebound(to: CChar.self) {
                    unsafe r1_h5_write_string(id, name, $0.baseAddress, $0.count)
                }
            }, path)
    }

    private static func check(_ result: herr_t, _ path: String) throws {
        if result < 0 { throw CheckpointError.cannotWrite(file: path, reason: HDF5.message()) }
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
