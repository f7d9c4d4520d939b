// Means with 95% intervals.

/// A value with its 95% interval.
public struct Estimate: Equatable, Sendable {
    /// The value.
    public let value: Double
    /// The ends of the interval; both are nil when there is too little for one.
    public let low, high: Double?

    /// A value without an interval.
    public init(_ value: Double) { (self.value, low, high) = (value, nil, nil) }

    /// A value with the ends of its interval.
    public init(_ value: Double, low: Double, high: Double) {
        (self.value, self.low, self.high) = (value, low, high)
    }

    /// A value with an interval of 1.96 standard errors on both sides.
    public init(_ value: Double, error: Double) {
        self.init(value, low: value - normalQuantile * error, high: value + normalQuantile * error)
    }
}

/// The 97.5th percentile of the normal distribution.
let normalQuantile = 1.959964

/// The mean of the values; 0 when there are none.
public func mean(_ values: some Collection<Double>) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
}

/// The mean of independent values with the normal 95% interval; nil when there are none.
public func meanEstimate(_ values: [Double]) -> Estimate? {
    guard let first = values.first else { return nil }
    guard values.count > 1 else { return Estimate(first) }
    let center = mean(values)
    let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    let variance = squares / Double(values.count - 1)
    return Estimate(center, error: (variance / Double(values.count)).squareRoot())
}
