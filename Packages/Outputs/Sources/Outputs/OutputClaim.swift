// One mechanism for everything that a program writes: is it a place for a result, may it be replaced, is it an
// input, does another process write it.
internal import Foundation
internal import Synchronization

/// The right to write one output, held until the claim is gone.
///
/// A lock file `OUTPUT.lock` next to the output keeps other processes away. Claims of one output inside a
/// process share the lock: a command claims its output before long work, and the writer claims it again.
public final class OutputClaim: Sendable {
    /// What an output is.
    public enum Kind: Sendable { case file, directory }

    /// What may happen to an existing output.
    public enum Existing: Sendable {
        /// It is an error, `OutputError.exists`.
        case refused
        /// The result takes its place, or continues it.
        case replaced
    }

    /// Where to write: the output, or what a symbolic link at its path leads to.
    public let path: String
    /// The output as it was named.
    private let name: String
    private let lock: String

    /// The locks that this process holds, by their paths.
    private static let held = Mutex<[String: (lock: FileLock, count: Int)]>([:])

    /// Claims an output.
    ///
    /// - Parameters:
    ///   - path: The output. A symbolic link is followed, so that it stays a link.
    ///   - kind: What will be written. What is there must be of the same kind.
    ///   - existing: What may happen to something that is there.
    ///   - inputs: Files and folders that the program reads; none of them may be the output or inside it.
    /// - Throws: `OutputError`.
    public init(
        _ path: String, as kind: Kind = .file, existing: Existing, inputs: [String] = []
    ) throws {
        name = path
        self.path = try Self.target(of: path)
        try Self.check(self.path, path, kind, existing)
        try Self.checkInputs(self.path, path, inputs)
        lock = try Self.takeLock(self.path, path)
        // Another process may have finished the output before the lock was free.
        do { try Self.check(self.path, path, kind, existing) } catch {
            Self.releaseLock(lock)
            throw error
        }
    }

    deinit { Self.releaseLock(lock) }

    /// Whether two claims are for one output.
    public func isSame(as other: OutputClaim) -> Bool { lock == other.lock }

    /// Throws `OutputError.isInput` when the output is one of `inputs`, or a directory that holds one.
    public func requireNoInput(_ inputs: [String]) throws {
        try Self.checkInputs(path, name, inputs)
    }

    /// Where to write: the path without slashes at its end, or what a link leads to.
    private static func target(of path: String) throws -> String {
        var trimmed = path[...]
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
        let path = String(trimmed)
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
        guard let target = realPath(path) else {
            throw OutputError.wrongKind(
                path: path, problem: "it is a symbolic link to something that is not there; remove it first")
        }
        return target
    }

    private static func check(_ path: String, _ name: String, _ kind: Kind, _ existing: Existing) throws {
        guard let found = FileIdentity(path) else { return }
        switch (found.kind, kind) {
        case (.file, .file), (.directory, .directory): break
        case (.directory, .file): throw OutputError.wrongKind(path: name, problem: "it is a directory")
        case (.file, .directory):
            if existing == .refused { break }
            throw OutputError.wrongKind(path: name, problem: "it is a file, not a directory")
        case (.device, _): throw OutputError.wrongKind(path: name, problem: "it is a device")
        case (.pipe, _): throw OutputError.wrongKind(path: name, problem: "it is a pipe")
        case (.socket, _): throw OutputError.wrongKind(path: name, problem: "it is a socket")
        }
        if existing == .refused { throw OutputError.exists(path: name) }
    }

    private static func checkInputs(_ path: String, _ name: String, _ inputs: [String]) throws {
        guard let output = FileIdentity(path) else { return }
        if let input = inputs.first(where: output.holds) {
            throw OutputError.isInput(path: name, input: input)
        }
    }

    private static func takeLock(_ path: String, _ name: String) throws -> String {
        let parent = parentFolder(path)
        guard access(parent, W_OK | X_OK) == 0, let folder = realPath(parent) else {
            throw OutputError.cannotWrite(path: name, reason: "folder \(parent): \(systemReason())")
        }
        let lock = "\(folder)/\(path.split(separator: "/").last ?? "").lock"
        try held.withLock { held in
            if let entry = held[lock] {
                held[lock] = (entry.lock, entry.count + 1)
            } else {
                held[lock] = (try FileLock(lock, for: name), 1)
            }
        }
        return lock
    }

    private static func releaseLock(_ lock: String) {
        held.withLock { held in
            guard let entry = held[lock] else { return }
            held[lock] = entry.count > 1 ? (entry.lock, entry.count - 1) : nil
        }
    }
}
