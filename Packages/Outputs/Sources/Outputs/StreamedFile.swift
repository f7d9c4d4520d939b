// Writes an output piece by piece; it appears when it is complete.
internal import Foundation

extension OutputClaim {
    /// Calls `body` with a file that takes the place of the output when `body` has returned.
    ///
    /// Another process sees the old file or the new one, never a part; when `body` throws, nothing changes.
    ///
    /// - Parameter body: Receives a function that appends bytes.
    /// - Returns: What `body` returns.
    /// - Throws: `OutputError.cannotWrite`, and what `body` throws.
    public func stream<Result>(_ body: (_ append: ([UInt8]) throws -> Void) throws -> Result) throws -> Result
    {
        let partial = "\(path).partial-\(getpid())"
        let descriptor = Foundation.open(
            partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw refusal() }
        do {
            defer { close(descriptor) }
            let result = try body { bytes in try append(bytes, to: descriptor) }
            guard fsync(descriptor) == 0 else { throw refusal() }
            guard rename(partial, path) == 0 else { throw refusal() }
            return result
        } catch {
            unlink(partial)
            throw error
        }
    }

    private func append(_ bytes: [UInt8], to descriptor: Int32) throws {
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress.map { $0 + start }, $0.count - start)
            }
            guard count > 0 || count < 0 && errno == EINTR else { throw refusal() }
            start += max(0, count)
        }
    }

    private func refusal() -> OutputError { .cannotWrite(path: path, reason: systemReason()) }
}
