// Memory for a tensor whose bytes are not in a file in the form that is needed.
internal import Basics
import Foundation

/// Page-aligned memory for one tensor.
///
/// It comes from mmap and not from the allocator, which ends the program when there is not enough memory.
/// Sendable is sound because the creator fills it before sharing it; afterwards it is only read.
@safe public final class PageBuffer: @unchecked Sendable {
    /// The bytes that are processed at a time when a tensor is read or written in pieces.
    static let batchByteCount = 4 << 20

    /// The memory, to be filled once.
    public let bytes: UnsafeMutableRawBufferPointer

    /// Allocates `byteCount` bytes for the item `name` of the file at `path`.
    ///
    /// Throws `CheckpointError.cannotOpen` when there is not enough memory.
    init(_ byteCount: Int, for name: String, of path: String) throws {
        guard byteCount > 0 else {
            unsafe bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            return
        }
        let address = unsafe mmap(
            nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw CheckpointError.cannotOpen(
                file: path,
                reason: "\(name) needs \(byteText(byteCount)) of memory: \(systemReason())")
        }
        unsafe bytes = UnsafeMutableRawBufferPointer(start: address, count: byteCount)
    }

    deinit {
        if let base = unsafe bytes.baseAddress { unsafe munmap(base, bytes.count) }
    }

    /// Gives `body` the bytes.
    public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        defer { withExtendedLifetime(self) {} }
        return unsafe try body(UnsafeRawBufferPointer(bytes))
    }
}
