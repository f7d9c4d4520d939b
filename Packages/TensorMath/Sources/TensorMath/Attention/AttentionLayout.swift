// The segments of an attention call: which keys each query attends to.
//
// One description covers every use: windows of the vision tower (bidirectional, short), packed training
// rows (causal), answers that share one prompt (a prefix), and generation (the last tokens of a
// sequence, keys in pages of a cache).
internal import Basics

/// The segments of one attention call.
public struct AttentionLayout: Sendable, Equatable {
    /// A range of query rows and the key rows that they attend to.
    public struct Segment: Sendable, Equatable {
        /// Rows of the query matrix.
        public var queries: Range<Int>
        /// Key rows that every query of the segment attends to, in pieces: a shared prompt, pages of a cache.
        var prefix: [Range<Int>]
        /// The segment's own key rows, in order, in pieces.
        let keys: [Range<Int>]
        /// If true, the last query attends to all of `keys`, the query before it to all but the last key, and
        /// so on.
        public var isCausal: Bool
        /// The number of own keys.
        let keyCount: Int

        /// A segment with its prefix and its keys in one piece; causal ones need at least as many keys as queries.
        public init(queries: Range<Int>, prefix: Range<Int> = 0..<0, keys: Range<Int>, isCausal: Bool) {
            self.init(
                queries: queries, prefix: prefix.isEmpty ? [] : [prefix], keys: [keys], isCausal: isCausal)
        }

        /// Causal queries over the keys of one sequence, which are in pages of a cache.
        ///
        /// - Parameters:
        ///   - queries: The last tokens of the sequence.
        ///   - pages: The rows of all its tokens so far, in order.
        public init(queries: Range<Int>, pages: [Range<Int>]) {
            self.init(queries: queries, prefix: [], keys: pages, isCausal: true)
        }

        init(queries: Range<Int>, prefix: [Range<Int>], keys: [Range<Int>], isCausal: Bool) {
            keyCount = keys.reduce(0) { $0 + $1.count }
            require(
                !isCausal || keyCount >= queries.count,
                "attention: \(queries.count) causal queries over \(keyCount) keys")
            require(
                keyCount > 0 || prefix.contains { !$0.isEmpty } || queries.isEmpty,
                "attention: queries without keys")
            self.queries = queries
            self.prefix = prefix
            self.keys = keys
            self.isCausal = isCausal
        }

        /// The number of own keys that query `index` of the segment attends to.
        func visibleKeys(_ index: Int) -> Int {
            isCausal ? keyCount - queries.count + index + 1 : keyCount
        }
    }

    /// The segments, in order.
    public let segments: [Segment]

    /// Runs of consecutive segments that share keys; backward can process the runs in parallel.
    let chains: [Range<Int>]

    /// A layout of the given segments; their query rows must not overlap.
    public init(_ segments: [Segment]) {
        self.segments = segments
        var chains: [Range<Int>] = []
        var reach: Range<Int>?
        for (index, segment) in segments.enumerated() {
            let rows = (segment.prefix + segment.keys).reduce(0..<0, Self.hull)
            if let last = chains.last, let known = reach, known.overlaps(rows) || rows.isEmpty {
                chains[chains.count - 1] = last.lowerBound..<index + 1
                reach = Self.hull(known, rows)
            } else {
                chains.append(index..<index + 1)
                reach = rows
            }
        }
        self.chains = chains
    }

    /// Segments that attend to themselves: rows cut at `boundaries` (first 0, last the row count).
    public init(boundaries: [Int], isCausal: Bool) {
        self.init(
            zip(boundaries, boundaries.dropFirst()).map {
                Segment(queries: $0..<$1, keys: $0..<$1, isCausal: isCausal)
            })
    }

    private static func hull(_ a: Range<Int>, _ b: Range<Int>) -> Range<Int> {
        if a.isEmpty { return b }
        if b.isEmpty { return a }
        return min(a.lowerBound, b.lowerBound)..<max(a.upperBound, b.upperBound)
    }
}
