// What a method of training does in one step; the run around it is the same for all (TrainingRun.swift).
internal import StrictJSON
internal import TrainingData
internal import VisionLanguageModel

/// What a step leaves behind.
///
/// `metrics` repeat bit for bit in a resumed run; `timings` do not.
struct StepRecord {
    var metrics: [String: Double] = [:]
    var timings: [String: Double] = [:]
    var samples: [[String: JSONValue]] = []
    /// The number worth showing on the console line.
    var headline = ""
}

/// One way to train.
protocol TrainingMethod {
    /// Makes step `step` (from 0): reads rows, computes gradients, updates the weights.
    ///
    /// - Throws: `Interruption.Stopped` when it was asked to stop before the weights changed.
    func step(_ step: Int) throws -> StepRecord
}

/// Measures the parts of a step.
struct Stopwatch {
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant

    init() { last = clock.now }

    /// Seconds since the last lap.
    mutating func lap() -> Double {
        let now = clock.now
        defer { last = now }
        let span = (now - last).components
        return Double(span.seconds) + Double(span.attoseconds) * 1e-18
    }
}
