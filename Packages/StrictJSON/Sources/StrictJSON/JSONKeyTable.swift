// Bits for keys that mean something: one look at the keys of an object tells which of many keys it may have.

/// Bits of a few keys, found several times as fast as in a dictionary when most keys are not among them.
public struct JSONKeyTable: Sendable {
    private struct Slot {
        var key: JSONKey = ""
        var bits: UInt64 = 0
    }

    private let slots: [Slot]
    private let mask: UInt32

    /// A table of keys that begin with four ASCII characters, or have fewer; no key may be empty, no bits 0.
    public init(_ bits: [String: UInt64]) {
        // A quarter of the slots at most is used, so that a search seldom compares more than one key.
        let count = 1 << (Int.bitWidth - (4 * max(1, bits.count) - 1).leadingZeroBitCount)
        var slots = Array(repeating: Slot(), count: count)
        mask = UInt32(count - 1)
        for (text, bits) in bits {
            let key = JSONKey(text)
            precondition(key.start != 0 && bits != 0, "a table cannot have the key \"\(text)\" with \(bits)")
            var place = Int(Self.hash(key) & mask)
            while slots[place].bits != 0 { place = (place + 1) & Int(mask) }
            slots[place] = Slot(key: key, bits: bits)
        }
        self.slots = slots
    }

    /// A table with the same bit for each key.
    public init(_ keys: [String]) { self.init(Dictionary(uniqueKeysWithValues: keys.map { ($0, 1) })) }

    /// The bits of a key; 0 when the table does not have it.
    public subscript(key: JSONKey) -> UInt64 {
        var place = Int(Self.hash(key) & mask)
        while slots[place].bits != 0 {
            if slots[place].key == key { return slots[place].bits }
            place = (place + 1) & Int(mask)
        }
        return 0
    }

    private static func hash(_ key: JSONKey) -> UInt32 {
        let count = UInt32(truncatingIfNeeded: key.text.utf8.count)
        return (key.start &* 0x9E37_79B1 &+ count &* 0x85EB_CA6B) >> 12
    }
}

extension JSONObject {
    /// The bits of all keys together.
    public func bits(in table: JSONKeyTable) -> UInt64 {
        var bits: UInt64 = 0
        for place in 0..<count { bits |= table[key(at: place)] }
        return bits
    }
}
