// The merges: for a pair of neighboring tokens, its rank (the line in the merge list) and the token it becomes.

/// Merge rules by pair, in an open-addressing table of two flat arrays.
struct MergeTable: Sendable {
    /// The answer for a pair that does not merge; larger than every rule.
    static let none = UInt64.max

    private var pairs: [UInt64]
    private var rules: [UInt64]
    private let shift: Int

    /// An empty table with room for `capacity` rules.
    init(capacity: Int) {
        var bits = 4
        while 1 << bits < capacity * 2 { bits += 1 }
        pairs = [UInt64](repeating: .max, count: 1 << bits)
        rules = [UInt64](repeating: Self.none, count: 1 << bits)
        shift = 64 - bits
    }

    /// Adds the rule `left right -> merged`; no more rules may be added than `capacity` promised.
    ///
    /// A pair that is listed twice keeps its later rank, as in the reference implementation, which collects the
    /// list into a map.
    mutating func insert(left: TokenID, right: TokenID, rank: Int, merged: TokenID) {
        let pair = Self.pair(left, right)
        var slot = Self.slot(of: pair, shift)
        while pairs[slot] != pair, pairs[slot] != .max { slot = (slot + 1) & (pairs.count - 1) }
        pairs[slot] = pair
        rules[slot] = UInt64(rank) << 32 | UInt64(UInt32(bitPattern: merged))
    }

    /// Runs `body` with a view that looks pairs up without bounds checks.
    func withView<Result>(_ body: (View) -> Result) -> Result {
        pairs.withUnsafeBufferPointer { pairs in
            rules.withUnsafeBufferPointer { rules in
                body(View(pairs: pairs, rules: rules, shift: shift))
            }
        }
    }

    /// The table while its memory is pinned; it must not outlive the closure it is given to.
    struct View {
        fileprivate let pairs: UnsafeBufferPointer<UInt64>
        fileprivate let rules: UnsafeBufferPointer<UInt64>
        fileprivate let shift: Int

        /// The rule for a pair: rank in the upper half, merged id in the lower; `none` if the pair stays apart.
        func rule(_ left: TokenID, _ right: TokenID) -> UInt64 {
            let pair = MergeTable.pair(left, right)
            var slot = MergeTable.slot(of: pair, shift)
            while true {
                if pairs[slot] == pair { return rules[slot] }
                if pairs[slot] == .max { return MergeTable.none }
                slot = (slot + 1) & (pairs.count - 1)
            }
        }
    }

    private static func pair(_ left: TokenID, _ right: TokenID) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Fibonacci hashing: the upper bits of a product with 2^64 / golden ratio.
    private static func slot(of pair: UInt64, _ shift: Int) -> Int {
        Int(truncatingIfNeeded: ((pair ^ pair >> 29) &* 0x9E37_79B9_7F4A_7C15) >> UInt64(shift))
    }
}
