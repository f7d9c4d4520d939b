// How many requests are inside, and when a place will be free.
internal import Synchronization

/// The places of a server.
final class Admission: Sendable {
    private struct Inside {
        var count = 0
        var isDraining = false
        /// When the latest requests ended.
        var ends: [ContinuousClock.Instant] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private static let measured = 32

    private let most: Int
    private let inside = Mutex(Inside())

    init(most: Int) { self.most = most }

    /// Whether the server takes no more requests.
    var isDraining: Bool { inside.withLock { $0.isDraining } }

    /// A place for a request; throws 429 when there is none and 503 when the server ends.
    func enter() throws(APIError) -> Place {
        let refusal: APIError? = inside.withLock { inside in
            if inside.isDraining {
                return .unavailable("the server is shutting down", code: "shutting_down", retryAfter: 5)
            }
            guard inside.count < most else { return .busy(retryAfter: Self.wait(inside.ends)) }
            inside.count += 1
            return nil
        }
        if let refusal { throw refusal }
        return Place(self)
    }

    /// Seconds until a request ends, from the latest ones; from 1 to 60, the most that clients wait for.
    private static func wait(_ ends: [ContinuousClock.Instant]) -> Int {
        guard let first = ends.first, let last = ends.last, ends.count > 1 else { return 1 }
        let seconds = (last - first) / .seconds(1) / Double(ends.count - 1)
        return min(60, max(1, Int(seconds.rounded(.up))))
    }

    fileprivate func leave() {
        let waiting = inside.withLock { inside -> [CheckedContinuation<Void, Never>] in
            inside.count -= 1
            inside.ends.append(.now)
            if inside.ends.count > Self.measured { inside.ends.removeFirst() }
            guard inside.count == 0, inside.isDraining else { return [] }
            defer { inside.waiting = [] }
            return inside.waiting
        }
        for one in waiting { one.resume() }
    }

    /// Takes no more requests; returns when the last one has left.
    func drain() async {
        await withCheckedContinuation { continuation in
            let isEmpty = inside.withLock { inside in
                inside.isDraining = true
                if inside.count > 0 { inside.waiting.append(continuation) }
                return inside.count == 0
            }
            if isEmpty { continuation.resume() }
        }
    }

    /// A place in the queue; releasing the last reference frees it.
    final class Place: Sendable {
        private let admission: Admission

        fileprivate init(_ admission: Admission) { self.admission = admission }

        deinit { admission.leave() }
    }
}
