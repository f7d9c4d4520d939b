// Memory for a tensor that does not lie in a file as it is needed.
internal import Basics
import Foundation

/// Room for one tensor's bytes, which starts on a page.
///
/// Asked from the system and not from the allocator, since that one ends the program when there is not enough.
/// Sendable is sound because whoever makes it fills it before anyone else sees it; afterwards it is only read.
@safe public final class PageBuffer: @unchecked Sendable {
    /// The bytes that are worked on at a time where a tensor is read or written piece by piece.
    static let batchByteCount = 4 << 20

    /// The room, to be filled once.
    public let bytes: UnsafeMutableRawBufferPointer

    /// Room for a tensor of the file at `path`; throws `CheckpointError.cannotOpen` when there is not enough.
    public init(for info: TensorInfo, of path: String) throws {
        guard info.byteCount > 0 else {
            unsafe bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            return
        }
        let address = unsafe mmap(
            nil, info.byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else {
            throw CheckpointError.cannotOpen(
                file: path,
                reason: "\(info.name) needs \(byteText(info.byteCount)) of memory: \(systemReason())")
        }
        unsafe bytes = UnsafeMutableRawBufferPointer(start: address, count: info.byteCount)
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
