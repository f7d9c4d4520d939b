// Memory of tensors: 64-byte aligned blocks that are kept and reused, and a counter of what is live.
//
// A training step asks for the same sizes again and again. Giving blocks back to the system would cost a
// page fault per 4 KiB on the next step, so freed blocks wait in lists by size.
internal import Foundation
internal import Synchronization

/// Bytes held by tensors of this process.
public enum TensorMemory {
    /// Bytes of all live tensors.
    public static var liveBytes: Int { pool.withLock { $0.live } }

    /// The most bytes that were ever live at once since the last `resetPeak`.
    public static var peakBytes: Int { pool.withLock { $0.peak } }

    /// Starts measuring the peak anew.
    public static func resetPeak() { pool.withLock { $0.peak = $0.live } }

    /// Gives all blocks that wait for reuse back to the system.
    public static func releaseUnused() {
        pool.withLock { pool in
            for blocks in pool.free.values { for block in blocks { block.pointer.deallocate() } }
            pool.free = [:]
            pool.waiting = 0
        }
    }

    /// A block, movable between threads because nobody else refers to it.
    fileprivate struct Block: @unchecked Sendable { let pointer: UnsafeMutableRawPointer }

    fileprivate struct Pool: Sendable {
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
        fileprivate static let waitingLimit = -1
    #else
        /// Blocks beyond this many waiting bytes go back to the system.
        fileprivate static let waitingLimit = 4 << 30
    #endif
    fileprivate static let pool = Mutex(Pool())

    /// Memory of a new block: large ones on whole huge pages where the system has them.
    fileprivate static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
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
    fileprivate static func roundedSize(_ byteCount: Int) -> Int {
        guard waitingLimit > 0 else { return byteCount }
        guard byteCount > 256 else { return 256 }
        let step = 1 << (Int.bitWidth - 1 - (byteCount - 1).leadingZeroBitCount - 2)
        return (byteCount + step - 1) / step * step
    }
}

/// A block of memory that one or more tensors look into.
///
/// `@unchecked Sendable` holds because a block is written only by whoever made it, before anyone else sees
/// it; parameters and moments, which do change in place, have a single owner.
final class Storage: @unchecked Sendable {
    let bytes: UnsafeMutableRawPointer
    /// The size of a block of the pool; nil for memory that `owner` keeps.
    private let blockSize: Int?
    private let owner: AnyObject?

    /// Memory for `byteCount` bytes, not initialised.
    init(byteCount: Int) {
        let size = TensorMemory.roundedSize(byteCount)
        let block = TensorMemory.pool.withLock { $0.take(size) }
        bytes = block?.pointer ?? TensorMemory.allocate(size)
        blockSize = size
        owner = nil
    }

    /// Memory for `count` floats, not initialised.
    convenience init(count: Int) { self.init(byteCount: count * MemoryLayout<Float>.stride) }

    /// Memory that `owner` keeps, such as a mapped file.
    ///
    /// It must never be written.
    init(borrowing bytes: UnsafeRawPointer, owner: AnyObject) {
        self.bytes = UnsafeMutableRawPointer(mutating: bytes)
        self.owner = owner
        blockSize = nil
    }

    /// The block as float32 elements.
    var pointer: UnsafeMutablePointer<Float> { bytes.assumingMemoryBound(to: Float.self) }

    deinit {
        guard let size = blockSize else { return }
        let block = TensorMemory.Block(pointer: bytes)
        let isKept = TensorMemory.pool.withLock { $0.put(block, size) }
        if !isKept { block.pointer.deallocate() }
    }
}
