// The vocabulary as bytes: one flat buffer with a span per id, and an open-addressing index from bytes to
// ids. A Dictionary of Strings would not work: Strings compare by canonical equivalence, so different tokens
// could be equal, and 150,000 small allocations would make loading slow.

/// Tokens by id and ids by token.
struct TokenTable: Sendable {
    /// Ids must be smaller than this, so that a damaged file cannot cause gigabytes of allocations.
    static let rowLimit = 1 << 24

    private var text: [UInt8] = []
    private var starts: [Int32] = []
    private var counts: [Int32] = []
    private var slots = [TokenID](repeating: -1, count: 1 << 10)
    private var used = 0

    /// One more than the largest id.
    var rowCount: Int { starts.count }

    /// The bytes of a token; nil if the id has no token.
    func bytes(of id: TokenID) -> ArraySlice<UInt8>? {
        guard id >= 0, Int(id) < starts.count, counts[Int(id)] > 0 else { return nil }
        let start = Int(starts[Int(id)])
        return text[start..<start + Int(counts[Int(id)])]
    }

    /// The id of the token with these bytes.
    func id(of token: UnsafeBufferPointer<UInt8>) -> TokenID? {
        let id = slots[slot(of: token)]
        return id < 0 ? nil : id
    }

    /// Adds a token.
    ///
    /// - Returns: False if the token is empty, or if the token or its id exists; `id` must be in
    ///   `0..<rowLimit`.
    mutating func insert(_ token: UnsafeBufferPointer<UInt8>, id: Int) -> Bool {
        guard !token.isEmpty, text.count + token.count <= Int32.max else { return false }
        if id < counts.count, counts[id] > 0 { return false }
        let slot = slot(of: token)
        guard slots[slot] < 0 else { return false }
        if id >= starts.count {
            let missing = id + 1 - starts.count
            starts.append(contentsOf: repeatElement(0, count: missing))
            counts.append(contentsOf: repeatElement(0, count: missing))
        }
        starts[id] = Int32(text.count)
        counts[id] = Int32(token.count)
        text.append(contentsOf: token)
        slots[slot] = TokenID(id)
        used += 1
        if used * 2 > slots.count { grow() }
        return true
    }

    /// The slot that holds `token`, or the free slot where it belongs (at least half of the slots are free).
    private func slot(of token: UnsafeBufferPointer<UInt8>) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(token))
        let mask = slots.count - 1
        var slot = hasher.finalize() & mask
        while slots[slot] >= 0, !holds(slots[slot], token) { slot = (slot + 1) & mask }
        return slot
    }

    private func holds(_ id: TokenID, _ token: UnsafeBufferPointer<UInt8>) -> Bool {
        let count = Int(counts[Int(id)])
        guard count == token.count else { return false }
        let start = Int(starts[Int(id)])
        return text.withUnsafeBufferPointer { text in
            for offset in 0..<count where text[start + offset] != token[offset] { return false }
            return true
        }
    }

    private mutating func grow() {
        let old = slots
        slots = [TokenID](repeating: -1, count: old.count * 2)
        for id in old where id >= 0 {
            let start = Int(starts[Int(id)])
            let free = text.withUnsafeBufferPointer { text in
                slot(of: UnsafeBufferPointer(rebasing: text[start..<start + Int(counts[Int(id)])]))
            }
            slots[free] = id
        }
    }
}
