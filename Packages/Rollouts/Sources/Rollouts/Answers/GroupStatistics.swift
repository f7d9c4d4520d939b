// Mean and standard deviation of rewards, and the spread below which a group teaches nothing.
internal import Foundation

/// Which standard deviation.
public enum DeviationKind: String, Codable, Sendable, CaseIterable {
    /// Divides by G: the paper's worked example, our default.
    case population
    /// Divides by G - 1: TRL, ms-swift, verl, EasyR1.
    case sample
}

/// Rewards of a group with a standard deviation up to this are considered equal: its advantages are zero.
public let smallestSpread = 1e-8

/// The mean of the values; 0 when there are none.
public func average(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
}

/// The standard deviation of the values; 0 for fewer than two.
public func deviation(_ values: [Double], _ kind: DeviationKind) -> Double {
    guard values.count > 1 else { return 0 }
    let mean = average(values)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - (kind == .sample ? 1 : 0))).squareRoot()
}

/// A number with a fixed count of digits after the point, for tables and console lines.
public func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
