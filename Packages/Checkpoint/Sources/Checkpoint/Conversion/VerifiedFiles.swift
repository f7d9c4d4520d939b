// Remembers which files have their recorded hashes, so that a program that only reads a model verifies it once.
public import Foundation

/// A folder with one small file for each set of verified files.
///
/// A note is found again by device, inode, size and times of the files, so a changed file has none. It is a
/// memory of an earlier check, not a check: what a disk does to a file without writing to it is found only by
/// `CheckpointReader.requireSound()`, which everything that writes checkpoints calls.
public struct VerifiedFiles: Sendable {
    /// What was done for a model.
    public enum Outcome: Sendable, Equatable {
        /// All hashes were recomputed and are right.
        case verified
        /// They were recomputed at this time, and the files have not changed since.
        case remembered(Date)
        /// The format has no hashes.
        case noHashes
        /// The files are larger than the limit.
        case tooLarge(byteCount: Int)
    }

    private let folder: URL?

    /// The user's folder: `mixed-r1/verified` in `XDG_CACHE_HOME`, or in `~/.cache` without that variable.
    ///
    /// - Parameter environment: The variables of the process.
    public init(environment: [String: String]) {
        let cache =
            environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
            ?? environment["HOME"].flatMap { $0.hasPrefix("/") ? "\($0)/.cache" : nil }
        folder = cache.map { URL(fileURLWithPath: $0).appendingPathComponent("mixed-r1/verified") }
    }

    /// Verifies a model unless it was verified before and has not changed since.
    ///
    /// A folder that cannot be read or written only means that the next call verifies again.
    ///
    /// - Parameters:
    ///   - reader: The model.
    ///   - limit: The most bytes to verify.
    /// - Returns: What was done.
    /// - Throws: `CheckpointError.damaged` as `requireSound()` does.
    public func check(_ reader: any CheckpointReader, limit: Int) throws -> Outcome {
        let files = reader.hashedFiles
        guard !files.isEmpty else { return .noHashes }
        let note = folder.map { $0.appendingPathComponent(name(files)) }
        if let note, let date = date(of: note, files) { return .remembered(date) }
        let byteCount = files.reduce(0) { $0 + $1.byteCount }
        guard byteCount <= limit else { return .tooLarge(byteCount: byteCount) }
        let start = Date()
        try reader.requireSound()
        let isUnchanged = files.allSatisfy { FileState(of: $0.path) == $0 && !$0.isRecent(at: start) }
        if let note, isUnchanged { write(note, files) }
        return .verified
    }

    private func name(_ files: [FileState]) -> String { sha256(Array(text(files).utf8)) }

    private func text(_ files: [FileState]) -> String {
        "r1-verified 1\n" + files.map { "\($0.mark)\n" }.joined()
    }

    /// When the files were verified, or nil when there is no note of exactly these.
    private func date(of note: URL, _ files: [FileState]) -> Date? {
        guard let data = try? Data(contentsOf: note), data == Data(text(files).utf8) else { return nil }
        return FileState(of: note.path)?.modification
    }

    private func write(_ note: URL, _ files: [FileState]) {
        // A cache that cannot be written is no error; the next program verifies again.
        try? FileManager.default.createDirectory(
            at: note.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? Data(text(files).utf8).write(to: note, options: .atomic)
    }
}
