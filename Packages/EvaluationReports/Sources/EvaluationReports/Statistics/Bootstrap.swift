// The percentile bootstrap over questions (Efron 1979).
internal import ReportPages

/// Resamples questions with replacement and takes percentiles of the means.
enum Bootstrap {
    /// The resamples.
    static let rounds = 10_000
    /// The same for readers.
    static let roundsText = "10,000"

    /// The seed of all draws: resample `i` uses the numbers that follow from this and `i`, in every program and on every
    /// machine.
    private static let seed: UInt64 = 0x5EED_0F_EA1

    /// The 95% interval of the mean of questions; nil without any.
    static func interval(_ values: [Double]) -> Interval? { interval(groups: [values]) }

    /// The 95% interval of the plain mean of the means of groups; each is resampled by itself (stratified).
    ///
    /// - Parameter groups: The values of the questions of each group; empty groups are left out.
    /// - Returns: Nil without any question.
    static func interval(groups: [[Double]]) -> Interval? {
        let groups = groups.filter { !$0.isEmpty }.map(ResampledMean.init)
        guard !groups.isEmpty else { return nil }
        let draws = groups.allSatisfy(\.isConstant) ? 1 : rounds
        var means = (0..<draws).map { round in
            var random = SeededRandom(seed: seed &+ UInt64(round) << 32)
            return groups.reduce(0) { $0 + $1.mean(&random) } / Double(groups.count)
        }
        means.sort()
        return Interval(low: means[place(0.025, draws)], high: means[place(0.975, draws)])
    }

    /// The place of the smallest mean that at least this share of the means do not exceed.
    private static func place(_ share: Double, _ count: Int) -> Int {
        max(0, Int((share * Double(count)).rounded(.up)) - 1)
    }
}

/// Values of questions as distinct values with their counts.
///
/// Drawing n questions with replacement draws the counts of the distinct values from a multinomial distribution. With few
/// distinct values (right or wrong, or differences of these) that takes a draw for each value and not for each question.
struct ResampledMean {
    /// The distinct values, ascending, and how many questions have each.
    private let values: [Double], counts: [Int]
    /// The questions.
    private let total: Int
    /// The value of each question when there are too many distinct ones for counts; else empty.
    private let all: [Double]

    /// More distinct values than this are drawn question by question.
    private static let mostDistinct = 64

    /// The values of questions, at least one.
    init(_ all: [Double]) {
        let sorted = all.sorted()
        var (values, counts): ([Double], [Int]) = ([], [])
        for value in sorted {
            if value == values.last {
                counts[counts.count - 1] += 1
            } else {
                values.append(value)
                counts.append(1)
            }
        }
        (self.values, self.counts, total) = (values, counts, all.count)
        self.all = values.count > Self.mostDistinct ? all : []
    }

    /// Whether all values are equal.
    var isConstant: Bool { values.count == 1 }

    /// The mean of one resample.
    func mean(_ random: inout SeededRandom) -> Double {
        guard all.isEmpty else {
            var sum = 0.0
            for _ in 0..<total { sum += all[random.next(below: total)] }
            return sum / Double(total)
        }
        var (sum, left, questionsLeft) = (0.0, total, total)
        for (value, count) in zip(values, counts) {
            // The share of this value among those that are not drawn yet.
            let drawn = binomialDraw(
                count: left, probability: Double(count) / Double(questionsLeft), uniform: random.uniform())
            sum += Double(drawn) * value
            left -= drawn
            questionsLeft -= count
        }
        return sum / Double(total)
    }
}

extension SeededRandom {
    /// A number from 0 to below 1.
    fileprivate mutating func uniform() -> Double { Double(next(below: 1 << 53)) * 0x1p-53 }
}
