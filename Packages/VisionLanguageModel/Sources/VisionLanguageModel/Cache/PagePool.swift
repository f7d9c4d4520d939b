// The pages of a cache: which are free, and how many hold each of the others.
internal import Basics

/// Counts the holders of each page and hands out the free ones.
struct PagePool {
    private var holders: [Int32] = []
    private var isFree: [Bool] = []
    /// Free pages, the next one last; it also has pages that were taken in another way since.
    private var stack: [Int] = []
    /// Number of free pages.
    private(set) var freeCount = 0

    /// Number of pages.
    var count: Int { holders.count }

    /// Pages that somebody holds.
    var heldCount: Int { holders.count { $0 > 0 } }

    /// Adds free pages up to `count`.
    mutating func grow(to count: Int) {
        let new = self.count..<count
        holders += new.map { _ in 0 }
        isFree += new.map { _ in true }
        stack = new.reversed() + stack
        freeCount += new.count
    }

    /// Takes a free page with one holder, the one after `page` if it is free; nil when there is none.
    mutating func take(after page: Int?) -> Int? {
        guard freeCount > 0 else { return nil }
        var found: Int?
        if let page, page + 1 < count, isFree[page + 1] { found = page + 1 }
        while found == nil, let last = stack.popLast() { found = isFree[last] ? last : nil }
        guard let found else { return nil }
        isFree[found] = false
        holders[found] = 1
        freeCount -= 1
        return found
    }

    /// The number of holders of a page.
    func holderCount(_ page: Int) -> Int { Int(holders[page]) }

    /// Adds a holder.
    mutating func retain(_ page: Int) {
        require(!isFree[page], "page \(page) is free")
        holders[page] += 1
    }

    /// Removes a holder; returns whether the page has none left.
    mutating func release(_ page: Int) -> Bool {
        require(holders[page] > 0, "page \(page) has no holder")
        holders[page] -= 1
        return holders[page] == 0
    }

    /// Makes a page without holders free.
    mutating func putBack(_ page: Int) {
        require(holders[page] == 0 && !isFree[page], "page \(page) cannot become free")
        isFree[page] = true
        freeCount += 1
        stack.append(page)
        if stack.count > 2 * count { stack = (0..<count).reversed().filter { isFree[$0] } }
    }
}
