// The binomial distribution, exact for any number of trials that an evaluation can have.
internal import Basics
internal import Foundation

/// How many of `count` independent trials succeed, each with the same probability.
///
/// The masses are computed from the mode outward by the ratio of neighbors and divided by their sum, so that no factorial
/// overflows and small tails keep their relative precision down to 1e-300. The time and memory are about 75 standard
/// deviations: 40,000 numbers for a million trials.
struct Binomial {
    /// The first number of successes with a mass above zero.
    private let first: Int
    /// The masses from there on.
    private let masses: [Double]

    /// The distribution of `count` trials, at least 0, with a probability from 0 to 1.
    init(count: Int, probability: Double) {
        require(
            count >= 0 && (0...1).contains(probability),
            "no binomial distribution of \(count), \(probability)")
        guard count > 0, probability > 0, probability < 1 else {
            (first, masses) = (probability < 1 ? 0 : count, [1])
            return
        }
        let odds = probability / (1 - probability)
        let mode = min(count, Int(Double(count + 1) * probability))
        var above: [Double] = []
        var (mass, place) = (1.0, mode)
        while place < count {
            mass *= Double(count - place) / Double(place + 1) * odds
            guard mass > 0 else { break }
            above.append(mass)
            place += 1
        }
        var below: [Double] = []
        (mass, place) = (1.0, mode)
        while place > 0 {
            mass *= Double(place) / Double(count - place + 1) / odds
            guard mass > 0 else { break }
            below.append(mass)
            place -= 1
        }
        first = mode - below.count
        let weights = below.reversed() + [1] + above
        // Small ones first, on both sides of the mode.
        let total = below.reversed().reduce(0, +) + above.reversed().reduce(0, +) + 1
        masses = weights.map { $0 / total }
    }

    /// The probability of exactly this number of successes.
    func mass(_ successes: Int) -> Double {
        masses.indices.contains(successes - first) ? masses[successes - first] : 0
    }

    /// The probability of at most this number of successes.
    func atMost(_ successes: Int) -> Double {
        let end = min(successes - first + 1, masses.count)
        return end > 0 ? min(1, masses[..<end].reduce(0, +)) : 0
    }

    /// The smallest number of successes that at least this share of the distribution does not exceed.
    func quantile(_ share: Double) -> Int {
        var sum = 0.0
        for (index, mass) in masses.enumerated() {
            sum += mass
            if sum >= share { return first + index }
        }
        return first + masses.count - 1
    }
}

/// A draw from the binomial distribution by inversion from the mode outward.
///
/// - Parameters:
///   - count: The trials.
///   - probability: That of a success, from 0 to 1.
///   - uniform: A number from 0 to below 1.
/// - Returns: The successes, a function of the arguments. The time is about a standard deviation.
func binomialDraw(count: Int, probability: Double, uniform: Double) -> Int {
    guard count > 0, probability > 0 else { return 0 }
    guard probability < 1 else { return count }
    let odds = probability / (1 - probability)
    let mode = min(count, Int(Double(count + 1) * probability))
    let logMass =
        lgamma(Double(count + 1)) - lgamma(Double(mode + 1)) - lgamma(Double(count - mode + 1))
        + Double(mode) * log(probability) + Double(count - mode) * log1p(-probability)
    var (up, down) = (exp(logMass), exp(logMass))
    var (high, low, rest) = (mode, mode, uniform - up)
    while rest >= 0, high < count || low > 0 {
        if high < count {
            up *= Double(count - high) / Double(high + 1) * odds
            high += 1
            rest -= up
            if rest < 0 { return high }
        }
        if low > 0 {
            down *= Double(low) / Double(count - low + 1) / odds
            low -= 1
            rest -= down
            if rest < 0 { return low }
        }
        // The masses that are left are too small to reach the number: rounding left their sum below it.
        if up + down < 1e-18 { break }
    }
    return mode
}
