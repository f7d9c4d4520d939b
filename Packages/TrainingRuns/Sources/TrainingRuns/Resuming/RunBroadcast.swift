// Sends a run to machines that do not have its folder, so that it can be resumed there.
internal import Basics
internal import Checkpoint
internal import Collectives
internal import Foundation

extension RunDirectory {
    /// A file that every process of a resumed run reads.
    private struct SentFile: Codable {
        let name: String
        let byteCount: Int
        /// What tells it from another file of this size.
        let content: String
    }

    /// The bytes of one message.
    private static let sentByteCount = 16 << 20

    /// Gives every process the settings of the run and a checkpoint; those that have the same files keep them.
    ///
    /// - Parameters:
    ///   - step: The completed steps of the checkpoint; nil for none.
    ///   - world: The processes; process 0 has the run.
    /// - Returns: The names of the files that were sent, the same in every process.
    /// - Throws: `RunError.cannotWrite`, what reading the files throws, and what the exchange throws.
    func broadcast(after step: Int?, over world: any World) throws -> [String] {
        var list: [UInt8] = []
        if world.rank == 0 {
            let known = try [configurationPath, identityPath].filter(FileManager.default.fileExists).map {
                try described($0, content: sha256(ofFile: $0))
            }
            let saved = try step.map { step in
                try described(
                    checkpoint(step), content: openCheckpoint(checkpoint(step)).identity ?? "no identity")
            }
            list = Array(try JSONEncoder().encode(known + (saved.map { [$0] } ?? [])))
        }
        try world.broadcast(&list, from: 0)
        var sent: [String] = []
        for file in try JSONDecoder().decode([SentFile].self, from: Data(list)) {
            let isMissing = try world.rank > 0 && !has(file)
            guard try world.largest(isMissing ? 1 : 0) > 0 else { continue }
            try send(file, over: world, writes: isMissing)
            sent.append(file.name)
        }
        return sent
    }

    private func described(_ file: String, content: String) throws -> SentFile {
        let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
        return SentFile(
            name: String(file.dropFirst(path.count + 1)), byteCount: size ?? 0, content: content)
    }

    /// Whether this machine has the same file.
    private func has(_ file: SentFile) throws -> Bool {
        let place = "\(path)/\(file.name)"
        guard FileManager.default.fileExists(atPath: place),
            try described(place, content: "").byteCount == file.byteCount
        else { return false }
        guard file.name.hasSuffix(".h5") else { return try sha256(ofFile: place) == file.content }
        do {
            return try openCheckpoint(place).identity == file.content
        } catch is CheckpointError {
            // It is no checkpoint that can be used, and is replaced.
            return false
        }
    }

    /// Sends a file from process 0 to all; those that lack it write it, and check a checkpoint.
    private func send(_ file: SentFile, over world: any World, writes: Bool) throws {
        let place = "\(path)/\(file.name)"
        // Two processes of a machine may write the same file.
        let partial = "\(place).received-\(getpid())-\(world.rank)"
        let source = world.rank == 0 ? try FileHandle(forReadingFrom: URL(fileURLWithPath: place)) : nil
        // It was only read, so an error of closing it loses nothing.
        defer { try? source?.close() }
        var target: FileHandle?
        if writes {
            target = try writing(partial) {
                let folder = (place as NSString).deletingLastPathComponent
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try Data().write(to: URL(fileURLWithPath: partial))
                return try FileHandle(forWritingTo: URL(fileURLWithPath: partial))
            }
        }
        // After the last step the file has its own name; before, the error that is thrown matters more.
        defer { if writes { try? FileManager.default.removeItem(atPath: partial) } }
        for start in stride(from: 0, to: file.byteCount, by: Self.sentByteCount) {
            let count = min(Self.sentByteCount, file.byteCount - start)
            var bytes = [UInt8](repeating: 0, count: count)
            if let source {
                bytes = Array(try source.read(upToCount: count) ?? Data())
                guard bytes.count == count else {
                    throw RunError.badFile(file: place, problem: "became shorter while it was read")
                }
            }
            try world.broadcast(&bytes, from: 0)
            try writing(partial) { try target?.write(contentsOf: Data(bytes)) }
        }
        guard writes else { return }
        if file.name.hasSuffix(".h5") { try openCheckpoint(partial).requireSound() }
        try writing(place) {
            try target?.close()
            guard rename(partial, place) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        }
    }

    private func writing<Result>(_ place: String, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch {
            throw RunError.cannotWrite(path: place, reason: systemReason(of: error))
        }
    }
}
