// A pool of 64-byte aligned blocks that tensors use and reuse, and counters of the live bytes.
//
// Every training step allocates the same sizes. Returning blocks to the system would cost a page fault per 4
// KiB in the next step, so freed blocks wait in lists by size.
internal import Basics
internal import Foundation

/// Bytes held by tensors of this process.
public enum MemoryStatistics {
    /// Bytes of all live tensors.
    public static var liveBytes: Int { MemoryPool.blocks.withLock { $0.live } }

    /// The most bytes that were live at the same time since the last `resetPeak`.
    public static var peakBytes: Int { MemoryPool.blocks.withLock { $0.peak } }

    /// The most bytes that live tensors and freed ones that wait for reuse had together.
    public static var peakHeldBytes: Int { MemoryPool.blocks.withLock { $0.peakHeld } }

    /// Bytes of freed tensors that wait for reuse.
    public static var waitingBytes: Int { MemoryPool.blocks.withLock { $0.waiting } }

    /// The bytes of the block that a tensor of `byteCount` bytes gets.
    public static func blockBytes(_ byteCount: Int) -> Int { MemoryPool.roundedSize(byteCount) }

    /// Restarts the measurement of the peak.
    public static func resetPeak() { MemoryPool.blocks.withLock { $0.peak = $0.live } }
}

/// The blocks of all tensors.
enum MemoryPool {
    /// A block of memory.
    ///
    /// `@unchecked Sendable` holds because only one owner refers to a block at any time.
    struct Block: @unchecked Sendable { let pointer: UnsafeMutableRawPointer }

    /// The waiting blocks by size, and the counters.
    struct Blocks: Sendable {
        /// By `sizeClass`.
        private var free = [[Block]](repeating: [], count: sizeClass(.max) + 1)
        var live = 0
        var peak = 0
        var waiting = 0
        /// The most bytes that live and waiting blocks had together.
        var peakHeld = 0

        /// Counts a block as live; returns a waiting block of this size, or nil.
        mutating func take(_ size: Int) -> Block? {
            live += size
            peak = max(peak, live)
            let block = free[sizeClass(size)].popLast()
            if block != nil { waiting -= size }
            peakHeld = max(peakHeld, live + waiting)
            return block
        }

        /// Counts a block as freed; returns whether it now waits for reuse.
        mutating func put(_ block: Block, _ size: Int) -> Bool {
            live -= size
            guard waiting + size <= waitingLimit else { return false }
            free[sizeClass(size)].append(block)
            waiting += size
            return true
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
    static let blocks = SpinLocked(Blocks())

    /// Allocates a block; large blocks use huge pages where the system has them.
    static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        let hugePage = 1 << 21
        guard size >= 2 * hugePage else { return allocate(size, alignment: 64) }
        let block = allocate(size, alignment: hugePage)
        #if os(Linux)
            // Advice only: without huge pages the block uses ordinary ones.
            _ = madvise(block, size, MADV_HUGEPAGE)
        #endif
        return block
    }

    /// Returns a block of `allocate` to the system.
    static func release(_ block: Block) { free(block.pointer) }

    /// What tensors leave to everything else under a limit of `ulimit`: libraries and the language's own memory
    /// cannot report that there is none left.
    private static let reserve = 128 << 20

    private static func allocate(_ size: Int, alignment: Int) -> UnsafeMutableRawPointer {
        var block: UnsafeMutableRawPointer?
        guard posix_memalign(&block, alignment, size) == 0, let block else {
            endOutOfMemory("a tensor needs \(byteText(size))")
        }
        if let left = AvailableMemory.leftByLimits(), left.byteCount < reserve {
            endOutOfMemory(
                "a tensor needs \(byteText(size)), \(byteText(left.byteCount)) are \(left.limit) and "
                    + "\(byteText(reserve)) must stay for other things than tensors")
        }
        return block
    }

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
