// Writes a large output piece by piece; it appears when it is complete.
internal import Foundation

/// An output that is written piece by piece.
///
/// The pieces go to a file beside the output, which takes the output's place in `finish`. Without `finish` nothing
/// is left behind.
public final class StreamedFile {
    private static let bufferSize = 1 << 20
    private let claim: OutputClaim
    private let partial: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var isFinished = false

    /// Begins an output.
    ///
    /// - Throws: `OutputError.cannotWrite`.
    public init(_ claim: OutputClaim) throws {
        self.claim = claim
        partial = "\(claim.path).partial-\(getpid())"
        descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw Self.refused(claim) }
        buffer.reserveCapacity(Self.bufferSize)
    }

    deinit {
        close(descriptor)
        if !isFinished { unlink(partial) }
    }

    /// Appends bytes; throws `OutputError.cannotWrite`.
    public func append(_ bytes: some Sequence<UInt8>) throws {
        buffer += bytes
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Appends a text; throws `OutputError.cannotWrite`.
    public func append(_ text: String) throws { try append(text.utf8) }

    /// Completes the output.
    ///
    /// - Throws: `OutputError.cannotWrite`; then the old file, if any, is unchanged.
    public func finish() throws {
        try flush()
        guard fsync(descriptor) == 0, rename(partial, claim.path) == 0 else { throw Self.refused(claim) }
        isFinished = true
    }

    private func flush() throws {
        var start = 0
        while start < buffer.count {
            let count = buffer.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: start), $0.count - start)
            }
            guard count > 0 || count < 0 && errno == EINTR else { throw Self.refused(claim) }
            start += max(0, count)
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private static func refused(_ claim: OutputClaim) -> OutputError {
        .cannotWrite(path: claim.path, reason: systemReason())
    }
}

extension OutputClaim {
    /// Calls `body` with a function that appends bytes to the output, which appears when `body` has returned.
    ///
    /// - Parameter body: Receives the function.
    /// - Returns: What `body` returns.
    /// - Throws: `OutputError.cannotWrite`, and what `body` throws; then the old file, if any, is unchanged.
    public func stream<Result>(_ body: (_ append: ([UInt8]) throws -> Void) throws -> Result) throws -> Result
    {
        let file = try StreamedFile(self)
        let result = try body { bytes in try file.append(bytes) }
        try file.finish()
        return result
    }
}
