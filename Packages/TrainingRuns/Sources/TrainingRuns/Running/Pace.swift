// How fast a run is and how long it will take.
internal import Foundation
internal import PolicyOptimization
internal import Rollouts

/// Seconds per step and the time left.
struct Pace {
    private var watch = Stopwatch()
    private var recent: [Double] = []
    private var done: Int
    private let total: Int

    init(done: Int, total: Int) {
        self.done = done
        self.total = total
    }

    /// Ends a step and returns its seconds.
    mutating func step() -> Double {
        let seconds = watch.lap()
        recent = Array((recent + [seconds]).suffix(20))
        done += 1
        return seconds
    }

    /// The estimated seconds left.
    var secondsLeft: Double { average(recent) * Double(total - done) }

    /// The same as minutes and seconds.
    var left: String {
        let seconds = Int(secondsLeft)
        return "\(seconds / 60):" + String(format: "%02d", seconds % 60)
    }
}
