// Intervals, and the quantiles of the normal distribution that they and the power of a test need.

/// A closed interval.
public struct Interval: Sendable, Equatable {
    /// The ends.
    public let low, high: Double

    /// An interval.
    public init(low: Double, high: Double) { (self.low, self.high) = (low, high) }
}

/// Quantiles of the standard normal distribution.
enum NormalQuantile {
    /// Of 97.5%: both tails outside hold 5%.
    static let twoSided95 = 1.959963984540054
    /// Of 80%, the usual power of a test.
    static let power80 = 0.8416212335729143
}

extension Interval {
    /// The normal 95% interval around a value.
    init(around value: Double, standardError: Double) {
        let half = NormalQuantile.twoSided95 * standardError
        self.init(low: value - half, high: value + half)
    }
}
