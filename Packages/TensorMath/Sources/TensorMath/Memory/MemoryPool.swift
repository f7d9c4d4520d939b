// A pool of 64-byte aligned blocks that tensors use and reuse, and counters of the live bytes.
//
// Every training step allocates the same sizes. Returning blocks to the system would cost a page fault per 4
// KiB in the next step, so freed blocks wait in lists by size. What waits never adds much to the most bytes that
// tensors had at the same time: a phase whose sizes are new takes the place of blocks that others left long ago.
internal import Basics
internal import Foundation

/// Bytes held by tensors of this process.
public enum MemoryStatistics {
    /// Bytes of all live tensors.
    public static var liveBytes: Int { MemoryPool.counters { $0.live } }

    /// The most bytes that were live at the same time since the last `resetPeak`.
    public static var peakBytes: Int { MemoryPool.counters { $0.peak } }

    /// The most bytes that live tensors and freed ones that wait for reuse had together.
    public static var peakHeldBytes: Int { MemoryPool.counters { $0.peakHeld } }

    /// Bytes of freed tensors that wait for reuse.
    public static var waitingBytes: Int { MemoryPool.counters { $0.waiting } }

    /// The bytes of the block that a tensor of `byteCount` bytes gets.
    public static func blockBytes(_ byteCount: Int) -> Int { MemoryPool.roundedSize(byteCount) }

    /// Restarts the measurement of the peak.
    public static func resetPeak() { MemoryPool.counters { $0.peak = $0.live } }
}

/// The blocks of all tensors.
enum MemoryPool {
    /// A block of memory.
    ///
    /// `@unchecked Sendable` holds because only one owner refers to a block at any time.
    struct Block: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
        /// Rounded.
        let size: Int
    }

    /// The waiting blocks by size, and the counters.
    struct Blocks: Sendable {
        /// By `sizeClass`.
        private var free = [[Block]](repeating: [], count: sizeClass(.max) + 1)
        /// The number of the last allocation of each size.
        private var lastUse = [Int](repeating: 0, count: sizeClass(.max) + 1)
        private var allocations = 0
        var live = 0
        var peak = 0
        var waiting = 0
        /// The most bytes that live and waiting blocks had together.
        var peakHeld = 0
        /// The most bytes that were ever live.
        private var mostLive = 0

        /// Counts a block as live.
        ///
        /// - Parameters:
        ///   - size: Rounded.
        ///   - surplus: Gets blocks that no longer wait, to return to the system before a new one comes from it.
        /// - Returns: A waiting block of this size; nil if there is none.
        mutating func take(_ size: Int, surplus: inout [Block]) -> Block? {
            let index = sizeClass(size)
            live += size
            (peak, mostLive) = (max(peak, live), max(mostLive, live))
            allocations += 1
            lastUse[index] = allocations
            if let block = free[index].popLast() {
                waiting -= size
                return block
            }
            if live + waiting > mostLive + slack { surplus = takeSurplus() }
            peakHeld = max(peakHeld, live + waiting)
            return nil
        }

        /// Counts a block as freed; returns whether it now waits for reuse.
        mutating func put(_ block: Block) -> Bool {
            live -= block.size
            guard waiting + block.size <= waitingLimit else { return false }
            free[sizeClass(block.size)].append(block)
            waiting += block.size
            return true
        }

        /// Takes out waiting blocks, those of the sizes that were used longest ago first, until the rest adds at most
        /// `slack` to `mostLive`.
        private mutating func takeSurplus() -> [Block] {
            var surplus: [Block] = []
            let sizes = free.indices.filter { !free[$0].isEmpty }.sorted { lastUse[$0] < lastUse[$1] }
            for index in sizes {
                while live + waiting > mostLive + slack, let block = free[index].popLast() {
                    waiting -= block.size
                    surplus.append(block)
                }
            }
            return surplus
        }
    }

    #if R1_SANITIZE
        /// For `make sanitize` blocks have their exact size and are freed at once.
        ///
        /// Otherwise sanitizers would miss reads beyond the end of a tensor and reads after it was freed.
        static let waitingLimit = -1
    #else
        /// The most bytes that wait for reuse; blocks beyond it are returned to the system.
        static let waitingLimit = 4 << 30
    #endif
    /// The bytes that waiting blocks may add to the most that were ever live.
    private static let slack = 64 << 20
    private static let blocks = SpinLocked(Blocks())

    /// A block of a rounded size, not initialized.
    static func block(_ size: Int) -> Block {
        var surplus: [Block] = []
        let waiting = blocks.withLock { $0.take(size, surplus: &surplus) }
        for block in surplus { release(block) }
        return waiting ?? Block(pointer: allocate(size), size: size)
    }

    /// Takes a block back.
    static func put(_ block: Block) {
        let isKept = blocks.withLock { $0.put(block) }
        if !isKept { release(block) }
    }

    /// The counters.
    static func counters<R>(_ body: (inout Blocks) -> R) -> R { blocks.withLock(body) }

    private static let hugePage = 1 << 21

    /// Blocks of this size or more are memory of their own, which the system gets back when they are released.
    private static let mappedSize = 2 * hugePage

    /// Allocates a block; large blocks use huge pages where the system has them.
    private static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        let block = size < mappedSize || waitingLimit < 0 ? allocated(size) : mapped(size)
        guard let block else { endOutOfMemory("a tensor needs \(byteText(size))") }
        if let left = AvailableMemory.leftByLimits(), left.byteCount < reserve {
            endOutOfMemory(
                "a tensor needs \(byteText(size)), \(byteText(left.byteCount)) are \(left.limit) and "
                    + "\(byteText(reserve)) must stay for other things than tensors")
        }
        return block
    }

    /// Returns a block of `allocate` to the system.
    private static func release(_ block: Block) {
        if block.size < mappedSize || waitingLimit < 0 { return free(block.pointer) }
        require(munmap(block.pointer, block.size) == 0, "a block of \(block.size) bytes cannot be unmapped")
    }

    private static func allocated(_ size: Int) -> UnsafeMutableRawPointer? {
        var block: UnsafeMutableRawPointer?
        return posix_memalign(&block, 64, size) == 0 ? block : nil
    }

    /// Memory of whole pages that starts with a huge page.
    private static func mapped(_ size: Int) -> UnsafeMutableRawPointer? {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS
        guard let start = mmap(nil, size + hugePage, PROT_READ | PROT_WRITE, flags, -1, 0),
            start != MAP_FAILED
        else { return nil }
        let before = -Int(bitPattern: start) & (hugePage - 1)
        let block = start + before
        if before > 0 { munmap(start, before) }
        munmap(block + size, hugePage - before)
        #if os(Linux)
            // Advice only: without huge pages the block uses ordinary ones.
            _ = madvise(block, size, MADV_HUGEPAGE)
        #endif
        return block
    }

    /// What tensors leave to everything else under a limit of `ulimit`: libraries and the language's own memory
    /// cannot report that there is none left.
    private static let reserve = 128 << 20

    /// Ends the program with a message: operations on tensors cannot throw.
    static func endOutOfMemory(_ need: String) -> Never {
        let text =
            "\(ProcessInfo.processInfo.processName): error: out of memory: \(need), "
            + "tensors have \(byteText(MemoryStatistics.liveBytes)); use smaller batches or a larger limit\n"
        // When stderr cannot be written, the exit code still tells.
        _ = text.utf8CString.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count - 1) }
        _exit(EXIT_FAILURE)
    }

    /// Rounds a size up to one of four steps per power of two, so that similar shapes share blocks.
    static func roundedSize(_ byteCount: Int) -> Int {
        guard waitingLimit > 0 else { return byteCount }
        guard byteCount > 256 else { return 256 }
        let step = 1 << (exponent(byteCount) - 2)
        return (byteCount + step - 1) / step * step
    }

    /// The number of a rounded size: 3 for 256, 4 for 320, 7 for 512, at most 223.
    static func sizeClass(_ size: Int) -> Int {
        let size = max(size, 256)
        let exponent = exponent(size)
        return 4 * (exponent - 7) + (size - 1) >> (exponent - 2) & 3
    }

    /// The largest exponent with a power of two below `size`, which is 2 or more.
    private static func exponent(_ size: Int) -> Int { Int.bitWidth - 1 - (size - 1).leadingZeroBitCount }
}
