// Results appear whole or not at all: they are built under another name in the same directory and renamed at the
// end. What a killed program left behind is taken over by the next one that makes the same thing of the same source
// (WritingJournal.swift), and cleared away by any other that writes to the same destination.
internal import CLinux
import Foundation
internal import Synchronization

/// A file or directory under construction, named `DESTINATION.partial-PID`, with a journal beside it when it can be
/// gone on with.
final class PartialOutput {
    /// What a killed program left behind.
    struct Leftover {
        let path: String
        let entries: [WritingJournal.Entry]
    }

    let destination: String
    let path: String
    /// What is already in the result, for whoever goes on after a kill; nil when that is not possible.
    let journal: WritingJournal?
    /// What a killed program had made of the same source.
    private(set) var leftover: Leftover?
    private let parent: String
    private var isOpen = true

    /// The partial paths this process is writing; any other that carries its number is a leftover.
    private static let active = Mutex<Set<String>>([])

    /// Prepares a place for `byteCount` bytes; throws when the directory is absent, not writable, or too full.
    ///
    /// With a recipe, which says everything that the result depends on, a leftover of the same recipe is kept.
    /// With `inPlace` it becomes the result, so that the room it takes counts as free.
    init(for destination: String, byteCount: Int, recipe: String? = nil, inPlace: Bool = true) throws {
        var trimmed = destination[...]
        while trimmed.count > 1, trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
        self.destination = String(trimmed)
        let name = fileName(of: self.destination)
        let prefix = self.destination.dropLast(name.utf8.count)
        parent = prefix.isEmpty ? "." : prefix.count > 1 ? String(prefix.dropLast()) : "/"
        path = "\(self.destination).partial-\(getpid())"
        journal = recipe.map { [path] in WritingJournal(path + WritingJournal.suffix, recipe: $0) }
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

    /// Keeps the leftover of this recipe that has the most in it, and removes all others.
    private func takeLeftovers(named name: String) throws {
        let entries = try attempting { try FileManager.default.contentsOfDirectory(atPath: parent) }
        let start = "\(name).partial-"
        for entry in entries.sorted() where entry.hasPrefix(start) && !entry.hasSuffix(WritingJournal.suffix)
        {
            guard let owner = pid_t(entry.dropFirst(start.count)), !isAlive(owner) else { continue }
            let found = Leftover(
                path: "\(parent)/\(entry)",
                entries: journal?.entries(of: "\(parent)/\(entry)\(WritingJournal.suffix)") ?? [])
            let isOwn = found.path == path  // It would be in the way.
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

    /// Whether a process other than this one is there; what carries this one's number is older than it.
    private func isAlive(_ owner: pid_t) -> Bool {
        owner != getpid() && (kill(owner, 0) == 0 || errno == EPERM)
    }

    private func remove(_ leftover: Leftover) throws {
        for item in [leftover.path, leftover.journalPath] where unsafe access(item, F_OK) == 0 {
            try attempting { try FileManager.default.removeItem(atPath: item) }
        }
    }

    /// Puts the leftover in the place of what is being built.
    func adoptLeftover() throws {
        guard let leftover else { return }
        guard unsafe rename(leftover.path, path) == 0 else {
            throw CheckpointError.cannotWrite(file: destination, reason: systemReason())
        }
        try dropLeftover()
    }

    /// Removes the leftover, or what is still there of it.
    func dropLeftover() throws {
        try leftover.map(remove)
        leftover = nil
    }

    /// Checks the room that is free; a leftover goes when there is not enough beside it.
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

    /// The room that a file, or all files of a directory, take on the disk.
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
        journal?.end()
        // Nor is there anybody to tell about an older leftover, which the next writer finds as well.
        try? dropLeftover()
        Self.active.withLock { [path] in _ = $0.remove(path) }
    }

    /// Puts the finished file in the destination's place, which it replaces in one step.
    func publishFile() throws {
        try synchronize(path, trim: true)
        try endJournal()
        try finish { unsafe rename(path, destination) }
    }

    /// Puts the finished directory in the destination's place; an existing one changes places with it and goes.
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
                file: destination, reason: "cannot exchange it for the new one: \(systemReason())")
        }
        try synchronize(parent, trim: false)
        abandon()
    }

    /// Ends what a later run could go on with; before the renaming, so that no kill leaves a journal beside a result.
    private func endJournal() throws {
        journal?.end()
        try dropLeftover()
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

extension PartialOutput.Leftover {
    var journalPath: String { path + WritingJournal.suffix }
}
