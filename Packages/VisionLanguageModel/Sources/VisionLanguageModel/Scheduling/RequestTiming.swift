// Measures how long a request waits for its prompt, its first token and those after it.

/// Measured durations of one request that has ended.
public struct RequestTiming: Sendable {
    /// The request.
    public let id: RequestID
    /// From `submit` to the first step that computed its prompt; nil when there was none.
    public internal(set) var queue: Duration?
    /// From `submit` to the first token; nil when there was none.
    public internal(set) var firstToken: Duration?
    /// The mean and the longest time between two tokens of an answer; nil with fewer than two.
    public internal(set) var betweenTokens: (mean: Duration, longest: Duration)?
    /// From `submit` to the end.
    public internal(set) var total = Duration.zero
    /// Tokens of all its answers.
    public internal(set) var tokenCount = 0
}

/// The times of one request.
struct RequestClock {
    private let submitted: ContinuousClock.Instant
    private var timing: RequestTiming
    private var last: [Int: ContinuousClock.Instant] = [:]
    private var (gaps, gapCount, longest) = (Duration.zero, 0, Duration.zero)

    init(_ id: RequestID, now: ContinuousClock.Instant) {
        submitted = now
        timing = RequestTiming(id: id)
    }

    /// The prompt is being computed.
    mutating func started(_ now: ContinuousClock.Instant) { timing.queue = timing.queue ?? now - submitted }

    /// An answer got a token.
    mutating func token(answer: Int, _ now: ContinuousClock.Instant) {
        timing.firstToken = timing.firstToken ?? now - submitted
        timing.tokenCount += 1
        if let before = last.updateValue(now, forKey: answer) {
            gaps += now - before
            gapCount += 1
            longest = max(longest, now - before)
        }
    }

    /// The durations at the end.
    func finished(_ now: ContinuousClock.Instant) -> RequestTiming {
        var result = timing
        result.total = now - submitted
        if gapCount > 0 { result.betweenTokens = (gaps / gapCount, longest) }
        return result
    }
}
