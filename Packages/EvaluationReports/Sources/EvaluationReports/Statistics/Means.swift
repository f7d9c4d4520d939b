// Means with standard errors: over questions, and over groups of different sizes.

/// The mean of values and their variance.
struct SampleMoments: Equatable {
    /// The values.
    let count: Int
    /// Their mean.
    let mean: Double
    /// The mean square deviation: divided by the count.
    let variance: Double

    /// The moments of at least one value, in two passes: no digits cancel.
    init(_ values: [Double]) {
        count = values.count
        let center = values.reduce(0, +) / Double(values.count)
        mean = center
        variance = values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count)
    }
}

/// The mean of means of questions with its standard error over questions.
///
/// The answers to one question are not independent, so questions, not answers, are the units (cluster standard error):
/// sqrt(sum of (x - mean)² / (n (n - 1))).
///
/// - Parameter values: The mean of each question, at least one.
/// - Returns: The mean, and the error; nil for a single question.
func clusteredMean(_ values: [Double]) -> (mean: Double, standardError: Double?) {
    let moments = SampleMoments(values)
    guard moments.count > 1 else { return (moments.mean, nil) }
    return (moments.mean, (moments.variance / Double(moments.count - 1)).squareRoot())
}

/// The mean of the means of groups, with its standard error sqrt(sum of squared errors) / groups.
///
/// - Parameter groups: The mean and the standard error of each group, at least one.
/// - Returns: The mean; its error, nil when a group has none.
func macroMean(_ groups: [(mean: Double, standardError: Double?)]) -> (mean: Double, standardError: Double?) {
    let mean = groups.reduce(0) { $0 + $1.mean } / Double(groups.count)
    let errors = groups.compactMap(\.standardError)
    guard errors.count == groups.count else { return (mean, nil) }
    return (mean, errors.reduce(0) { $0 + $1 * $1 }.squareRoot() / Double(groups.count))
}
