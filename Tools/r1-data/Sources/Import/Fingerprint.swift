// Texts as 128 bits, so that a set of a million ids needs little memory and time.

/// 128 bits of a text within this process: equal texts have equal ones, and others practically never.
struct Fingerprint: Hashable, Sendable {
    fileprivate let first, second: Int

    /// One half is enough to find a fingerprint: it is a hash already.
    func hash(into hasher: inout Hasher) { hasher.combine(first) }

    /// What no text has but by an unlikely chance.
    fileprivate static let zero = Fingerprint()

    private init() { (first, second) = (0, 0) }

    /// The fingerprint of a text.
    init(_ text: String) {
        var (first, second) = (Hasher(), Hasher())
        var text = text
        text.withUTF8 { bytes in
            first.combine(bytes: UnsafeRawBufferPointer(bytes))
            second.combine(0x5EED)
            second.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
        (self.first, self.second) = (first.finalize(), second.finalize())
    }
}

/// Fingerprints that were seen.
///
/// A set of the standard library hashes each element again, and again whenever it grows; fingerprints are hashes
/// already.
struct FingerprintSet {
    /// Two to the power of `bits` places, at most half of them used.
    private var slots: [Fingerprint]
    private var bits = 10
    private var count = 0
    /// Whether the fingerprint of zeros, which marks free places, is in the set.
    private var hasZero = false

    init() { slots = Array(repeating: .zero, count: 1 << bits) }

    /// Inserts a fingerprint; returns whether it is new.
    mutating func insert(_ fingerprint: Fingerprint) -> Bool {
        guard fingerprint != .zero else {
            defer { hasZero = true }
            return !hasZero
        }
        if 2 * count >= slots.count { grow() }
        guard place(fingerprint) else { return false }
        count += 1
        return true
    }

    /// Puts a fingerprint into the first free place from its own on; false when it is there already.
    private mutating func place(_ fingerprint: Fingerprint) -> Bool {
        let mask = slots.count - 1
        var place = fingerprint.first & mask
        while slots[place] != .zero {
            if slots[place] == fingerprint { return false }
            place = (place + 1) & mask
        }
        slots[place] = fingerprint
        return true
    }

    private mutating func grow() {
        bits += 1
        let old = slots
        slots = Array(repeating: .zero, count: 1 << bits)
        for fingerprint in old where fingerprint != .zero { _ = place(fingerprint) }
    }
}
