// The history of one number in bounded memory.

/// The values of a number over a run: the first, the last, and means of equal stretches between.
struct Curve: Equatable, Sendable {
    /// Neighboring values as their sum; one that is not finite counts as a value but not for the sum.
    private struct Stretch: Equatable, Sendable {
        var sum = 0.0
        var finite = 0
        var count = 0

        static func + (one: Stretch, other: Stretch) -> Stretch {
            Stretch(
                sum: one.sum + other.sum, finite: one.finite + other.finite, count: one.count + other.count)
        }

        var mean: Double? { finite > 0 ? sum / Double(finite) : nil }
    }

    /// The most stretches; an even number.
    static let most = 512

    /// The first value.
    let first: Double
    /// The last value.
    private(set) var last: Double
    private var stretches: [Stretch] = []
    /// The values of a whole stretch.
    private var length = 1

    /// The curve of one value.
    init(_ value: Double) {
        (first, last) = (value, value)
        add(value)
    }

    /// Appends a value.
    mutating func add(_ value: Double) {
        last = value
        let one = Stretch(sum: value.isFinite ? value : 0, finite: value.isFinite ? 1 : 0, count: 1)
        if let end = stretches.last, end.count < length {
            stretches[stretches.count - 1] = end + one
            return
        }
        if stretches.count == Self.most {
            stretches = stride(from: 0, to: Self.most, by: 2).map { stretches[$0] + stretches[$0 + 1] }
            length *= 2
        }
        stretches.append(one)
    }

    /// The means of at most `count` stretches, the oldest one first; nil where no value is finite.
    func means(_ count: Int) -> [Double?] {
        let (all, count) = (stretches.count, max(count, 0))
        guard all > count else { return stretches.map(\.mean) }
        return (0..<count).map { place in
            stretches[place * all / count..<(place + 1) * all / count].reduce(Stretch(), +).mean
        }
    }
}
