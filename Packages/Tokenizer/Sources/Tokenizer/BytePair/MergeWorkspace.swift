// The buffers of byte-pair merging: a linked list of tokens and a queue of the pairs that can merge.

/// The memory of one encoding call, reused for its words; threads and tokenizers never share it.
///
/// The queue is a binary heap of `rank << 32 | position`. It is our own because debug builds do not
/// specialize the generic heap of swift-collections, and a word of a megabyte took many seconds.
final class MergeWorkspace {
    private(set) var tokens = UnsafeMutablePointer<TokenID>.allocate(capacity: 64)
    private(set) var next = UnsafeMutablePointer<Int>.allocate(capacity: 64)
    private(set) var previous = UnsafeMutablePointer<Int>.allocate(capacity: 64)
    private var capacity = 64
    private var queue = UnsafeMutablePointer<UInt64>.allocate(capacity: 256)
    private var queued = 0
    /// The number of all entries ever queued: a measure of the work.
    private(set) var queuedInAll = 0
    /// The tokens of words that were merged before.
    var cache = WordCache()

    deinit {
        tokens.deallocate()
        next.deallocate()
        previous.deallocate()
        queue.deallocate()
    }

    /// Makes room for a word of `count` bytes and discards the old contents.
    ///
    /// A word queues fewer than 3 entries per byte: one per neighboring pair and at most two per merge.
    func reserve(_ count: Int) {
        queued = 0
        guard count > capacity else { return }
        tokens.deallocate()
        next.deallocate()
        previous.deallocate()
        queue.deallocate()
        capacity = count * 2
        tokens = .allocate(capacity: capacity)
        next = .allocate(capacity: capacity)
        previous = .allocate(capacity: capacity)
        queue = .allocate(capacity: capacity * 4)
    }

    /// Queues the pair at `position` unless it has no rule.
    func push(_ rule: UInt64, at position: Int) {
        guard rule != MergeTable.none else { return }
        let entry = rule & 0xFFFF_FFFF_0000_0000 | UInt64(position)
        var hole = queued
        queued += 1
        queuedInAll += 1
        while hole > 0 {
            let parent = (hole - 1) / 2
            if queue[parent] <= entry { break }
            queue[hole] = queue[parent]
            hole = parent
        }
        queue[hole] = entry
    }

    /// Removes the pair of lowest rank, the leftmost among equals.
    func pop() -> (rank: UInt64, position: Int)? {
        guard queued > 0 else { return nil }
        let first = queue[0]
        queued -= 1
        let last = queue[queued]
        var hole = 0
        while true {
            var child = hole * 2 + 1
            if child >= queued { break }
            if child + 1 < queued, queue[child + 1] < queue[child] { child += 1 }
            if queue[child] >= last { break }
            queue[hole] = queue[child]
            hole = child
        }
        queue[hole] = last
        return (first >> 32, Int(truncatingIfNeeded: first & 0xFFFF_FFFF))
    }
}
