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
}
