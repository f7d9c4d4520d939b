// Memory-mapped files: opened, measured and mapped once, then used without a copy or read in pieces.
internal import Basics
import Foundation
internal import Hashes
internal import Synchronization

/// A read-only file mapped into memory.
///
/// Every range is checked against the file's size before a pointer is handed out. Access would fault if
/// another program shortened the file while it is mapped; our own writers never change a file in place, they
/// rename a finished one over it.
@safe final class MappedFile: Sendable {
    let path: String
    let byteCount: Int
    /// The file's identity and times when it was opened.
    let state: FileState
    private let descriptor: Int32
    /// Set once in `init` and only read afterwards, so sharing between threads is sound.
    private nonisolated(unsafe) let base: UnsafeMutableRawPointer?

    /// Maps a regular file; throws `CheckpointError.cannotOpen`.
    init(_ path: String) throws {
        self.path = path
        let (descriptor, byteCount) = try opening(path) { try openRegularFile(path) }
        do {
            state = try Self.state(of: descriptor, path)
            unsafe base = try Self.map(descriptor, byteCount, path)
        } catch {
            close(descriptor)
            throw error
        }
        self.byteCount = byteCount
        self.descriptor = descriptor
    }

    private static func state(of descriptor: Int32, _ path: String) throws -> FileState {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw CheckpointError.cannotOpen(file: path, reason: systemReason())
        }
        return FileState(status, path: path)
    }

    private static func map(_ descriptor: Int32, _ byteCount: Int, _ path: String) throws
        -> UnsafeMutableRawPointer?
    {
        guard byteCount > 0 else { return nil }
        let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw CheckpointError.cannotOpen(file: path, reason: systemReason())
        }
        return unsafe address
    }

    deinit {
        if let base = unsafe base { unsafe munmap(base, byteCount) }
        close(descriptor)
    }

    /// Gives `body` the bytes of `range`; throws `CheckpointError.damaged` when the file does not have them.
    func withBytes<R>(in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        try check(range)
        guard let base = unsafe base, !range.isEmpty else {
            return unsafe try body(UnsafeRawBufferPointer(start: nil, count: 0))
        }
        return unsafe try body(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    private func check(_ range: Range<Int>) throws {
        guard range.lowerBound >= 0, range.upperBound <= byteCount else {
            throw CheckpointError.damaged(
                file: path, problem: "bytes \(range) are outside the file of \(byteCount) bytes")
        }
    }

    /// Gives `body` the bytes of `range`, read instead of mapped, for a sequential pass in pieces.
    ///
    /// If the file is not in the page cache, this takes a third of the CPU time of touching mapped pages
    /// (docs/decisions.md). A range larger than the read buffer is mapped.
    ///
    /// Throws `CheckpointError.damaged` when the file does not have the range, and `.cannotOpen` with the
    /// system's message when the disk fails.
    func withPiece<R>(in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard range.count <= ReadBuffer.byteCount else { return unsafe try withBytes(in: range, body) }
        try check(range)
        return unsafe try ReadBuffer.withIdle { buffer in
            var done = 0
            while done < range.count {
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done..<range.count])
                let count = unsafe pread(
                    descriptor, rest.baseAddress, rest.count, off_t(range.lowerBound + done))
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else {
                    throw CheckpointError.cannotOpen(file: path, reason: systemReason())
                }
                guard count > 0 else {
                    throw CheckpointError.damaged(file: path, problem: "it was shortened while it was read")
                }
                done += count
            }
            return unsafe try body(UnsafeRawBufferPointer(rebasing: buffer[..<range.count]))
        }
    }

    /// Bytes that are hashed at a time.
    private static let hashedPiece = 1 << 20
    /// How far ahead of them the disk reads.
    private static let readAhead = 32 << 20

    /// The SHA-256 of the bytes of `range` in lower-case hexadecimal; throws as `withPiece(in:_:)` does.
    ///
    /// The disk reads ahead while a piece is hashed.
    func sha256(of range: Range<Int>) throws -> String {
        var hash = SHA256()
        expect(range.prefix(Self.readAhead))
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.hashedPiece) {
            let piece = range[start...].prefix(Self.hashedPiece)
            expect(range.dropFirst(start - range.lowerBound + Self.readAhead).prefix(Self.hashedPiece))
            unsafe try withPiece(in: piece) { unsafe hash.update($0) }
        }
        return hash.hexadecimal
    }

    /// Asks the system to read bytes soon; without an effect if it cannot.
    private func expect(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        #if os(Linux)
            _ = posix_fadvise(descriptor, off_t(range.lowerBound), off_t(range.count), POSIX_FADV_WILLNEED)
        #endif
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

/// A buffer for pieces of files, reused for the next piece: fresh pages for each would cost more than the
/// copy.
///
/// Sendable is sound because a buffer taken from the idle list has only one user.
@safe private final class ReadBuffer: @unchecked Sendable {
    /// Twice the batch size, because pieces can become half as long when they are rounded.
    static let byteCount = 2 * PageBuffer.batchByteCount

    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 4096)
    private static let idle = Mutex<[ReadBuffer]>([])

    deinit { unsafe bytes.deallocate() }

    /// Gives `body` a buffer; there are as many as there were concurrent callers.
    static func withIdle<R>(_ body: (UnsafeMutableRawBufferPointer) throws -> R) rethrows -> R {
        let buffer = idle.withLock { $0.popLast() } ?? ReadBuffer()
        defer { idle.withLock { $0.append(buffer) } }
        return unsafe try body(buffer.bytes)
    }
}
