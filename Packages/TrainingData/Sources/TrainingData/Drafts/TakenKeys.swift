// Which keys of a row are used: bits for the first 64, because nearly all rows have fewer.

/// Places of keys that something has used.
struct TakenKeys {
    private var first: UInt64 = 0
    private var others: Set<Int> = []

    /// Whether the key at a place is used.
    func has(_ place: Int) -> Bool { place < 64 ? first >> UInt64(place) & 1 == 1 : others.contains(place) }

    /// Marks the key at a place as used.
    mutating func insert(_ place: Int) {
        if place < 64 { first |= 1 << UInt64(place) } else { others.insert(place) }
    }
}
