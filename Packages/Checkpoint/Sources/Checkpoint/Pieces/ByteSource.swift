// Bytes in pieces, and how they are hashed and written on all cores.
internal import Basics
internal import CLinux
import Foundation
internal import Hashes
internal import Synchronization

/// Bytes that can be read in pieces, from any thread, without being in memory as a whole.
///
/// Safe because pointers are valid only during a call.
@safe struct ByteSource: Sendable {
    let byteCount: Int
    private let read: @Sendable (Range<Int>, (UnsafeRawBufferPointer) throws -> Void) throws -> Void

    /// Bytes that `read` provides.
    init(
        byteCount: Int,
        read: @escaping @Sendable (Range<Int>, (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) {
        self.byteCount = byteCount
        unsafe self.read = read
    }

    /// Bytes in memory; they must stay valid while the source is used, and are only read.
    init(_ bytes: UnsafeRawBufferPointer) {
        nonisolated(unsafe) let bytes = unsafe bytes
        unsafe self.init(byteCount: bytes.count) { range, body in
            unsafe try body(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
    }

    /// A tensor of a model.
    init(_ reader: any CheckpointReader, _ info: TensorInfo) {
        unsafe self.init(
            byteCount: info.byteCount,
            read: { range, body in unsafe try reader.withBytes(of: info.name, in: range, body) })
    }

    /// Bytes of an array.
    init(_ bytes: [UInt8]) {
        unsafe self.init(byteCount: bytes.count) { range, body in
            unsafe try bytes.withUnsafeBytes { unsafe try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
        }
    }

    /// Gives `body` the bytes `range`, valid only during the call.
    func withBytes<R>(in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        var result: R?
        unsafe try read(range) { unsafe result = try body($0) }
        guard let result else { throw CancellationError() }
        return result
    }

    /// The pieces in which an item is processed: a few chunks of its grid each, as a compressed source stores
    /// them.
    func pieces(of info: TensorInfo) -> [Range<Int>] {
        guard let grid = ChunkGrid(info) else { return byteCount == 0 ? [] : [0..<byteCount] }
        return grid.batches.map { grid.range($0) }
    }
}

/// Writes a source's bytes into a file from `offset` on, on all cores, and returns their hash.
///
/// Throws `ChunkProblem` with the system's message when writing fails.
func writeHashed(_ source: ByteSource, _ info: TensorInfo, to descriptor: Int32, at offset: Int) throws
    -> String
{
    let pieces = source.pieces(of: info)
    let hash = Mutex(SHA256())
    try pipelined(pieces.count, workers: Array(0..<pipelineThreads)) { _, number, order in
        unsafe try source.withBytes(in: pieces[number]) { bytes in
            try order.pass(.first, number) { hash.withLock { unsafe $0.update(bytes) } }
            unsafe try writeAll(bytes, to: descriptor, at: offset + pieces[number].lowerBound)
        }
    }
    return hash.withLock { $0.hexadecimal }
}

/// Writes all bytes at an offset of a file; throws `ChunkProblem` with the system's message.
///
/// Unless `isKept`, the write bypasses the page cache where Linux can: data that is not read again soon would
/// evict other files and cost the writer time.
func writeAll(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int, isKept: Bool = true
) throws {
    var done = 0
    while done < bytes.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
        let place = off_t(offset + done)
        let count =
            unsafe isKept
            ? pwrite(descriptor, rest.baseAddress, rest.count, place)
            : r1_write_uncached(descriptor, rest.baseAddress, rest.count, place)
        guard count > 0 || count < 0 && errno == EINTR else { throw ChunkProblem(message: systemReason()) }
        done += max(0, count)
    }
}
