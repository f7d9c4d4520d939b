// How a member waits: at first it asks again at once, later with pauses, in the end not at all.
internal import Glibc

/// A wait with a limit.
///
/// Short waits cost no sleep, because messages take microseconds; long ones leave the processor to the members that
/// still compute.
struct Patience {
    private let limit: Duration
    private var start = ContinuousClock.now
    private var waited = Duration.zero

    init(limit: Duration) { self.limit = limit }

    /// Whether the wait is so long that looking for notices costs nothing that matters.
    var isLong: Bool { waited > .milliseconds(20) }

    /// Begins again.
    mutating func restart() {
        start = .now
        waited = .zero
    }

    /// Waits a little; false when the limit has passed.
    mutating func wait() -> Bool {
        waited = .now - start
        guard waited < limit else { return false }
        if waited < .milliseconds(2) {
            sched_yield()
        } else {
            usleep(waited < .milliseconds(20) ? 50 : 500)
        }
        return true
    }
}
