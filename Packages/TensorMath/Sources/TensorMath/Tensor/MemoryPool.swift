// Memory of tensors: 64-byte aligned blocks that are kept and reused, and a counter of what is live.
//
// A training step asks for the same sizes again and again. Giving blocks back to the system would cost a
// page fault per 4 KiB on the next step, so freed blocks wait in lists by size.
internal import Foundation
internal import Synchronization

/// Bytes held by tensors of this process.
public enum MemoryStatistics {
    /// Bytes of all live tensors.
    public static var liveBytes: Int { MemoryPool.blocks.withLock { $0.live } }

    /// The most bytes that were ever live at once since the last `resetPeak`.
    public static var peakBytes: Int { MemoryPool.blocks.withLock { $0.peak } }

    /// Starts measuring the peak anew.
    public static func resetPeak() { MemoryPool.blocks.withLock { $0.peak = $0.live } }
}

/// The blocks of all tensors.
enum MemoryPool {
    /// A block, movable between threads because nobody else refers to it.
    struct Block: @unchecked Sendable { let pointer: UnsafeMutableRawPointer }

    struct Blocks: Sendable {
        var free: [Int: [Block]] = [:]
        var live = 0
        var peak = 0
        var waiting = 0

        /// Counts a block as live; returns a waiting one of this size, if there is one.
        mutating func take(_ size: Int) -> Block? {
            live += size
            peak = max(peak, live)
            guard let block = free[size]?.popLast() else { return nil }
            waiting -= size
            return block
        }

        /// Counts a block as dropped; returns whether it waits for reuse.
        mutating func put(_ block: Block, _ size: Int) -> Bool {
            live -= size
            guard waiting + size <= waitingLimit else { return false }
            free[size, default: []].append(block)
            waiting += size
            return true
        }
    }

    #if R1_SANITIZE
        /// For `make sanitize` blocks have their exact size and go back at once, else sanitizers could not tell reading
        /// behind a tensor, or after its end, from reading the pool's memory.
        static let waitingLimit = -1
    #else
        /// Blocks beyond this many waiting bytes go back to the system.
        static let waitingLimit = 4 << 30
    #endif
    static let blocks = Mutex(Blocks())

    /// Memory of a new block: large ones on whole huge pages where the system has them.
    static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        let hugePage = 1 << 21
        guard size >= 2 * hugePage else { return .allocate(byteCount: size, alignment: 64) }
        let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: hugePage)
        #if os(Linux)
            // Only advice: without huge pages the block has ordinary ones.
            _ = madvise(block, size, MADV_HUGEPAGE)
        #endif
        return block
    }

    /// Sizes are rounded up to four steps per power of two, so that nearly equal shapes share blocks.
    static func roundedSize(_ byteCount: Int) -> Int {
        guard waitingLimit > 0 else { return byteCount }
        guard byteCount > 256 else { return 256 }
        let step = 1 << (Int.bitWidth - 1 - (byteCount - 1).leadingZeroBitCount - 2)
        return (byteCount + step - 1) / step * step
    }
}
