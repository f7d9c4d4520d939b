// Writes an output whole, or continues one in place.
public import Foundation

extension OutputClaim {
    /// Writes the whole output: another process sees the old file or the new one, never a part.
    ///
    /// - Throws: `OutputError.cannotWrite`; then the old file, if any, is unchanged.
    public func write(_ data: Data) throws {
        let partial = "\(path).partial-\(getpid())"
        let descriptor = Foundation.open(
            partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw refused() }
        do {
            defer { close(descriptor) }
            try writeAll(data, to: descriptor)
            guard fsync(descriptor) == 0 else { throw refused() }
            guard rename(partial, path) == 0 else { throw refused() }
        } catch {
            unlink(partial)
            throw error
        }
    }

    /// Opens the output to continue it after its first `byteCount` bytes; what follows them is removed.
    ///
    /// The file itself is locked, too: a hard link gives it a second name.
    ///
    /// - Parameter byteCount: The bytes to keep; nil keeps all.
    /// - Returns: The open file, at its end.
    /// - Throws: `OutputError`.
    public func open(keeping byteCount: Int? = nil) throws -> FileHandle {
        let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw refused() }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
            throw OutputError.inUse(path: path, holder: nil)
        }
        if let byteCount, ftruncate(descriptor, off_t(byteCount)) != 0 { throw refused() }
        guard lseek(descriptor, 0, SEEK_END) >= 0 else { throw refused() }
        return handle
    }

    private func writeAll(_ data: Data, to descriptor: Int32) throws {
        var rest = [UInt8](data)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || count < 0 && errno == EINTR else { throw refused() }
            rest = rest.dropFirst(max(0, count))
        }
    }

    private func refused() -> OutputError { .cannotWrite(path: path, reason: systemReason()) }
}
