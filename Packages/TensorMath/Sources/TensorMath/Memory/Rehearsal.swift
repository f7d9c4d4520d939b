// A rehearsal: the real operations without memory and without arithmetic, to know what they will need.
//
// Every tensor counts its bytes, shares and frees them as usual, but all of them are one region of memory whose contents
// mean nothing. Kernels and products are left out. So the most bytes that are live, and the number of multiplications,
// come from the code that will run, for every model, and not from formulas beside it.
internal import Basics
internal import Foundation
internal import Synchronization

/// What operations would need, found by running them without arithmetic.
///
/// Values of tensors are undefined in a rehearsal, those that are read as arrays are zeros. Only the thread that
/// rehearses is affected.
public final class Rehearsal: Sendable {
    @TaskLocal static var current: Rehearsal?

    private struct Counts: Sendable {
        var blocks = MemoryPool.Blocks()
        var cache = 0
        var peakCache = 0
        var work = 0.0
        var drawnCount: UInt64 = 0
        var drawn: [Int32] = [0]
        var region: MemoryPool.Block?
        /// Regions that were too small; tensors may still refer to them.
        var outgrown: [MemoryPool.Block] = []
    }

    private let counts = Mutex(Counts())

    /// A rehearsal without tensors.
    public init() {}

    /// Sets what is drawn from rows of logits: tokens of this list, in a shuffled order, so that answers differ.
    public func draw(from tokens: [Int32]) {
        require(!tokens.isEmpty, "a rehearsal draws from no tokens")
        counts.withLock { $0.drawn = tokens }
    }

    deinit {
        counts.withLock { counts in
            for block in counts.outgrown + [counts.region].compactMap({ $0 }) {
                munmap(block.pointer, block.size)
            }
        }
    }

    /// Runs `body` as a part of the rehearsal; tensors that it makes may be used in later parts.
    ///
    /// - Parameter body: Runs on this thread; must not use tensors of the rehearsal elsewhere.
    /// - Returns: What `body` returns.
    public func callAsFunction<R>(_ body: () throws -> R) rethrows -> R {
        try Self.$current.withValue(self, operation: body)
    }

    /// Bytes of all live tensors, in the sizes of the pool's blocks.
    public var liveBytes: Int { counts.withLock { $0.blocks.live } }

    /// The most bytes that were live at the same time since the last `resetPeak`.
    public var peakBytes: Int { counts.withLock { $0.blocks.peak } }

    /// The most bytes that live blocks, and freed ones that wait for reuse, had together.
    public var peakHeldBytes: Int { counts.withLock { $0.blocks.peakHeld } }

    /// The most bytes of keys and values since the last `resetPeak`.
    public var peakCacheBytes: Int { counts.withLock { $0.peakCache } }

    /// Restarts the measurement of the peaks; not of `peakHeldBytes`.
    public func resetPeak() {
        counts.withLock { ($0.blocks.peak, $0.peakCache) = ($0.blocks.live, $0.cache) }
    }

    /// Multiplications followed by an addition in matrix products and attention so far.
    public var work: Double { counts.withLock { $0.work } }

    // MARK: - What operations report

    /// Counts a block as live; returns memory of its size that it shares with all others.
    func take(_ size: Int, isCache: Bool = false) -> UnsafeMutableRawPointer {
        counts.withLock { counts in
            if isCache {
                counts.cache += size
                counts.peakCache = max(counts.peakCache, counts.cache)
            }
            // All blocks are the region, so that none is returned to the system.
            var surplus: [MemoryPool.Block] = []
            _ = counts.blocks.take(size, surplus: &surplus)
            if let region = counts.region {
                if size <= region.size { return region.pointer }
                counts.outgrown.append(region)
            }
            // Only addresses: a page gets memory when something writes to it.
            let flags = MAP_PRIVATE | MAP_ANONYMOUS | Int32(MAP_NORESERVE)
            guard let region = mmap(nil, size, PROT_READ | PROT_WRITE, flags, -1, 0), region != MAP_FAILED
            else {
                MemoryPool.endOutOfMemory("the plan of a tensor of \(byteText(size)) needs its addresses")
            }
            counts.region = MemoryPool.Block(pointer: region, size: size)
            return region
        }
    }

    /// Counts a block of `take` as freed.
    func put(_ size: Int, isCache: Bool = false) {
        counts.withLock { counts in
            if isCache { counts.cache -= size }
            guard let region = counts.region else { return }
            _ = counts.blocks.put(MemoryPool.Block(pointer: region.pointer, size: size))
        }
    }

    /// A token in place of one that would be drawn.
    func drawnToken() -> Int32 {
        counts.withLock { counts in
            counts.drawnCount += 1
            return counts.drawn[Int(mixed(counts.drawnCount) % UInt64(counts.drawn.count))]
        }
    }

    /// Adds multiplications.
    static func count(_ work: Double) { current?.counts.withLock { $0.work += work } }

    /// Counts scratch memory that several threads take at the same time in code that is left out.
    ///
    /// - Parameters:
    ///   - byteCounts: The blocks of one thread.
    ///   - items: Items of work that the threads share.
    static func countScratch(_ byteCounts: [Int], items: Int) {
        guard let current else { return }
        let threads = max(0, min(items, Threads.count))
        let sizes = (0..<threads).flatMap { _ in byteCounts.map(MemoryPool.roundedSize) }
        for size in sizes { _ = current.take(size) }
        for size in sizes { current.put(size) }
    }
}

/// The output function of SplitMix64 (Steele et al., 2014).
private func mixed(_ counter: UInt64) -> UInt64 {
    var word = counter &* 0x9E37_79B9_7F4A_7C15
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
}

/// Whether operations are rehearsed now.
var isRehearsing: Bool { Rehearsal.current != nil }

/// As in Basics; in a rehearsal nothing is run.
func inParallel(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    if !isRehearsing { Basics.inParallel(count, grain: grain, body) }
}

/// As in Basics; in a rehearsal nothing is run.
func forEachInParallel(_ count: Int, _ body: (Int) -> Void) {
    if !isRehearsing { Basics.forEachInParallel(count, body) }
}
