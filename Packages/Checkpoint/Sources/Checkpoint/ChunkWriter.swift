// Compresses a tensor on all cores while its chunks are hashed and written in their order.
internal import CChunks
internal import CHDF5
import Foundation
internal import Synchronization

/// Stores tensors as compressed chunks; holds one compressor for each core, which is all the memory it needs.
struct ChunkWriter {
    private let compressors: [ChunkCompressor]

    init() throws {
        compressors = try (0..<workerCount).map { _ in try ChunkCompressor() }
    }

    /// What is known of a tensor once it is stored.
    struct Result {
        /// The hash of the tensor's bytes.
        let sha256: String
        /// The hash of the stored chunks one after another; empty where it is not asked for.
        let storedHash: String
        /// Where each chunk lies, an empty run for one that is left out; empty where it is not asked for.
        let runs: [Range<Int>]
    }

    /// Writes all chunks of a tensor into its data set.
    ///
    /// With `old`, the bytes of the same tensor elsewhere, only the difference is stored (exclusive or), and chunks
    /// without one are left out. Only where it is asked for are the places of the chunks found out, and the stored
    /// chunks hashed.
    func write(
        _ source: ByteSource, _ info: TensorInfo, against old: ByteSource?, _ grid: ChunkGrid,
        into set: hid_t,
        isLocating: Bool, isHashingStored: Bool
    ) throws -> Result {
        let hash = Mutex(RunningHash())
        let stored = Mutex((hash: RunningHash(), runs: [Range<Int>]()))
        let batches = grid.batches
        let pieces = source.pieces(of: info)
        try pipelined(batches.count, workers: compressors) { compressor, number, order in
            source.willRead(pieces, from: number)
            unsafe try source.withBytes(in: pieces[number]) { bytes in
                unsafe try Self.compress(batches[number], bytes, against: old, grid, with: compressor)
                try order.pass(.first, number) { hash.withLock { unsafe $0.update(bytes) } }
                try order.pass(.second, number) {
                    for (slot, chunk) in batches[number].enumerated() {
                        let packed = unsafe compressor.packed(slot)
                        let origin = grid.origin(chunk).map { hsize_t($0) }
                        let run = unsafe try Self.store(packed, at: origin, in: set, isLocating: isLocating)
                        stored.withLock { stored in
                            if isHashingStored { unsafe stored.hash.update(packed) }
                            if isLocating { stored.runs.append(run) }
                        }
                    }
                }
            }
        }
        return Result(
            sha256: hash.withLock { $0.hexadecimal },
            storedHash: isHashingStored ? stored.withLock { $0.hash.hexadecimal } : "",
            runs: stored.withLock { $0.runs })
    }

    /// Compresses neighbouring chunks into the compressor's slots.
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

    /// Stores one chunk, unless it is empty, and finds out where it lies when that is asked for.
    static func store(
        _ packed: UnsafeRawBufferPointer, at origin: [hsize_t], in set: hid_t, isLocating: Bool
    ) throws -> Range<Int> {
        guard unsafe !packed.isEmpty else { return 0..<0 }
        r1_h5_prepare()
        guard unsafe r1_h5_write_chunk(set, origin, packed.baseAddress, packed.count) >= 0 else {
            throw ChunkProblem(message: HDF5.message())
        }
        return isLocating ? try locate(origin, in: set) : 0..<0
    }

    private static func locate(_ origin: [hsize_t], in set: hid_t) throws -> Range<Int> {
        var chunk = r1_h5_chunk()
        unsafe withUnsafeMutableBytes(of: &chunk.origin) { target in
            unsafe origin.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
        }
        guard unsafe r1_h5_locate_chunk(set, &chunk) >= 0, chunk.offset <= UInt64(Int.max - (1 << 32)) else {
            throw ChunkProblem(message: HDF5.message())
        }
        return Int(chunk.offset)..<Int(chunk.offset + chunk.stored)
    }
}
