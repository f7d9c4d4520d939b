// InternVL's candidate tile grids, in the order in which the two published programs try them.

/// A grid of tiles: the number of columns and rows.
public struct TileGrid: Hashable, Sendable {
    /// Tiles from left to right.
    var columns: Int
    /// Tiles from top to bottom.
    var rows: Int

    /// A grid of these tiles.
    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    /// Total number of tiles.
    var tileCount: Int { columns * rows }

    /// The order of grids of equal area.
    public enum Order: Sendable {
        /// Fewer columns first, as in transformers.
        case columnsThenRows
        /// The order in which CPython (3.8+, 64 bits) iterates a set of pairs, as in OpenGVLab's program.
        ///
        /// If at least 4 tiles are requested, some images are exactly between two grids of equal area; then
        /// the two programs differ. With 1, 2 or 3 they never do.
        case original
    }

    /// All grids with a number of tiles in `counts`, smaller areas first.
    static func candidates(_ counts: ClosedRange<Int>, _ order: Order) -> [TileGrid] {
        let most = counts.upperBound
        let grids =
            switch order {
            case .columnsThenRows:
                (1...most).flatMap { columns in
                    (1...most).map { TileGrid(columns: columns, rows: $0) }
                }.filter { counts.contains($0.tileCount) }
            case .original: PythonSet.order(of: counts)
            }
        // The offset breaks ties, so sorting keeps the order within an area.
        return grids.enumerated().sorted {
            ($0.element.tileCount, $0.offset) < ($1.element.tileCount, $1.offset)
        }.map(\.element)
    }
}

/// CPython's set of pairs of small integers, reduced to what decides the order of its elements.
///
/// Source: `tuplehash` (Objects/tupleobject.c) and `set_add_entry`, `set_table_resize` (Objects/setobject.c).
private struct PythonSet {
    private var slots = [TileGrid?](repeating: nil, count: 8)
    private var used = 0

    /// Elements in iteration order after the insertions of `dynamic_preprocess`.
    static func order(of counts: ClosedRange<Int>) -> [TileGrid] {
        var set = PythonSet()
        for n in counts {
            for columns in 1...n {
                for rows in 1...n where counts.contains(columns * rows) {
                    set.insert(TileGrid(columns: columns, rows: rows))
                }
            }
        }
        return set.slots.compactMap { $0 }
    }

    private mutating func insert(_ grid: TileGrid) {
        let slot = slot(of: grid)
        guard slots[slot] == nil else { return }
        slots[slot] = grid
        used += 1
        guard used * 5 >= (slots.count - 1) * 3 else { return }
        let old = slots
        var size = 8
        while size <= used * 4 { size *= 2 }
        slots = [TileGrid?](repeating: nil, count: size)
        for case let grid? in old { slots[self.slot(of: grid)] = grid }
    }

    /// The slot that holds the grid or is free for it: probes ten neighbors, then jumps.
    private func slot(of grid: TileGrid) -> Int {
        let hash = Self.hash(grid), mask = slots.count - 1
        var perturb = hash
        var start = Int(truncatingIfNeeded: hash) & mask
        while true {
            let probes = start + 9 <= mask ? 9 : 0
            for slot in start...start + probes where slots[slot] == nil || slots[slot] == grid { return slot }
            perturb >>= 5
            start = Int(truncatingIfNeeded: UInt(start) &* 5 &+ 1 &+ perturb) & mask
        }
    }

    /// The hash of the pair (columns, rows): xxHash with one lane.
    private static func hash(_ grid: TileGrid) -> UInt {
        let primes: (UInt, UInt, UInt) = (
            11_400_714_785_074_694_791, 14_029_467_366_897_019_727, 2_870_177_450_012_600_261
        )
        var sum = primes.2
        for value in [grid.columns, grid.rows] {
            sum &+= UInt(value) &* primes.1
            sum = sum << 31 | sum >> 33
            sum = sum &* primes.0
        }
        return sum &+ (2 ^ (primes.2 ^ 3_527_539))
    }
}
