// Cuts loops into slices for the threads.
internal import Basics

/// The fewest elements that are worth another thread.
private let grain = 1 << 15

/// Runs a kernel over slices of `count` elements on all threads.
func overElements(_ count: Int, _ body: (_ start: Int, _ count: Int) -> Void) {
    inParallel(count, grain: grain) { body($0.lowerBound, $0.count) }
}

/// The fewest rows of `columns` elements that are worth another thread.
func rowGrain(_ columns: Int) -> Int { max(1, (1 << 14) / max(1, columns)) }

/// Cuts `count` rows into blocks.
///
/// The cut does not depend on the number of threads, so partial sums over rows do not either.
func rowSlices(_ count: Int, blockCount: Int) -> [Range<Int>] {
    let blocks = max(1, min(blockCount, count / 16))
    return (0..<blocks).map { count * $0 / blocks..<count * ($0 + 1) / blocks }
}
