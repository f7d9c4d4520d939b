// Results appear whole or not at all: they are built under another name in the same directory and renamed at
// the end. The leftover of a killed program is resumed by the next run that makes the same result from the
// same source (WritingJournal.swift), and removed by any other run that writes to the same destination.
internal import CLinux
import Foundation
internal import Outputs
internal import Synchronization

/// A file or directory under construction, named `DESTINATION.partial-PID`, with a journal next to it if it
/// can be resumed.
final class PartialOutput {
    /// The unfinished result of a killed program.
    struct Leftover {
        let path: String
        let entries: [WritingJournal.Entry]
    }

    let destination: String
    let path: String
    /// The items that are already in the result, for a run that resumes; nil when resuming is not possible.
    let journal: WritingJournal?
    /// The unfinished result that a killed program made from the same source.
    private(set) var leftover: Leftover?
    private let parent: String
    /// Keeps other processes from writing the same destination; nil once this one has finished.
    private var claim: OutputClaim?
    private var isOpen = true

    /// The partial paths this process is writing; any other path with its PID is a leftover.
    private static let active = Mutex<Set<String>>([])

    /// Prepares space for `byteCount` bytes; throws when the directory is missing, not writable, or too full.
    ///
    /// With a recipe, which identifies everything that the result depends on, a leftover with the same recipe
    /// is kept.
    /// With `inPlace` the leftover becomes the result, so its space counts as free.
    init(
        for destination: String, as kind: OutputClaim.Kind = .file, byteCount: Int, recipe: String? = nil,
        inPlace: Bool = true
    ) throws {
        guard isPlainFileName(fileName(of: destination)) else {
            throw CheckpointError.badName(name: destination, file: destination, problem: "is not a file name")
        }
        let claim: OutputClaim
        do { claim = try OutputClaim(destination, as: kind, existing: .replaced) } catch let error
            as OutputError
        {
            throw CheckpointError.cannotWrite(file: error.path, reason: error.reason)
        }
        self.claim = claim
        self.destination = claim.path
        let name = fileName(of: self.destination)
        let prefix = self.destination.dropLast(name.utf8.count)
        parent = prefix.isEmpty ? "." : prefix.count > 1 ? String(prefix.dropLast()) : "/"
        path = "\(self.destination).partial-\(getpid())"
        journal = recipe.map { [path] in WritingJournal(path + WritingJournal.suffix, recipe: $0) }
        let claimed = Self.active.withLock { [path] in $0.insert(path).inserted }
        guard claimed else {
            isOpen = false
            throw CheckpointError.cannotWrite(file: destination, reason: "it is already being written")
        }
        do {
            try takeLeftovers(named: name)
            try checkSpace(
                byteCount, reusing: inPlace ? leftover.map { Self.byteCount(of: $0.path) } ?? 0 : 0)
            try journal?.begin()
        } catch {
            abandon()
            throw error
        }
    }

    deinit { abandon() }

    /// Keeps the leftover with this recipe that has the most entries, and removes all others.
    private func takeLeftovers(named name: String) throws {
        let entries = try attempting { try FileManager.default.contentsOfDirectory(atPath: parent) }
        let start = "\(name).partial-"
        for entry in entries.sorted() where entry.hasPrefix(start) && !entry.hasSuffix(WritingJournal.suffix)
        {
            guard let owner = pid_t(entry.dropFirst(start.count)), !isAlive(owner) else { continue }
            let found = Leftover(
                path: "\(parent)/\(entry)",
                entries: journal?.entries(of: "\(parent)/\(entry)\(WritingJournal.suffix)") ?? [])
            let isOwn = found.path == path  // It has the name of the new result.
            if !isOwn, found.entries.count > leftover?.entries.count ?? 0 {
                try leftover.map(remove)
                leftover = found
            } else {
                try remove(found)
            }
        }
        for entry in entries where entry.hasPrefix(start) && entry.hasSuffix(WritingJournal.suffix) {
            let owner = pid_t(entry.dropFirst(start.count).dropLast(WritingJournal.suffix.count))
            guard let owner, !isAlive(owner), "\(parent)/\(entry)" != leftover?.journalPath,
                unsafe access("\(parent)/\(entry)", F_OK) == 0
            else { continue }
            try attempting { try FileManager.default.removeItem(atPath: "\(parent)/\(entry)") }
        }
    }

    /// Whether another process with this PID is running; a leftover with our own PID is from an earlier
    /// process.
    private func isAlive(_ owner: pid_t) -> Bool {
        owner != getpid() && isRunning(process: owner)
    }

    private func remove(_ leftover: Leftover) throws {
        for item in [leftover.path, leftover.journalPath] where unsafe access(item, F_OK) == 0 {
            try attempting { try FileManager.default.removeItem(atPath: item) }
        }
    }

    /// Renames the leftover to the path under construction.
    func adoptLeftover() throws {
        guard let leftover else { return }
        guard unsafe rename(leftover.path, path) == 0 else {
            throw CheckpointError.cannotWrite(file: destination, reason: systemReason())
        }
        try dropLeftover()
    }

    /// Removes the leftover, or the rest of it.
    func dropLeftover() throws {
        try leftover.map(remove)
        leftover = nil
    }

    /// Checks the free space; a leftover is removed when there is not enough space beside it.
    private func checkSpace(_ byteCount: Int, reusing reused: Int) throws {
        var available = try freeByteCount() + reused
        if available < byteCount, leftover != nil {
            try dropLeftover()
            available = try freeByteCount()
        }
        guard available >= byteCount else {
            throw CheckpointError.noSpace(file: destination, needed: byteCount, available: available)
        }
    }

    /// The disk space that a file, or all files of a directory, take.
    private static func byteCount(of path: String) -> Int {
        let inside = FileManager.default.subpaths(atPath: path) ?? []
        return ([path] + inside.map { "\(path)/\($0)" }).reduce(0) { sum, item in
            var status = stat()
            return unsafe stat(item, &status) == 0 ? sum + Int(status.st_blocks) * 512 : sum
        }
    }

    private func freeByteCount() throws -> Int {
        var status = statvfs()
        guard unsafe statvfs(parent, &status) == 0 else {
            throw CheckpointError.cannotWrite(file: destination, reason: systemReason())
        }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    private func attempting<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch {
            throw CheckpointError.cannotWrite(file: destination, reason: systemReason())
        }
    }

    /// Reserves the blocks for `byteCount` bytes, so that a disk that fills up later does no harm.
    ///
    /// Not every file system supports this; without it a later write may fail.
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

    /// Removes the partial result; the destination is unchanged.
    func abandon() {
        guard isOpen else { return }
        isOpen = false
        defer { claim = nil }
        if unsafe access(path, F_OK) == 0 {
            // Frees a file's space even if it is still open; has no effect on a directory.
            unsafe truncate(path, 0)
            // If removing fails, the next writer finds a leftover; a deinit cannot report the error.
            try? FileManager.default.removeItem(atPath: path)
        }
        journal?.end()
        // The same holds for an older leftover.
        try? dropLeftover()
        Self.active.withLock { [path] in _ = $0.remove(path) }
    }

    /// Renames the finished file to the destination, which it replaces atomically.
    func publishFile() throws {
        try synchronize(path, trim: true)
        try endJournal()
        try finish { unsafe rename(path, destination) }
    }

    /// Renames the finished directory to the destination; an existing one is exchanged atomically and
    /// removed.
    func publishDirectory(replacing: Bool) throws {
        try synchronize(path, trim: false)
        try endJournal()
        guard replacing else {
            let flags = UInt32(R1_RENAME_NOREPLACE)
            return try finish { unsafe renameat2(AT_FDCWD, path, AT_FDCWD, destination, flags) }
        }
        let flags = UInt32(R1_RENAME_EXCHANGE)
        guard unsafe renameat2(AT_FDCWD, path, AT_FDCWD, destination, flags) == 0 else {
            throw CheckpointError.cannotWrite(
                file: destination, reason: "cannot exchange it with the new one: \(systemReason())")
        }
        try synchronize(parent, trim: false)
        abandon()
    }

    /// Removes the journal and leftover before the renaming, so that a kill cannot leave a journal next to a
    /// result.
    private func endJournal() throws {
        journal?.end()
        try dropLeftover()
    }

    private func finish(_ renaming: () -> Int32) throws {
        guard renaming() == 0 else {
            throw CheckpointError.cannotWrite(file: destination, reason: systemReason())
        }
        isOpen = false
        claim = nil
        Self.active.withLock { [path] in _ = $0.remove(path) }
        try synchronize(parent, trim: false)
    }

    /// Waits until a file or directory is on the disk; `trim` frees reserved blocks after a file's end.
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

extension PartialOutput.Leftover {
    var journalPath: String { path + WritingJournal.suffix }
}
