// Writes a model directory as the hub publishes it, shard by shard, whole or not at all.
import Foundation

/// Builds a directory of safetensors files and side files under another name and renames it when it is complete.
///
/// Without `commit()` nothing stays behind.
public final class SafetensorsWriter {
    /// The directory that will appear.
    public let path: String
    private let partial: PartialOutput
    private let replacing: Bool

    /// Prepares a directory for `expectedByteCount` bytes.
    ///
    /// With `replacing`, a directory that holds nothing but a safetensors checkpoint is exchanged for the new one at
    /// `commit()`. Throws `CheckpointError` when something else stands there, or the place is not writable or full.
    public init(_ path: String, expectedByteCount: Int, replacing: Bool = false) throws {
        self.path = path
        self.replacing = try Self.checkDestination(path, replacing: replacing)
        partial = try PartialOutput(for: path, byteCount: expectedByteCount)
        guard unsafe mkdir(partial.path, 0o777) == 0 else {
            throw CheckpointError.cannotWrite(file: path, reason: systemReason())
        }
    }

    /// Whether there is a directory to be replaced; throws when there is one that must stay.
    private static func checkDestination(_ path: String, replacing: Bool) throws -> Bool {
        guard unsafe access(path, F_OK) == 0 else { return false }
        guard replacing else { throw CheckpointError.alreadyExists(file: path) }
        guard try FileKind(of: path) == .directory else {
            throw CheckpointError.cannotWrite(file: path, reason: "a file stands where a directory should go")
        }
        let entries: [String]
        do { entries = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw CheckpointError.cannotOpen(file: path, reason: systemReason())
        }
        let holdsModel =
            entries.contains(SafetensorsDirectory.singleName)
            || entries.contains(SafetensorsDirectory.indexName)
        let holdsFolders = try entries.contains { try FileKind(of: "\(path)/\($0)") == .directory }
        guard entries.isEmpty || holdsModel && !holdsFolders else {
            throw CheckpointError.cannotWrite(
                file: path, reason: "it is not a safetensors checkpoint, so it will not be replaced")
        }
        return true
    }

    /// Writes all tensors of a model with the split of its plan, or a new split when it has none.
    public func addTensors(of reader: any CheckpointReader) throws {
        let plan = reader.shardPlan ?? ShardPlan.split(reader.tensors)
        for (shard, tensors) in try plan.fitted(to: reader.tensors, location: reader.location) {
            try writeFile(shard.name) { descriptor in
                let length = UInt64(shard.header.count)
                try write(
                    (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + shard.header,
                    to: descriptor)
                for tensor in tensors {
                    unsafe try reader.withBytes(of: tensor.name) { unsafe try write($0, to: descriptor) }
                }
            }
        }
        if let index = plan.index { try addSideFile(index.name, index.bytes) }
    }

    /// Writes a side file byte for byte.
    public func addSideFile(_ name: String, _ bytes: [UInt8]) throws {
        try writeFile(name) { try write(bytes, to: $0) }
    }

    /// Makes the directory appear under its name.
    public func commit() throws {
        try partial.publishDirectory(replacing: replacing)
    }

    private func writeFile(_ name: String, _ body: (Int32) throws -> Void) throws {
        guard isPlainFileName(name) else {
            throw CheckpointError.badName(name: name, file: path, problem: "is not a file name")
        }
        let descriptor = unsafe open(
            "\(partial.path)/\(name)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw CheckpointError.cannotWrite(file: "\(path)/\(name)", reason: systemReason())
        }
        defer { close(descriptor) }
        try body(descriptor)
        guard fsync(descriptor) == 0 else {
            throw CheckpointError.cannotWrite(file: "\(path)/\(name)", reason: systemReason())
        }
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        unsafe try bytes.withUnsafeBytes { unsafe try write($0, to: descriptor) }
    }

    private func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
        var rest = unsafe bytes[...]
        while unsafe !rest.isEmpty {
            let count = unsafe Foundation.write(
                descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            guard count > 0 || count < 0 && errno == EINTR else {
                throw CheckpointError.cannotWrite(file: path, reason: systemReason())
            }
            if count > 0 { unsafe rest = unsafe rest.dropFirst(count) }
        }
    }
}
