// The sign-flip test: whether paired differences have the mean zero.
internal import ReportPages

/// The randomization test of paired differences (Fisher 1935).
enum SignFlips {
    /// With at most this many differences that are not zero, all signs are tried.
    static let mostExact = 20
    /// Else this many random signs.
    static let rounds = 10_000

    private static let seed: UInt64 = 0x51_617_F11

    /// The two-sided p: the share of all ways to choose signs whose sum is at least as far from zero.
    ///
    /// Differences of zero change nothing and are left out. With more than 20 others the signs of 10,000 rounds are drawn,
    /// a function of the round, and p = (1 + as far) / (1 + rounds) (Phipson and Smyth 2010).
    ///
    /// - Parameter differences: The difference of each question.
    /// - Returns: A number above 0 and at most 1; 1 without differences.
    static func p(_ differences: [Double]) -> Double {
        let nonzero = differences.filter { $0 != 0 }
        guard !nonzero.isEmpty else { return 1 }
        let size = nonzero.reduce(0) { $0 + abs($1) }
        // Sums that are equal but for rounding count as equal.
        let limit = abs(nonzero.reduce(0, +)) - 1e-12 * size
        return nonzero.count <= mostExact ? exact(nonzero, limit) : drawn(nonzero, limit)
    }

    private static func exact(_ values: [Double], _ limit: Double) -> Double {
        // The first sign can stay: flipping all signs gives the same distance from zero.
        let half = 1 << (values.count - 1)
        var (sum, signs, far) = (values.reduce(0, +), values, 0)
        for round in 1...half {
            if abs(sum) >= limit { far += 1 }
            // In the order of the Gray code each step flips one sign.
            let flipped = min(round.trailingZeroBitCount + 1, values.count - 1)
            signs[flipped].negate()
            sum += 2 * signs[flipped]
        }
        return Double(far) / Double(half)
    }

    private static func drawn(_ values: [Double], _ limit: Double) -> Double {
        var far = 0
        for round in 0..<rounds {
            var random = SeededRandom(seed: seed &+ UInt64(round) << 32)
            var sum = 0.0
            var start = 0
            while start < values.count {
                var bits = random.next(below: 1 << 62)
                let end = min(start + 62, values.count)
                for index in start..<end {
                    sum += bits & 1 == 0 ? values[index] : -values[index]
                    bits >>= 1
                }
                start = end
            }
            if abs(sum) >= limit { far += 1 }
        }
        return Double(1 + far) / Double(1 + rounds)
    }
}
