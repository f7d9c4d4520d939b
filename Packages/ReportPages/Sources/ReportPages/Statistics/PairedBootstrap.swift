// The 95% interval of a mean difference over pairs, by resampling the pairs.

/// Random numbers that are the same in every run of the program (SplitMix64, Steele, Lea and Flood 2014).
public struct SeededRandom {
    private var state: UInt64

    /// Starts the sequence of a seed.
    public init(seed: UInt64) { state = seed }

    /// A number from 0 to below `limit`.
    public mutating func next(below limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Int(mixed.multipliedFullWidth(by: UInt64(limit)).high)
    }
}

/// How often pairs are resampled.
public let bootstrapRounds = 2000

/// The mean of differences with its 95% interval by the paired bootstrap (percentiles), always with the same seed.
///
/// - Parameter differences: The difference of each row.
/// - Returns: Nil without differences; no interval for a single one.
public func bootstrapEstimate(_ differences: [Double]) -> Estimate? {
    guard let first = differences.first else { return nil }
    guard differences.count > 1 else { return Estimate(first) }
    var random = SeededRandom(seed: 20_250_524)
    var means = (0..<bootstrapRounds).map { _ in
        var sum = 0.0
        for _ in differences.indices { sum += differences[random.next(below: differences.count)] }
        return sum / Double(differences.count)
    }
    means.sort()
    let tail = bootstrapRounds / 40
    return Estimate(mean(differences), low: means[tail], high: means[bootstrapRounds - 1 - tail])
}
