// Results appear whole or not at all: they are built under another name in the same directory and renamed at the
// end. What a killed program left behind is cleared away by the next one that writes to the same destination.
internal import CLinux
import Foundation
internal import Synchronization

/// A file or directory under construction, named `DESTINATION.partial-PID`.
final class PartialOutput {
    let destination: String
    let path: String
    private let parent: String
    private var isOpen = true

    /// The partial paths this process is writing; any other that carries its number is a leftover.
    private static let active = Mutex<Set<String>>([])

    /// Prepares a place for `byteCount` bytes; throws when the directory is absent, not writable, or too full.
    init(for destination: String, byteCount: Int) throws {
        var trimmed = destination[...]
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
        self.destination = String(trimmed)
        let name = fileName(of: self.destination)
        let prefix = self.destination.dropLast(name.utf8.count)
        parent = prefix.isEmpty ? "." : prefix.count > 1 ? String(prefix.dropLast()) : "/"
        path = "\(self.destination).partial-\(getpid())"
        guard isPlainFileName(name) else {
            throw CheckpointError.badName(name: destination, file: destination, problem: "is not a file name")
        }
        guard unsafe access(parent, W_OK | X_OK) == 0 else {
            throw CheckpointError.cannotWrite(
                file: destination, reason: "folder \(parent): \(systemReason())")
        }
        let claimed = Self.active.withLock { [path] in $0.insert(path).inserted }
        guard claimed else {
            isOpen = false
            throw CheckpointError.cannotWrite(file: destination, reason: "it is already being written")
        }
        do {
            try removeLeftovers(named: name)
            try checkSpace(byteCount)
        } catch {
            abandon()
            throw error
        }
    }

    deinit { abandon() }

    private func removeLeftovers(named name: String) throws {
        let entries = try attempting { try FileManager.default.contentsOfDirectory(atPath: parent) }
        let start = "\(name).partial-"
        for entry in entries where entry.hasPrefix(start) {
            guard let owner = pid_t(entry.dropFirst(start.count)) else { continue }
            let isAlive = owner != getpid() && (kill(owner, 0) == 0 || errno == EPERM)
            if !isAlive {
                try attempting { try FileManager.default.removeItem(atPath: "\(parent)/\(entry)") }
            }
        }
    }

    private func checkSpace(_ byteCount: Int) throws {
        var status = statvfs()
        guard unsafe statvfs(parent, &status) == 0 else {
            throw CheckpointError.cannotWrite(file: destination, reason: systemReason())
        }
        let available = Int(status.f_bavail) * Int(status.f_frsize)
        guard available >= byteCount else {
            throw CheckpointError.noSpace(file: destination, needed: byteCount, available: available)
        }
    }

    private func attempting<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch {
            throw CheckpointError.cannotWrite(file: destination, reason: systemReason())
        }
    }

    /// Claims the blocks for `byteCount` bytes now, so that a disk that fills up later does not hurt.
    ///
    /// Not every file system can; one that cannot is found out by the write that fails.
    func reserve(_ byteCount: Int) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CheckpointError.cannotWrite(file: destination, reason: systemReason())
        }
        defer { close(descriptor) }
        if fallocate(descriptor, Int32(R1_FALLOC_KEEP_SIZE), 0, byteCount) != 0, errno == ENOSPC {
            throw CheckpointError.cannotWrite(file: destination, reason: systemReason())
        }
    }

    /// Removes what was built; the destination stays as it was.
    func abandon() {
        guard isOpen else { return }
        isOpen = false
        if unsafe access(path, F_OK) == 0 {
            // Gives a file's space back even when something still has it open; on a directory it does nothing.
            unsafe truncate(path, 0)
            // What cannot be removed now is a leftover for the next writer, and there is nobody to tell in a deinit.
            try? FileManager.default.removeItem(atPath: path)
        }
        Self.active.withLock { [path] in _ = $0.remove(path) }
    }

    /// Puts the finished file in the destination's place, which it replaces in one step.
    func publishFile() throws {
        try synchronize(path, trim: true)
        try finish { unsafe rename(path, destination) }
    }

    /// Puts the finished directory in the destination's place; an existing one changes places with it and goes.
    func publishDirectory(replacing: Bool) throws {
        try synchronize(path, trim: false)
        guard replacing else {
            let flags = UInt32(R1_RENAME_NOREPLACE)
            return try finish { unsafe renameat2(AT_FDCWD, path, AT_FDCWD, destination, flags) }
        }
        let flags = UInt32(R1_RENAME_EXCHANGE)
        guard unsafe renameat2(AT_FDCWD, path, AT_FDCWD, destination, flags) == 0 else {
            throw CheckpointError.cannotWrite(
                file: destination, reason: "cannot exchange it for the new one: \(systemReason())")
        }
        try synchronize(parent, trim: false)
        abandon()
    }

    private func finish(_ renaming: () -> Int32) throws {
        guard renaming() == 0 else {
            throw CheckpointError.cannotWrite(file: destination, reason: systemReason())
        }
        isOpen = false
        Self.active.withLock { [path] in _ = $0.remove(path) }
        try synchronize(parent, trim: false)
    }

    /// Waits until a file or directory is on the disk; `trim` gives reserved blocks behind a file's end back.
    private func synchronize(_ item: String, trim: Bool) throws {
        let descriptor = unsafe open(item, (trim ? O_RDWR : O_RDONLY) | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CheckpointError.cannotWrite(file: destination, reason: systemReason())
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, !trim || ftruncate(descriptor, status.st_size) == 0,
            fsync(descriptor) == 0
        else { throw CheckpointError.cannotWrite(file: destination, reason: systemReason()) }
    }
}
