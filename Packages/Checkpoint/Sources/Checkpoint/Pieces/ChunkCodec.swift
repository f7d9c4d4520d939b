// Compresses and decompresses one chunk: byte shuffle, then zstd. ChunkGrid cuts tensors into chunks;
// ChunkWriter and UnpackedTensor process them on all cores.
internal import Basics
internal import CChunks
internal import CZstd

/// An error of one chunk, as a short message.
struct ChunkProblem: Error {
    let message: String

    static func zstd(_ code: Int) -> ChunkProblem {
        ChunkProblem(message: "zstd: \(unsafe String(cString: ZSTD_getErrorName(code)))")
    }
}

/// Shuffles and compresses chunks, one at a time; owns the buffers for it.
///
/// Sendable is sound because each is used by one worker of a `pipelined` call at a time.
@safe final class ChunkCompressor: @unchecked Sendable {
    private let context: OpaquePointer
    private let planes = UnsafeMutableRawBufferPointer.allocate(
        byteCount: ChunkGrid.maximumByteCount, alignment: 64)
    private let difference = UnsafeMutableRawBufferPointer.allocate(
        byteCount: ChunkGrid.maximumByteCount, alignment: 64)
    private let slots = UnsafeMutableRawBufferPointer.allocate(
        byteCount: ChunkGrid.batchLength * slotByteCount, alignment: 64)
    private var packedByteCounts = [Int](repeating: 0, count: ChunkGrid.batchLength)
    private static let slotByteCount = ZSTD_compressBound(ChunkGrid.maximumByteCount)

    /// The best and fastest of all settings on bfloat16 weights.
    ///
    /// Such weights have no long matches, only unevenly distributed bytes. A target length turns Huffman
    /// coding off unless `ZSTD_c_experimentalParam5` (`ZSTD_c_literalCompressionMode` in zstd.h) turns it on.
    /// Each chunk has a checksum, so that damage is located.
    private static let parameters: [(ZSTD_cParameter, Int32)] = [
        (ZSTD_c_compressionLevel, 1), (ZSTD_c_strategy, Int32(ZSTD_fast.rawValue)), (ZSTD_c_minMatch, 7),
        (ZSTD_c_targetLength, 131_072), (ZSTD_c_experimentalParam5, 1), (ZSTD_c_checksumFlag, 1),
    ]

    /// For differences, which are mostly zeros and so have long matches.
    private static let deltaParameters: [(ZSTD_cParameter, Int32)] = [
        (ZSTD_c_compressionLevel, 3), (ZSTD_c_checksumFlag, 1),
    ]

    init() throws {
        guard let context = unsafe ZSTD_createCCtx() else {
            throw ChunkProblem(message: "zstd: out of memory")
        }
        unsafe self.context = context
    }

    private func set(_ parameters: [(ZSTD_cParameter, Int32)]) throws {
        unsafe ZSTD_CCtx_reset(context, ZSTD_reset_parameters)
        for (parameter, value) in parameters {
            let code = unsafe ZSTD_CCtx_setParameter(context, parameter, value)
            guard ZSTD_isError(code) == 0 else { throw ChunkProblem.zstd(code) }
        }
    }

    deinit {
        unsafe ZSTD_freeCCtx(context)
        unsafe planes.deallocate()
        unsafe difference.deallocate()
        unsafe slots.deallocate()
    }

    /// Puts the stored form of a chunk into a slot.
    func compress(_ bytes: UnsafeRawBufferPointer, of grid: ChunkGrid, into slot: Int) throws {
        unsafe try compress(bytes, of: grid, Self.parameters, into: slot)
    }

    /// Puts the stored form of the difference between two chunks into a slot; nothing if they are equal.
    func compress(
        _ bytes: UnsafeRawBufferPointer, without old: UnsafeRawBufferPointer, of grid: ChunkGrid,
        into slot: Int
    ) throws {
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: difference[..<bytes.count])
        unsafe target.copyMemory(from: bytes)
        guard unsafe r1_xor(target.baseAddress, old.baseAddress, bytes.count) != 0 else {
            packedByteCounts[slot] = 0
            return
        }
        unsafe try compress(UnsafeRawBufferPointer(target), of: grid, Self.deltaParameters, into: slot)
    }

    /// The content of a slot; valid until the slot is used again.
    func packed(_ slot: Int) -> UnsafeRawBufferPointer {
        let start = slot * Self.slotByteCount
        return unsafe UnsafeRawBufferPointer(rebasing: slots[start..<start + packedByteCounts[slot]])
    }

    private func compress(
        _ bytes: UnsafeRawBufferPointer, of grid: ChunkGrid, _ parameters: [(ZSTD_cParameter, Int32)],
        into slot: Int
    ) throws {
        require(
            bytes.count <= grid.byteCount && grid.byteCount <= ChunkGrid.maximumByteCount,
            "compress: \(bytes.count) bytes do not fit into a chunk of \(grid.byteCount)")
        let size = grid.elementByteCount
        unsafe r1_shuffle(
            size, bytes.count / size, grid.byteCount / size, bytes.baseAddress, planes.baseAddress)
        try set(parameters)
        let target = unsafe UnsafeMutableRawBufferPointer(
            rebasing: slots[slot * Self.slotByteCount..<(slot + 1) * Self.slotByteCount])
        let count = unsafe ZSTD_compress2(
            context, target.baseAddress, target.count, planes.baseAddress, grid.byteCount)
        guard ZSTD_isError(count) == 0 else { throw ChunkProblem.zstd(count) }
        packedByteCounts[slot] = count
    }
}

/// Decompresses stored chunks, one at a time; owns the buffers for it.
///
/// Used from one thread.
@safe final class ChunkDecompressor {
    private let context: OpaquePointer
    private let planes = UnsafeMutableRawBufferPointer.allocate(
        byteCount: ChunkGrid.maximumByteCount, alignment: 64)

    /// zstd cannot pack more than this into one byte: a block holds up to 128 KiB and takes at least four.
    static let largestRatio = 1 << 15

    /// The most bytes that a chunk of this size takes in the file.
    static func largestStoredByteCount(_ byteCount: Int) -> Int { ZSTD_compressBound(byteCount) }

    init() throws {
        guard let context = unsafe ZSTD_createDCtx() else {
            throw ChunkProblem(message: "zstd: out of memory")
        }
        unsafe self.context = context
    }

    deinit {
        unsafe ZSTD_freeDCtx(context)
        unsafe planes.deallocate()
    }

    /// Fills `target` with the first bytes of a stored chunk, which must decompress to exactly one full
    /// chunk.
    func decompress(
        _ stored: UnsafeRawBufferPointer, of grid: ChunkGrid, into target: UnsafeMutableRawBufferPointer
    ) throws {
        require(
            target.count <= grid.byteCount && grid.byteCount <= ChunkGrid.maximumByteCount,
            "decompress: a chunk of \(grid.byteCount) bytes does not fill \(target.count)")
        let count = unsafe ZSTD_decompressDCtx(
            context, planes.baseAddress, grid.byteCount, stored.baseAddress, stored.count)
        guard ZSTD_isError(count) == 0 else { throw ChunkProblem.zstd(count) }
        guard count == grid.byteCount else {
            throw ChunkProblem(message: "it gives \(count) bytes instead of \(grid.byteCount)")
        }
        let size = grid.elementByteCount
        unsafe r1_unshuffle(
            size, target.count / size, grid.byteCount / size, planes.baseAddress, target.baseAddress)
    }
}
