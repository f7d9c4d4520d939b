// How loops are cut into slices for the threads.
internal import Basics

/// Elements below this many are not worth a second thread.
private let grain = 1 << 15

/// Runs a kernel over slices of `count` elements.
func overElements(_ count: Int, _ body: (_ start: Int, _ count: Int) -> Void) {
    inParallel(count, grain: grain) { body($0.lowerBound, $0.count) }
}

/// Rows worth a thread of their own when each has `columns` elements.
func rowGrain(_ columns: Int) -> Int { max(1, (1 << 14) / max(1, columns)) }

/// Cuts `count` rows into a fixed number of blocks, whatever the number of threads, so that partial sums
/// over rows do not depend on it.
func rowSlices(_ count: Int, blockCount: Int) -> [Range<Int>] {
    let blocks = max(1, min(blockCount, count / 16))
    return (0..<blocks).map { count * $0 / blocks..<count * ($0 + 1) / blocks }
}
