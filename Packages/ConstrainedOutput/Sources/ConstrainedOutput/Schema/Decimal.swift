// Numbers of a schema as exact decimals: bounds are compared digit by digit, never as doubles.

/// A decimal number: digits times a power of ten.
struct ExactDecimal {
    let isNegative: Bool
    /// Without leading zeros; empty for zero.
    let digits: [Int]
    let exponent: Int

    /// The number of a JSON text; nil when its exponent is beyond a million.
    init?(_ text: String) {
        let parts = text.lowercased().split(separator: "e", omittingEmptySubsequences: false)
        guard let exponent = parts.count > 1 ? Int(parts[1]) : 0, abs(exponent) <= 1_000_000 else {
            return nil
        }
        let halves = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = halves.count > 1 ? halves[1] : ""
        let all = (halves[0] + fraction).compactMap(\.wholeNumberValue)
        isNegative = text.hasPrefix("-")
        digits = Array(all.drop { $0 == 0 })
        self.exponent = exponent - fraction.count
    }

    /// The number in units of the last of `decimals` places, rounded toward minus infinity.
    ///
    /// - Parameter decimals: Places after the point.
    /// - Returns: The largest whole number of units not above it, limited to 18 digits, and whether it is exact.
    func floor(decimals: Int) -> (units: Int, isExact: Bool) {
        guard !digits.isEmpty else { return (0, true) }
        let limit = 1_000_000_000_000_000_000
        let shift = exponent + decimals
        guard digits.count + shift <= 18 else { return (isNegative ? -limit : limit, false) }
        let kept = shift >= 0 ? digits + [Int](repeating: 0, count: shift) : Array(digits.dropLast(-shift))
        let isExact = shift >= 0 || digits.suffix(-shift).allSatisfy { $0 == 0 }
        let magnitude = kept.reduce(0) { $0 * 10 + $1 }
        return (isNegative ? -magnitude - (isExact ? 0 : 1) : magnitude, isExact)
    }
}
