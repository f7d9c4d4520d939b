// Files as memory: opened, measured and mapped once, read without copying.
import Foundation

/// A read-only file mapped into memory.
///
/// Every range is checked against the file's size before a pointer leaves. A file that someone else shortens while
/// it is mapped would fault; our own writers never change a file in place, they rename a finished one over it.
@safe final class MappedFile: Sendable {
    let path: String
    let byteCount: Int
    /// Set once in `init` and only read through, which is what makes sharing between threads sound.
    private nonisolated(unsafe) let base: UnsafeMutableRawPointer?

    /// Maps a regular file; throws `CheckpointError.cannotOpen`.
    init(_ path: String) throws {
        self.path = path
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CheckpointError.cannotOpen(file: path, reason: systemReason()) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw CheckpointError.cannotOpen(file: path, reason: systemReason())
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CheckpointError.cannotOpen(file: path, reason: "not a regular file")
        }
        byteCount = Int(status.st_size)
        guard byteCount > 0 else {
            unsafe base = nil
            return
        }
        let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw CheckpointError.cannotOpen(file: path, reason: systemReason())
        }
        unsafe base = address
    }

    deinit {
        if let base = unsafe base { unsafe munmap(base, byteCount) }
    }

    /// Gives `body` the bytes of `range`; throws `CheckpointError.damaged` when the file does not have them.
    func withBytes<R>(in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard range.lowerBound >= 0, range.upperBound <= byteCount else {
            throw CheckpointError.damaged(
                file: path, problem: "bytes \(range) lie outside the file of \(byteCount) bytes")
        }
        guard let base = unsafe base, !range.isEmpty else {
            return unsafe try body(UnsafeRawBufferPointer(start: nil, count: 0))
        }
        return unsafe try body(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    /// Asks the system to fetch what of `range` is not in memory; returns at once, and is free to do nothing.
    func willRead(_ range: Range<Int>) {
        let range = range.clamped(to: 0..<byteCount)
        guard let base = unsafe base, !range.isEmpty else { return }
        let start = range.lowerBound & ~4095
        unsafe _ = madvise(base + start, range.upperBound - start, MADV_WILLNEED)
    }

    /// A copy of the bytes of `range`.
    func bytes(in range: Range<Int>) throws -> [UInt8] {
        unsafe try withBytes(in: range) { unsafe Array($0) }
    }

    /// Whether the file begins with these bytes.
    func starts(with prefix: [UInt8]) -> Bool {
        guard byteCount >= prefix.count else { return false }
        return (try? bytes(in: 0..<prefix.count)) == prefix  // cannot throw: the range was just checked
    }
}

/// What a path leads to.
enum FileKind {
    case file, directory

    /// Looks at `path`; throws `CheckpointError.cannotOpen` when nothing is there.
    init(of path: String) throws {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw CheckpointError.cannotOpen(file: path, reason: systemReason())
        }
        self = status.st_mode & S_IFMT == S_IFDIR ? .directory : .file
    }

    /// The length of a file; throws `CheckpointError.cannotOpen` when nothing is there.
    static func byteCount(of path: String) throws -> Int {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw CheckpointError.cannotOpen(file: path, reason: systemReason())
        }
        return Int(status.st_size)
    }
}

/// A file as it is now, without reading it: whether it is still the same file with the same content.
func fileMark(_ path: String) throws -> String {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
        throw CheckpointError.cannotOpen(file: path, reason: systemReason())
    }
    let time = status.st_mtim
    return "\(path)\t\(status.st_ino)\t\(status.st_size)\t\(time.tv_sec).\(time.tv_nsec)"
}

/// The system's words for the last failed call.
func systemReason(_ code: Int32 = errno) -> String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
}
