// How much a second run is better than a first one on the same questions.

/// The mean difference of paired questions.
public struct PairedDifference: Sendable, Equatable {
    /// The questions.
    public let count: Int
    /// The second run's mean minus the first's.
    public let difference: Double
    /// The standard error over questions; for right and wrong answers sqrt(((b + c) / n - d²) / n).
    public let standardError: Double
    /// The normal 95% interval.
    public let normal: Interval
    /// The 95% percentile interval of the paired bootstrap over questions.
    public let bootstrap: Interval

    /// The difference of questions; nil without any.
    ///
    /// - Parameter groups: The second value minus the first of each question. Of several groups the plain mean of their
    ///   means is taken; empty ones are left out.
    init?(groups: [[Double]]) {
        let groups = groups.filter { !$0.isEmpty }
        guard let bootstrap = Bootstrap.interval(groups: groups) else { return nil }
        let means = groups.map(SampleMoments.init)
        count = means.reduce(0) { $0 + $1.count }
        difference = means.reduce(0) { $0 + $1.mean } / Double(means.count)
        let squares = means.reduce(0) { $0 + $1.variance / Double($1.count) }
        standardError = squares.squareRoot() / Double(means.count)
        normal = Interval(around: difference, standardError: standardError)
        self.bootstrap = bootstrap
    }
}

/// The smallest true difference that a comparison of this size finds in 80% of cases, at a level of 5%.
///
/// (z(0.975) + z(0.8)) sqrt(discordant / n) = 2.80 sqrt(discordant / n) (Miller 2024, arXiv 2411.00640).
///
/// - Parameters:
///   - count: The questions, at least 1.
///   - discordant: The share of questions on which the runs differ, from 0 to 1.
/// - Returns: A difference of shares.
func detectableDifference(count: Int, discordant: Double) -> Double {
    (NormalQuantile.twoSided95 + NormalQuantile.power80) * (discordant / Double(count)).squareRoot()
}
