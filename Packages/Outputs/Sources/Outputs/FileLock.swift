// A lock that a process holds on a folder or an output while it writes there.
internal import Foundation

/// The process that holds a lock.
public struct LockHolder: Equatable, Sendable, CustomStringConvertible {
    /// Its process id.
    public let pid: Int32
    /// The name of its machine.
    public let host: String
    /// When it took the lock, ISO 8601 in UTC.
    public let since: String

    /// This process, now.
    public static var current: LockHolder {
        LockHolder(pid: getpid(), host: hostName, since: Date().formatted(.iso8601))
    }

    private static var hostName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        // A name that does not fit is cut off; the last byte stays 0.
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "unknown" }
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The lines of a lock file.
    var text: String { "pid \(pid)\nhost \(host)\nsince \(since)\n" }

    init(pid: Int32, host: String, since: String) { (self.pid, self.host, self.since) = (pid, host, since) }

    /// Reads a lock file; nil when it is empty or cut off.
    init?(_ text: String) {
        var values: [Substring: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            if parts.count == 2 { values[parts[0]] = String(parts[1]) }
        }
        guard let pid = values["pid"].flatMap({ Int32($0) }), let host = values["host"],
            let since = values["since"]
        else { return nil }
        self.init(pid: pid, host: host, since: since)
    }

    /// The process, its machine and since when it holds the lock.
    public var description: String { "process \(pid) on \(host) since \(since)" }

    /// Whether a process with this id runs on this machine.
    var isAlive: Bool { isRunning(process: pid) }
}

/// A lock file, held by this process.
///
/// The system's lock (`flock`) decides: it ends with the process, however that ends, so a file that a crash
/// left behind locks nothing. The file's text is for people and for other machines, which may not see the
/// system's lock. The file is removed when the lock is released.
public final class FileLock: Sendable {
    /// The process that left the lock file behind when it crashed; nil when there was none.
    public let crashed: LockHolder?
    private let path: String
    private let descriptor: Int32

    /// Takes the lock without waiting.
    ///
    /// - Parameters:
    ///   - path: The lock file.
    ///   - subject: What is locked, for the error.
    /// - Throws: `OutputError.inUse`, `.otherHost` or `.cannotWrite`.
    public init(_ path: String, for subject: String) throws {
        self.path = path
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
            guard descriptor >= 0 else {
                throw OutputError.cannotWrite(path: subject, reason: "\(path): \(systemReason())")
            }
            do {
                let isExclusive = try Self.lock(descriptor, subject)
                guard Self.isAt(path, descriptor) else {
                    // The last holder has removed the file since it was opened.
                    close(descriptor)
                    continue
                }
                crashed = try Self.checkHolder(descriptor, path, subject, isExclusive: isExclusive)
                try Self.write(LockHolder.current.text, descriptor, path, subject)
                self.descriptor = descriptor
                return
            } catch {
                close(descriptor)
                throw error
            }
        }
    }

    deinit {
        // Unlink before unlocking: a process that already opened the file then finds it gone.
        unlink(path)
        close(descriptor)
    }

    /// Asks the system for the lock; false where the file system has no locks.
    private static func lock(_ descriptor: Int32, _ subject: String) throws -> Bool {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK: throw OutputError.inUse(path: subject, holder: holder(descriptor))
            case ENOSYS, ENOTSUP, ENOLCK: return false
            default:
                throw OutputError.cannotWrite(path: subject, reason: "cannot be locked: \(systemReason())")
            }
        }
        return true
    }

    /// Whether the open file is still the one at `path`.
    private static func isAt(_ path: String, _ descriptor: Int32) -> Bool {
        var (opened, named) = (stat(), stat())
        return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0
            && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
    }

    /// The holder that a lock file names, nil when it names none that may still run.
    private static func checkHolder(
        _ descriptor: Int32, _ path: String, _ subject: String, isExclusive: Bool
    ) throws -> LockHolder? {
        guard let holder = holder(descriptor) else { return nil }
        guard holder.host == LockHolder.current.host else {
            throw OutputError.otherHost(path: subject, lock: path, holder: holder)
        }
        if !isExclusive, holder.isAlive { throw OutputError.inUse(path: subject, holder: holder) }
        return holder
    }

    private static func holder(_ descriptor: Int32) -> LockHolder? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? LockHolder(String(decoding: bytes[..<count], as: UTF8.self)) : nil
    }

    private static func write(_ text: String, _ descriptor: Int32, _ path: String, _ subject: String) throws {
        let bytes = Array(text.utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
            let reason = systemReason()
            unlink(path)
            throw OutputError.cannotWrite(path: subject, reason: "\(path): \(reason)")
        }
    }
}

/// The system's message for the last failed call.
func systemReason(_ code: Int32 = errno) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
}
