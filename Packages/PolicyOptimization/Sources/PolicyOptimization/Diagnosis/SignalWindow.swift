// The first and the last values of a step's metrics, as a diagnosis needs them.
internal import Rollouts

/// The values of the steps that had them, in order: the first few and the last few.
struct SignalWindow {
    /// Steps whose mean counts as "now", and as "at the start".
    static let width = 3
    /// The steps before the last `width` ones that count as "before".
    static let before = 10

    private(set) var count = 0
    private var first: [[String: Double]] = []
    private var recent: [[String: Double]] = []

    mutating func add(_ values: [String: Double]) {
        count += 1
        if first.count < Self.width { first.append(values) }
        recent.append(values)
        if recent.count > Self.width + Self.before { recent.removeFirst() }
    }

    /// Whether enough steps are known to say something.
    var isFull: Bool { count >= Self.width }

    /// The mean of the last steps; nil when no step had the metric.
    func now(_ name: String) -> Double? { mean(recent.suffix(Self.width), name) }
    /// The mean of the first steps, once they are not the last ones too.
    func atStart(_ name: String) -> Double? { count >= 2 * Self.width ? mean(first[...], name) : nil }
    /// The mean of the ten steps before the last ones, once there are so many.
    func before(_ name: String) -> Double? {
        recent.count == Self.width + Self.before ? mean(recent.prefix(Self.before), name) : nil
    }

    private func mean(_ steps: ArraySlice<[String: Double]>, _ name: String) -> Double? {
        let values = steps.compactMap { $0[name] }
        return values.isEmpty ? nil : average(values)
    }
}
