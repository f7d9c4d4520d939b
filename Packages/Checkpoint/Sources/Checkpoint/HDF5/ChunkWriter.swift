// Compresses a tensor and writes its chunks on all cores; hashing and the allocation of chunks keep their
// order.
internal import Basics
internal import CChunks
internal import CHDF5
import Foundation
internal import Hashes
internal import Synchronization

/// Stores tensors as compressed chunks; its memory is one compressor per worker.
///
/// The HDF5 library only allocates each chunk; the bytes are written without it, because it writes one at a
/// time.
final class ChunkWriter: Sendable {
    /// The file driver that this needs; negative when the library did not register it.
    static let driver = r1_register_placing_driver()

    private let compressors: [ChunkCompressor]
    private let descriptor: Int32

    /// Writes into the file at `path`; throws `ChunkProblem` with the system's message.
    init(_ path: String) throws {
        compressors = try (0..<pipelineThreads).map { _ in try ChunkCompressor() }
        descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ChunkProblem(message: systemReason()) }
    }

    deinit { close(descriptor) }

    /// The hashes and places of a stored tensor.
    struct Result {
        /// The hash of the tensor's bytes.
        let sha256: String
        /// The hash of all stored chunks in order; empty if not requested.
        let storedHash: String
        /// Where each chunk is, an empty run for one that is left out.
        let runs: [Range<Int>]
    }

    /// Writes all chunks of a tensor into its data set.
    ///
    /// With `old`, the bytes of the same tensor in the base, only the difference (exclusive or) is stored,
    /// and equal chunks are left out. Stored chunks are hashed only if requested.
    func write(
        _ source: ByteSource, _ info: TensorInfo, against old: ByteSource?, _ grid: ChunkGrid,
        into set: hid_t, isHashingStored: Bool
    ) throws -> Result {
        let hash = Mutex(SHA256())
        let stored = Mutex((hash: SHA256(), runs: [Range<Int>]()))
        let batches = grid.batches
        let pieces = source.pieces(of: info)
        try pipelined(batches.count, workers: compressors) { compressor, number, order in
            unsafe try source.withBytes(in: pieces[number]) { bytes in
                unsafe try Self.compress(batches[number], bytes, against: old, grid, with: compressor)
                try order.pass(.first, number) { hash.withLock { unsafe $0.update(bytes) } }
                var runs: [Range<Int>] = []
                try order.pass(.second, number) {
                    runs = try batches[number].enumerated().map { slot, chunk in
                        unsafe try Self.place(compressor.packed(slot), at: grid.origin(chunk), in: set)
                    }
                    stored.withLock { stored in
                        stored.runs += runs
                        guard isHashingStored else { return }
                        for slot in runs.indices { unsafe stored.hash.update(compressor.packed(slot)) }
                    }
                }
                for (slot, run) in runs.enumerated() { unsafe try write(compressor.packed(slot), at: run) }
            }
        }
        return Result(
            sha256: hash.withLock { $0.hexadecimal },
            storedHash: isHashingStored ? stored.withLock { $0.hash.hexadecimal } : "",
            runs: stored.withLock { $0.runs })
    }

    /// Compresses adjacent chunks into the compressor's slots.
    private static func compress(
        _ batch: Range<Int>, _ bytes: UnsafeRawBufferPointer, against old: ByteSource?, _ grid: ChunkGrid,
        with compressor: ChunkCompressor
    ) throws {
        let start = grid.range(batch.lowerBound).lowerBound
        for (slot, number) in batch.enumerated() {
            let range = grid.range(number)
            let chunk = unsafe UnsafeRawBufferPointer(
                rebasing: bytes[range.lowerBound - start..<range.upperBound - start])
            if let old {
                unsafe try old.withBytes(in: range) {
                    unsafe try compressor.compress(chunk, without: $0, of: grid, into: slot)
                }
            } else {
                unsafe try compressor.compress(chunk, of: grid, into: slot)
            }
        }
    }

    /// Stores one compressed chunk, unless it is empty, and returns where it is.
    func store(_ packed: UnsafeRawBufferPointer, at origin: [UInt64], in set: hid_t) throws -> Range<Int> {
        let run = unsafe try Self.place(packed, at: origin, in: set)
        unsafe try write(packed, at: run)
        return run
    }

    /// Allocates a chunk in the file, unless it is empty.
    private static func place(
        _ packed: UnsafeRawBufferPointer, at origin: [UInt64], in set: hid_t
    ) throws -> Range<Int> {
        guard unsafe !packed.isEmpty else { return 0..<0 }
        r1_h5_prepare()
        var address: UInt64 = 0
        let result = unsafe r1_place_chunk(
            set, origin.map { hsize_t($0) }, packed.baseAddress, packed.count, &address)
        guard result >= 0, address <= UInt64(Int.max - (1 << 32)) else {
            throw ChunkProblem(message: HDF5.message())
        }
        return Int(address)..<Int(address) + packed.count
    }

    private func write(_ packed: UnsafeRawBufferPointer, at run: Range<Int>) throws {
        unsafe try writeAll(packed, to: descriptor, at: run.lowerBound, isKept: false)
    }
}
