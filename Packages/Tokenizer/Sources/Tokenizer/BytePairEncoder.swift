// Byte-pair encoding of one word: its bytes (or other first tokens) as a doubly linked list, a queue of the pairs that
// can merge.
// The lowest rank merges first, equal ranks from left to right, as in the reference implementation. A word of n
// bytes costs n log n, whatever it holds.

/// Turns words (byte ranges that merges never cross) into tokens.
struct BytePairEncoder: Sendable {
    /// The token of every single byte.
    let byteTokens: [TokenID]
    let merges: MergeTable

    /// Appends the tokens of every word of `text`, which must be valid UTF-8 in the composed form.
    func encode(_ text: UnsafeBufferPointer<UInt8>, _ workspace: MergeWorkspace, into output: inout [TokenID])
    {
        workspace.cache.prepare(for: text.count)
        merges.withView { rules in
            var words = WordScanner(text)
            while let range = words.next() {
                let word = UnsafeBufferPointer(rebasing: text[range])
                if word.count == 1 {
                    output.append(byteTokens[Int(word[0])])
                } else if WordCache.lengths.contains(word.count) {
                    let key = WordCache.Key(word), start = output.count
                    if workspace.cache.append(key, to: &output) { continue }
                    encode(word, rules, workspace, into: &output)
                    workspace.cache.keep(key, output[start...])
                } else {
                    encode(word, rules, workspace, into: &output)
                }
            }
        }
    }

    private func encode(
        _ word: UnsafeBufferPointer<UInt8>, _ rules: MergeTable.View, _ space: MergeWorkspace,
        into output: inout [TokenID]
    ) {
        let count = word.count
        space.reserve(count)
        for index in 0..<count { space.tokens[index] = byteTokens[Int(word[index])] }
        Self.merge(count, rules, space)
        var index = 0
        while index < count {
            output.append(space.tokens[index])
            index = space.next[index]
        }
    }

    /// Merges the first `count` tokens of a workspace until no rule is left.
    ///
    /// Tokens that remain are linked by `next`; a token that is negative has no rules.
    static func merge(_ count: Int, _ rules: MergeTable.View, _ space: MergeWorkspace) {
        let (tokens, next, previous) = (space.tokens, space.next, space.previous)
        for index in 0..<count {
            next[index] = index + 1
            previous[index] = index - 1
        }
        for index in 0..<count - 1 { space.push(rules.rule(tokens[index], tokens[index + 1]), at: index) }
        while let (rank, index) = space.pop() {
            let right = next[index]
            // An entry is stale when its pair changed after it was queued. Pairs may share a rank; then the pair that
            // stands there now is due as well.
            guard tokens[index] != merged, right < count else { continue }
            let rule = rules.rule(tokens[index], tokens[right])
            guard rule != MergeTable.none, rule >> 32 == rank else { continue }
            tokens[index] = TokenID(truncatingIfNeeded: rule)
            tokens[right] = merged
            let after = next[right]
            next[index] = after
            let before = previous[index]
            if before >= 0 { space.push(rules.rule(tokens[before], tokens[index]), at: before) }
            if after < count {
                previous[after] = index
                space.push(rules.rule(tokens[index], tokens[after]), at: index)
            }
        }
    }

    /// Stands where a token was that became part of the one before it.
    private static let merged: TokenID = -1
}

/// The memory of one encoding run, reused from word to word, never shared between threads or tokenizers.
///
/// The queue is a binary heap of `rank << 32 | position`. It is written out here because the generic heap of
/// swift-collections is not specialised in debug builds, where a word of a megabyte took many seconds.
final class MergeWorkspace {
    private(set) var tokens = UnsafeMutablePointer<TokenID>.allocate(capacity: 64)
    private(set) var next = UnsafeMutablePointer<Int>.allocate(capacity: 64)
    private(set) var previous = UnsafeMutablePointer<Int>.allocate(capacity: 64)
    private var capacity = 64
    private var queue = UnsafeMutablePointer<UInt64>.allocate(capacity: 256)
    private var queued = 0
    /// Entries that were ever queued: a measure of the work.
    private(set) var queuedInAll = 0
    /// Words merged before.
    fileprivate(set) var cache = WordCache()

    deinit {
        tokens.deallocate()
        next.deallocate()
        previous.deallocate()
        queue.deallocate()
    }

    /// Makes room for a word of `count` bytes; what the buffers held is lost.
    ///
    /// A word queues fewer than 3 entries per byte: one per neighbouring pair and at most two per merge.
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

    /// Queues the pair at `position`; a pair without a rule is left out.
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

    /// Takes the pair of lowest rank, the leftmost of equals.
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
