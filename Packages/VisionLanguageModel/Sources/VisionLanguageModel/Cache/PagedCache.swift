// The key/value cache in pages: shared beginnings are stored once, and pages that no sequence holds stay until their
// room is needed.
internal import Basics
internal import TensorMath

/// Keys and values of many sequences in pages of a fixed number of tokens.
///
/// A page is free, held by sequences, or unused: without a holder, but in the tree of known beginnings, where a later
/// sequence may find it. A page with several holders is never written; a sequence copies it first.
final class PagedCache {
    /// Tokens of a page.
    static let pageTokens = 32

    private let model: TextDecoder
    private var rows: KeyValueCache?
    private var pool = PagePool()
    /// Unused pages; those used the longest time ago first, and a page before its parent.
    private var unused = PageQueue()
    private var nodes: [Int: PrefixNode] = [:]
    private var root = PrefixNode()
    /// Whether pages are looked for in the tree.
    let reusesPrefixes: Bool
    /// Whether the memory of all pages is taken at once; else it grows with the need.
    private let isFixed: Bool
    /// The most pages.
    private(set) var mostPages: Int
    /// Pages to begin with.
    ///
    /// Where pages are depends only on the requests since `reset`, so equal requests give equal bits.
    private var expected = PagedCache.fewestPages
    private static let fewestPages = 64

    /// A cache without pages.
    ///
    /// - Parameters:
    ///   - model: The decoder whose keys and values it holds.
    ///   - byteLimit: The most bytes.
    ///   - isFixed: Whether to take that memory at once.
    ///   - reusesPrefixes: Whether sequences with equal beginnings share pages.
    init(_ model: TextDecoder, byteLimit: Int, isFixed: Bool, reusesPrefixes: Bool) {
        (self.model, self.isFixed, self.reusesPrefixes) = (model, isFixed, reusesPrefixes)
        mostPages = Self.pages(model, within: byteLimit)
    }

    /// The most pages whose memory is within a limit.
    static func pages(_ model: TextDecoder, within byteLimit: Int) -> Int {
        var (fitting, tooMany) = (0, 1 << 31)
        while tooMany - fitting > 1 {
            let middle = fitting + (tooMany - fitting) / 2
            let bytes = KeyValueCache.byteCount(model, rowCount: middle * pageTokens)
            if let bytes, bytes <= byteLimit { fitting = middle } else { tooMany = middle }
        }
        return fitting
    }

    /// Bytes of memory that the pages take now.
    var byteCount: Int { KeyValueCache.byteCount(model, rowCount: pool.count * Self.pageTokens) ?? .max }

    /// Bytes of memory that all pages may take.
    var byteLimit: Int { KeyValueCache.byteCount(model, rowCount: mostPages * Self.pageTokens) ?? .max }

    /// Pages that sequences hold.
    var heldCount: Int { pool.heldCount }

    /// Pages that are known beginnings and that no sequence holds.
    var unusedCount: Int { unused.count }

    /// Pages that can be taken: free, unused, or not allocated yet.
    var availableCount: Int { max(0, mostPages - pool.count) + pool.freeCount + unused.count }

    /// Keys and values, for a pass through the decoder.
    func keysAndValues() -> KeyValueCache {
        guard let rows else { fatalError("a pass through the decoder before any page was taken") }
        return rows
    }

    /// Pages for `tokenCount` tokens.
    static func pageCount(_ tokenCount: Int) -> Int { (tokenCount + pageTokens - 1) / pageTokens }

    // MARK: - Pages of a sequence

    /// Pages that a sequence must take before its tokens up to `total` can be written.
    func missingPages(_ table: PageTable, for total: Int) -> Int {
        max(0, Self.pageCount(total) - table.pages.count) + (sharesTail(table) ? 1 : 0)
    }

    /// Takes the pages for tokens up to `total`; returns whether all could be taken.
    func makeRoom(_ table: inout PageTable, for total: Int) -> Bool {
        if sharesTail(table) {
            let place = table.count / Self.pageTokens
            let shared = table.pages[place]
            guard let page = take(after: place > 0 ? table.pages[place - 1] : nil) else { return false }
            copy(table.count % Self.pageTokens, from: shared, to: page)
            release(shared)
            table.pages[place] = page
        }
        while table.pages.count < Self.pageCount(total) {
            guard let page = take(after: table.pages.last) else { return false }
            table.pages.append(page)
        }
        return true
    }

    /// Whether the page that gets the next token is held by others too.
    private func sharesTail(_ table: PageTable) -> Bool {
        table.count % Self.pageTokens > 0 && pool.holderCount(table.pages[table.count / Self.pageTokens]) > 1
    }

    /// Whether only this sequence references the last page, so that releasing the sequence frees a page.
    func ownsLastPage(_ table: PageTable) -> Bool {
        table.pages.last.map { pool.holderCount($0) == 1 } ?? false
    }

    /// A sequence with the same tokens, in the same pages.
    func fork(_ table: PageTable) -> PageTable {
        var copy = table
        copy.pages.removeLast(table.pages.count - Self.pageCount(table.count))
        for page in copy.pages { pool.retain(page) }
        return copy
    }

    /// Releases the pages of a sequence with these tokens; what it has computed can be found again.
    func release(_ table: inout PageTable, _ keys: [TokenKey]) {
        register(&table, keys)
        let tail = table.count % Self.pageTokens
        if reusesPrefixes, tail > 0 {
            let page = table.pages[table.count / Self.pageTokens]
            let tokens = keys[table.count - tail..<table.count]
            let parent = table.node ?? root
            if pool.holderCount(page) == 1, (parent.closest(tokens)?.count ?? 0) < tail {
                nodes[page] = PrefixNode(page: page, tokens: Array(tokens), below: parent)
            }
        }
        for page in table.pages.reversed() { release(page) }
        table = PageTable()
    }

    private func release(_ page: Int) {
        guard pool.release(page) else { return }
        if nodes[page] == nil { pool.putBack(page) } else { unused.append(page) }
    }

    // MARK: - The tree

    /// A sequence whose first tokens are those of known pages, at most `most`.
    ///
    /// The tokens of the last page are copied where the page holds others too.
    func match(_ keys: [TokenKey], most: Int) -> PageTable {
        var table = PageTable()
        guard reusesPrefixes else { return table }
        var node = root
        while table.count + Self.pageTokens <= most,
            let child = node.child(keys[table.count..<table.count + Self.pageTokens]), let page = child.page
        {
            retain(page)
            table.pages.append(page)
            table.count += Self.pageTokens
            (node, table.node, table.knownPages) = (child, child, table.knownPages + 1)
        }
        guard let (child, count) = node.closest(keys[table.count..<max(table.count, most)]),
            let from = child.page
        else { return table }
        // Taking a page must not take the one that is copied.
        retain(from)
        if let page = take(after: table.pages.last) {
            copy(count, from: from, to: page)
            table.pages.append(page)
            table.count += count
        }
        release(from)
        return table
    }

    private func retain(_ page: Int) {
        if pool.holderCount(page) == 0 { unused.remove(page) }
        pool.retain(page)
    }

    /// Adds the full pages of a sequence with these tokens to the tree.
    ///
    /// A page whose tokens are there already is replaced by the one that is there.
    func register(_ table: inout PageTable, _ keys: [TokenKey]) {
        guard reusesPrefixes else { return }
        while (table.knownPages + 1) * Self.pageTokens <= table.count {
            let (place, parent) = (table.knownPages, table.node ?? root)
            let tokens = keys[place * Self.pageTokens..<(place + 1) * Self.pageTokens]
            let page = table.pages[place]
            if let known = parent.child(tokens), let same = known.page {
                if same != page {
                    retain(same)
                    release(page)
                    table.pages[place] = same
                }
                table.node = known
            } else {
                let node = PrefixNode(page: page, tokens: Array(tokens), below: parent)
                nodes[page] = node
                table.node = node
                for shorter in parent.shorter(than: tokens) { remove(shorter) }
            }
            table.knownPages += 1
        }
    }

    /// Makes an unused leaf's page free.
    private func remove(_ leaf: PrefixNode) {
        guard let page = leaf.page, leaf.isLeaf, pool.holderCount(page) == 0 else { return }
        unused.remove(page)
        forget(page)
    }

    private func forget(_ page: Int) {
        require(nodes[page]?.isLeaf == true, "page \(page) has tokens after it")
        nodes.removeValue(forKey: page)?.remove()
        pool.putBack(page)
    }

    // MARK: - Memory

    /// A page with one holder: a free one, a new one, or the one that was unused for the longest time.
    private func take(after page: Int?) -> Int? {
        if pool.freeCount == 0 { grow() }
        if pool.freeCount == 0, let oldest = unused.popFirst() { forget(oldest) }
        return pool.take(after: page)
    }

    private func copy(_ count: Int, from: Int, to: Int) {
        let start = from * Self.pageTokens
        keysAndValues().copy(start..<start + count, to: to * Self.pageTokens)
    }

    /// Allocates more pages, if the limit and the memory allow it.
    private func grow() {
        guard pool.count < mostPages else { return }
        var count = isFixed ? mostPages : min(mostPages, max(expected, 2 * pool.count))
        let bytes = KeyValueCache.byteCount(model, rowCount: count * Self.pageTokens) ?? .max
        let free = AvailableMemory.current().byteCount + MemoryStatistics.waitingBytes
        if bytes - byteCount > free {
            // What there is must do; without any page, half of what is free.
            count = pool.count > 0 ? pool.count : min(count, Self.pages(model, within: free / 2))
            mostPages = count
            guard count > pool.count else { return }
        }
        if let rows {
            rows.extend(to: count * Self.pageTokens)
        } else {
            rows = KeyValueCache(model, rowCount: count * Self.pageTokens)
        }
        pool.grow(to: count)
    }

    /// Begins with room for `pages`, if the limit allows it, while there are no pages.
    func expect(pages: Int) { expected = max(expected, pages) }

    /// Lowers the limit, while there are no pages.
    func limit(pages: Int) {
        require(pool.count == 0, "the limit of a cache with pages cannot change")
        mostPages = min(mostPages, pages)
    }

    /// Forgets everything and returns the memory; no sequence may hold a page.
    ///
    /// - Parameter mostPages: The new limit; nil keeps it.
    func reset(mostPages: Int? = nil) {
        require(pool.heldCount == 0, "\(pool.heldCount) pages are still held")
        expected = Self.fewestPages
        (rows, pool, unused, nodes, root) = (nil, PagePool(), PageQueue(), [:], PrefixNode())
        self.mostPages = mostPages ?? self.mostPages
    }
}
