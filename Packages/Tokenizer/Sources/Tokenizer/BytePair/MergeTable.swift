// Merge rules: the rank (the line in the merge list) and the merged token of each pair of neighboring tokens.

/// A hash table with open addressing, in two flat arrays, from pairs to merge rules.
struct MergeTable: Sendable {
    /// The value for pairs without a rule; larger than every rule.
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

    /// Adds the rule `left right -> merged`; there must be at most `capacity` rules.
    ///
    /// A repeated pair keeps its later rank, as in the reference implementation, which collects rules in a
    /// map.
    mutating func insert(left: TokenID, right: TokenID, rank: Int, merged: TokenID) {
        let pair = Self.pair(left, right)
        var slot = Self.slot(of: pair, shift)
        while pairs[slot] != pair, pairs[slot] != .max { slot = (slot + 1) & (pairs.count - 1) }
        pairs[slot] = pair
        rules[slot] = UInt64(rank) << 32 | UInt64(UInt32(bitPattern: merged))
    }

    /// Runs `body` with a view whose lookups are not bounds-checked.
    func withView<Result>(_ body: (View) -> Result) -> Result {
        pairs.withUnsafeBufferPointer { pairs in
            rules.withUnsafeBufferPointer { rules in
                body(View(pairs: pairs, rules: rules, shift: shift))
            }
        }
    }

    /// A view of the table, valid only in the closure that gets it.
    struct View {
        fileprivate let pairs: UnsafeBufferPointer<UInt64>
        fileprivate let rules: UnsafeBufferPointer<UInt64>
        fileprivate let shift: Int

        /// The rule of a pair: the rank in the upper half, the merged id in the lower half; `none` without a
        /// rule.
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
