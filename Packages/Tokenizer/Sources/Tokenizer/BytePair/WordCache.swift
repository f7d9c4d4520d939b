// A cache of merged words. Texts repeat few words often, so most words cost one lookup.

/// The tokens of short words, in a direct-mapped table.
struct WordCache {
    /// Byte lengths of cached words; one byte needs no merging.
    static let lengths = 2...16
    /// Words with more tokens are not cached.
    static let mostTokens = 4

    /// The bytes of a word from both ends; overlapping, they cover all of it.
    struct Key: Equatable {
        let low, high: UInt64
        let length: Int

        /// The key of a word whose length is in `lengths`.
        init(_ word: UnsafeBufferPointer<UInt8>) {
            let bytes = UnsafeRawBufferPointer(word)
            func load<T: FixedWidthInteger & UnsignedInteger>(_ type: T.Type, _ offset: Int) -> UInt64 {
                UInt64(bytes.loadUnaligned(fromByteOffset: offset, as: type))
            }
            length = word.count
            switch length {
            case 8...: (low, high) = (load(UInt64.self, 0), load(UInt64.self, length - 8))
            case 4...: (low, high) = (load(UInt32.self, 0), load(UInt32.self, length - 4))
            default: (low, high) = (load(UInt16.self, 0), load(UInt16.self, length - 2))
            }
        }

        /// Two rounds of multiplication by an odd number; the upper bits depend on all input bits.
        fileprivate var hash: UInt64 {
            let first = (low ^ UInt64(length)) &* 0x9E37_79B9_7F4A_7C15
            return ((first ^ first >> 32) &+ high) &* 0xD6E8_FEB8_6659_FD93
        }
    }

    private struct Entry {
        var key: Key
        var count = 0
        var tokens = SIMD4<TokenID>(repeating: 0)
    }

    private var entries: [Entry] = []
    private var shift: UInt64 = 0

    /// Sets the table size for a text of this many bytes: none for a line, at most 8,192 entries.
    ///
    /// Growing the table clears it.
    mutating func prepare(for byteCount: Int) {
        var bits: UInt64 = 0
        while bits < 13, 32 << bits < byteCount { bits += 1 }
        guard bits >= 4, 1 << bits > entries.count else { return }
        shift = 64 - bits
        let nothing = [UInt8](repeating: 0, count: 2).withUnsafeBufferPointer { Key($0) }
        entries = Array(repeating: Entry(key: nothing), count: 1 << bits)
    }

    /// Appends the tokens of a cached word; false if the word is not cached.
    func append(_ key: Key, to output: inout [TokenID]) -> Bool {
        guard !entries.isEmpty else { return false }
        let entry = entries[Int(truncatingIfNeeded: key.hash >> shift)]
        guard entry.count > 0, entry.key == key else { return false }
        for index in 0..<entry.count { output.append(entry.tokens[index]) }
        return true
    }

    /// Caches the tokens of a word.
    mutating func keep(_ key: Key, _ tokens: ArraySlice<TokenID>) {
        guard !entries.isEmpty, tokens.count <= Self.mostTokens else { return }
        var entry = Entry(key: key, count: tokens.count)
        for (index, token) in tokens.enumerated() { entry.tokens[index] = token }
        entries[Int(truncatingIfNeeded: key.hash >> shift)] = entry
    }
}
