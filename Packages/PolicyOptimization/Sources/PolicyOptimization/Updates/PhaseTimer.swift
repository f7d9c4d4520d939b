// Where the seconds of a step go.

/// Times the phases of a step under `timing/NAME`.
struct PhaseTimer {
    /// Seconds by metric name.
    private(set) var seconds: [String: Double] = [:]

    /// Runs a phase and adds its seconds.
    mutating func callAsFunction<R>(_ phase: String, _ body: () throws -> R) rethrows -> R {
        var watch = Stopwatch()
        defer { seconds["timing/\(phase)", default: 0] += watch.lap() }
        return try body()
    }

    /// Adds seconds that were measured elsewhere.
    mutating func add(_ seconds: Double, to phase: String) {
        self.seconds["timing/\(phase)", default: 0] += seconds
    }
}

/// Measures laps of time.
public struct Stopwatch {
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant

    /// Starts the first lap.
    public init() { last = clock.now }

    /// Ends a lap and starts the next one; returns its seconds.
    public mutating func lap() -> Double {
        let now = clock.now
        defer { last = now }
        let span = (now - last).components
        return Double(span.seconds) + Double(span.attoseconds) * 1e-18
    }
}
