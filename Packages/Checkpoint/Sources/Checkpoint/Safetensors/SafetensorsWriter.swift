// Writes a model directory as published on the hub, shard by shard, whole or not at all.
internal import Basics
import Foundation
internal import Outputs

/// Builds a directory of safetensors files and side files under another name and renames it when it is
/// complete.
///
/// Without `commit()` nothing is left.
final class SafetensorsWriter {
    /// The directory that will appear.
    let path: String
    private let partial: PartialOutput
    private let replacing: Bool
    /// The journal entries of a killed run.
    private let known: [WritingJournal.Entry]

    /// Prepares a directory for `expectedByteCount` bytes.
    ///
    /// With `replacing`, a directory that holds only a safetensors checkpoint is exchanged for the new one at
    /// `commit()`. Throws `CheckpointError` when the destination is something else, or is not writable or
    /// full.
    convenience init(_ path: String, expectedByteCount: Int, replacing: Bool = false) throws {
        try self.init(path, expectedByteCount: expectedByteCount, replacing: replacing, recipe: nil)
    }

    /// Prepares a directory that a run with the same recipe can resume.
    init(_ path: String, expectedByteCount: Int, replacing: Bool, recipe: String?) throws {
        self.path = path
        self.replacing = try Self.checkDestination(path, replacing: replacing)
        partial = try PartialOutput(
            for: path, as: .directory, byteCount: expectedByteCount, recipe: recipe)
        known = partial.leftover?.entries ?? []
        if known.isEmpty {
            guard unsafe mkdir(partial.path, 0o777) == 0 else {
                throw CheckpointError.cannotWrite(file: path, reason: systemReason())
            }
        } else {
            try partial.adoptLeftover()
        }
    }

    /// Whether there is a directory to replace; throws when it must not be replaced.
    private static func checkDestination(_ path: String, replacing: Bool) throws -> Bool {
        guard unsafe access(path, F_OK) == 0 else { return false }
        guard replacing else { throw CheckpointError.alreadyExists(file: path) }
        guard try FileKind(of: path) == .directory else {
            throw CheckpointError.cannotWrite(file: path, reason: "it is a file, not a directory")
        }
        let entries: [String]
        do { entries = try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw CheckpointError.cannotOpen(file: path, reason: systemReason())
        }
        let holdsModel =
            entries.contains(SafetensorsDirectory.singleName)
            || entries.contains(SafetensorsDirectory.adapterName)
            || entries.contains(SafetensorsDirectory.indexName)
        let holdsFolders = try entries.contains { try FileKind(of: "\(path)/\($0)") == .directory }
        guard entries.isEmpty || holdsModel && !holdsFolders else {
            throw CheckpointError.cannotWrite(
                file: path, reason: "it is not a safetensors checkpoint, so it will not be replaced")
        }
        return true
    }

    /// Writes all tensors of a model, split as its plan says, or split anew when it has no plan.
    ///
    /// Throws `CheckpointError.damaged` for a tensor that does not have the hash that its file records.
    func addTensors(of reader: any CheckpointReader) throws {
        var count = ProgressCount(reader.tensors, { _ in })
        try addTensors(of: reader, &count)
    }

    func addTensors(
        of reader: any CheckpointReader, plan: ShardPlan? = nil, _ progress: inout ProgressCount
    ) throws {
        let plan = plan ?? reader.shardPlan ?? ShardPlan.split(reader.tensors)
        for (shard, tensors) in try plan.fitted(to: reader.tensors, location: reader.location) {
            let sound = try soundTensors(of: shard.name)
            try writeFile(shard.name) { descriptor in
                let length = UInt64(shard.header.count)
                try write(
                    (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + shard.header,
                    to: descriptor)
                var start = 8 + shard.header.count
                for tensor in tensors {
                    progress.begin(tensor)
                    let place = start..<start + tensor.byteCount
                    start = place.upperBound
                    if sound[tensor.name.nameBytes] == place {
                        progress.reused()
                    } else {
                        try add(tensor, of: reader, to: descriptor, at: place, in: shard.name)
                    }
                }
                try setLength(start, descriptor)
            }
        }
        if let index = plan.index { try addSideFile(index.name, index.bytes) }
    }

    private func add(
        _ tensor: TensorInfo, of reader: any CheckpointReader, to descriptor: Int32, at place: Range<Int>,
        in shard: String
    ) throws {
        let hash: String
        do {
            hash = try writeHashed(ByteSource(reader, tensor), tensor, to: descriptor, at: place.lowerBound)
        } catch let problem as ChunkProblem {
            throw CheckpointError.cannotWrite(file: path, reason: problem.message)
        }
        try ManifestEntry(section: .tensors, info: tensor, sha256: hash).expectHash(of: reader)
        try partial.journal?.add(
            WritingJournal.Entry(
                section: shard, name: tensor.name, sha256: hash, storedHash: hash, runs: [place]))
    }

    /// The places of tensors that a killed run wrote into a shard and whose hashes are correct.
    private func soundTensors(of shard: String) throws -> [NameBytes: Range<Int>] {
        let entries = known.filter { $0.section == shard && $0.runs.count == 1 }
        guard !entries.isEmpty, unsafe access("\(partial.path)/\(shard)", F_OK) == 0 else { return [:] }
        let file = try MappedFile("\(partial.path)/\(shard)")
        let sound = try parallelMap(entries.count) { number in
            let entry = entries[number]
            guard entry.runs[0].upperBound <= file.byteCount else { return false }
            return unsafe try file.withBytes(in: entry.runs[0]) { unsafe sha256($0) } == entry.sha256
        }
        for (entry, isSound) in zip(entries, sound) where isSound { try partial.journal?.add(entry) }
        return Dictionary(
            zip(entries, sound).filter(\.1).map { ($0.0.name.nameBytes, $0.0.runs[0]) },
            uniquingKeysWith: { _, last in last })
    }

    /// Writes a side file byte for byte.
    func addSideFile(_ name: String, _ bytes: [UInt8]) throws {
        try writeFile(name) {
            try write(bytes, to: $0)
            try setLength(bytes.count, $0)
        }
    }

    /// Makes the directory appear under its name.
    func commit() throws {
        try partial.publishDirectory(replacing: replacing)
    }

    private func writeFile(_ name: String, _ body: (Int32) throws -> Void) throws {
        guard isPlainFileName(name) else {
            throw CheckpointError.badName(name: name, file: path, problem: "is not a file name")
        }
        let descriptor = unsafe open(
            "\(partial.path)/\(name)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw CheckpointError.cannotWrite(file: "\(path)/\(name)", reason: systemReason())
        }
        defer { close(descriptor) }
        try body(descriptor)
        guard fsync(descriptor) == 0 else {
            throw CheckpointError.cannotWrite(file: "\(path)/\(name)", reason: systemReason())
        }
    }

    /// Truncates a file to its length: a killed run may have left more.
    private func setLength(_ length: Int, _ descriptor: Int32) throws {
        guard ftruncate(descriptor, off_t(length)) == 0 else {
            throw CheckpointError.cannotWrite(file: path, reason: systemReason())
        }
    }

    /// Writes bytes at the beginning of a file.
    private func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        do {
            unsafe try bytes.withUnsafeBytes { unsafe try writeAll($0, to: descriptor, at: 0) }
        } catch let problem as ChunkProblem {
            throw CheckpointError.cannotWrite(file: path, reason: problem.message)
        }
    }
}
