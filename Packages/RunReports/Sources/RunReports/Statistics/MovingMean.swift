// A mean over a window of steps, with a 95% interval.
internal import ReportPages

/// A mean over a window of values that moves over them.
struct MovingMean {
    /// The values of the window's width on both sides of its center, and the center.
    let width: Int

    /// The window for a number of values: about a twentieth of them, odd, at most 101.
    init(for count: Int, least: Int) {
        let wanted = min(101, max(least, count / 20))
        width = wanted | 1
    }

    /// The mean around each value, with the interval that follows from the spread of the window's values.
    func estimates(_ values: [Double]) -> [Estimate] {
        values.indices.map { index in
            // Sums over each window: after a spike, differences of running sums would be rounding errors.
            let window = values[window(index, of: values.count)]
            let (center, count) = (mean(window), Double(window.count))
            guard count > 1 else { return Estimate(center) }
            var squares = 0.0
            for value in window { squares += (value - center) * (value - center) }
            return Estimate(center, error: (squares / (count - 1) / count).squareRoot())
        }
    }

    /// The mean over all answers around each step, with the interval that follows from the standard deviation and the
    /// number of the answers of each step.
    ///
    /// - Parameters:
    ///   - values: The mean of each step.
    ///   - deviations: The standard deviation of its answers.
    ///   - counts: The number of its answers.
    /// - Returns: An estimate for each step.
    func estimates(_ values: [Double], deviations: [Double], counts: [Double]) -> [Estimate] {
        values.indices.map { index in
            var (total, sum, variance) = (0.0, 0.0, 0.0)
            for step in window(index, of: values.count) {
                total += counts[step]
                sum += counts[step] * values[step]
                // The variance of the sum of a step's answers: their number times the variance of one.
                variance += counts[step] * deviations[step] * deviations[step]
            }
            return total > 0
                ? Estimate(sum / total, error: variance.squareRoot() / total) : Estimate(values[index])
        }
    }

    private func window(_ index: Int, of count: Int) -> Range<Int> {
        max(0, index - width / 2)..<min(count, index + width / 2 + 1)
    }
}
