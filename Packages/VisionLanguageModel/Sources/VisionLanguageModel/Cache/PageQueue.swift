// Pages in the order in which they were last used, with removal from anywhere.

/// Distinct pages in order.
struct PageQueue {
    private var next: [Int: Int] = [:]
    private var previous: [Int: Int] = [:]
    private var first, last: Int?
    /// Number of pages.
    private(set) var count = 0

    /// Appends a page that is not in the queue.
    mutating func append(_ page: Int) {
        if let last {
            next[last] = page
            previous[page] = last
        } else {
            first = page
        }
        last = page
        count += 1
    }

    /// Removes a page that is in the queue.
    mutating func remove(_ page: Int) {
        let (before, after) = (previous.removeValue(forKey: page), next.removeValue(forKey: page))
        if let before { next[before] = after } else { first = after }
        if let after { previous[after] = before } else { last = before }
        count -= 1
    }

    /// Removes the page that was appended first.
    mutating func popFirst() -> Int? {
        guard let first else { return nil }
        remove(first)
        return first
    }
}
