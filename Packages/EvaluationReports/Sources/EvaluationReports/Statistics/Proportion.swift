// The share of right answers with its intervals.
internal import Basics

/// How many of some questions were right.
struct Proportion: Equatable {
    /// Right questions.
    let right: Int
    /// All questions, at least 1.
    let count: Int

    /// A share; `right` is from 0 to `count`.
    init(right: Int, of count: Int) {
        require(count > 0 && (0...count).contains(right), "\(right) of \(count) is no share")
        (self.right, self.count) = (right, count)
    }

    /// The share.
    var value: Double { Double(right) / Double(count) }

    /// sqrt(p (1 - p) / n).
    var standardError: Double { (value * (1 - value) / Double(count)).squareRoot() }

    /// The 95% score interval of Wilson (1927).
    var wilson: Interval {
        let (n, z) = (Double(count), NormalQuantile.twoSided95)
        let stretch = 1 + z * z / n
        let center = (value + z * z / (2 * n)) / stretch
        let half = z / stretch * (value * (1 - value) / n + z * z / (4 * n * n)).squareRoot()
        // Without a wrong or a right answer one end is exact.
        return Interval(
            low: right == 0 ? 0 : max(0, center - half), high: right == count ? 1 : min(1, center + half))
    }

    /// The 95% percentile interval of the bootstrap over questions, without drawing.
    ///
    /// The number of right questions in a resample is binomial with the observed share, so the ends are its quantiles.
    var bootstrap: Interval {
        let resampled = Binomial(count: count, probability: value)
        return Interval(
            low: Double(resampled.quantile(0.025)) / Double(count),
            high: Double(resampled.quantile(0.975)) / Double(count))
    }
}
