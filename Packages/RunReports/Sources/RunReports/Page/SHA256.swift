// SHA-256 (FIPS 180-4), for the hashes in the policy of a page: a few kilobytes, once for each page.

/// The SHA-256 of some bytes.
func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var state = SHA256State()
    var padded = bytes + [0x80]
    padded += [UInt8](repeating: 0, count: (120 - padded.count % 64) % 64)
    padded += bigEndian(UInt64(bytes.count) * 8)
    for start in stride(from: 0, to: padded.count, by: 64) { state.add(padded[start..<start + 64]) }
    return state.words.flatMap(bigEndian)
}

private func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    stride(from: value.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
}

private struct SHA256State {
    /// The first 64 bits of the fractions of roots of primes give all constants.
    static let primes: [Double] = (2...311).filter { number in
        number < 4 || !(2...Int(Double(number).squareRoot())).contains { number.isMultiple(of: $0) }
    }.map(Double.init)
    static let constants = primes.prefix(64).map { fraction(cubeRoot($0)) }

    var words = primes.prefix(8).map { fraction($0.squareRoot()) }

    /// The first 32 bits of the fraction of a number.
    private static func fraction(_ value: Double) -> UInt32 {
        UInt32((value - value.rounded(.down)) * 0x1p32)
    }

    /// Newton's method from above; the root of an integer below 400 has 49 bits of fraction in a double.
    private static func cubeRoot(_ value: Double) -> Double {
        var root = value
        for _ in 0..<60 { root -= (root * root * root - value) / (3 * root * root) }
        return root
    }

    /// Adds a block of 64 bytes.
    mutating func add(_ block: ArraySlice<UInt8>) {
        let schedule = Self.schedule(Array(block))
        var (a, b, c, d) = (words[0], words[1], words[2], words[3])
        var (e, f, g, h) = (words[4], words[5], words[6], words[7])
        for round in 0..<64 {
            let choice = (e & f) ^ (~e & g)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            let first = h &+ turned(e, 6, 11, 25) &+ choice &+ Self.constants[round] &+ schedule[round]
            let second = turned(a, 2, 13, 22) &+ majority
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        words = zip(words, [a, b, c, d, e, f, g, h]).map { $0 &+ $1 }
    }

    private static func schedule(_ block: [UInt8]) -> [UInt32] {
        var words = stride(from: 0, to: 64, by: 4).map { start in
            block[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        for index in 16..<64 {
            let (old, new) = (words[index - 15], words[index - 2])
            let first = rotated(old, 7) ^ rotated(old, 18) ^ (old >> 3)
            let second = rotated(new, 17) ^ rotated(new, 19) ^ (new >> 10)
            words.append(words[index - 16] &+ first &+ words[index - 7] &+ second)
        }
        return words
    }
}

private func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

private func turned(_ word: UInt32, _ a: UInt32, _ b: UInt32, _ c: UInt32) -> UInt32 {
    rotated(word, a) ^ rotated(word, b) ^ rotated(word, c)
}
