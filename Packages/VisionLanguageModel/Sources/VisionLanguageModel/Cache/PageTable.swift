// Where the keys and values of one sequence are.

/// The pages of one sequence, in order.
struct PageTable {
    /// The pages; the last ones may still be empty.
    var pages: [Int] = []
    /// Tokens whose keys and values are there.
    var count = 0
    /// Leading pages that are in the tree, and the last of them there; nil for the root.
    var (knownPages, node): (Int, PrefixNode?) = (0, nil)

    /// The rows of the tokens of `range`, page by page; pages that follow one another are one piece.
    func rows(_ range: Range<Int>) -> [Range<Int>] {
        let size = PagedCache.pageTokens
        var (rows, at): ([Range<Int>], Int) = ([], range.lowerBound)
        while at < range.upperBound {
            let end = min(range.upperBound, (at / size + 1) * size)
            let start = pages[at / size] * size + at % size
            if let last = rows.last, last.upperBound == start {
                rows[rows.count - 1] = last.lowerBound..<start + end - at
            } else {
                rows.append(start..<start + end - at)
            }
            at = end
        }
        return rows
    }
}
