// Learning-rate schedules: warm-up, then constant, linear or cosine.
internal import Foundation

/// The learning rate over the steps of a run.
public struct Schedule: Codable, Sendable, Equatable {
    /// The shape after the warm-up.
    public enum Shape: String, Codable, Sendable, CaseIterable { case constant, linear, cosine }

    /// The highest rate.
    public var peak: Double
    /// Steps of linear rise from 0; step `s` (from 0) of the warm-up runs at `peak (s + 1) / warmupSteps`.
    var warmupSteps: Int
    /// Steps of the whole run.
    var totalSteps: Int
    /// The shape after the warm-up; `linear` and `cosine` fall to `floor` at the end.
    public var shape: Shape
    /// The lowest rate after the warm-up, as a share of the peak, in [0, 1].
    var floor: Double

    /// A schedule.
    public init(
        peak: Double, warmupSteps: Int = 0, totalSteps: Int, shape: Shape = .constant, floor: Double = 0
    ) {
        self.peak = peak
        self.warmupSteps = warmupSteps
        self.totalSteps = totalSteps
        self.shape = shape
        self.floor = floor
    }

    /// The rate of step `step`, counted from 0.
    public func rate(at step: Int) -> Double {
        if step < warmupSteps { return peak * Double(step + 1) / Double(warmupSteps) }
        let span = max(1, totalSteps - warmupSteps)
        let progress = min(1, Double(step - warmupSteps) / Double(span))
        let share =
            switch shape {
            case .constant: 1.0
            case .linear: 1 - progress
            case .cosine: 0.5 * (1 + cos(.pi * progress))
            }
        return peak * (floor + (1 - floor) * share)
    }
}
