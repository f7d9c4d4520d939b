// What an engine is doing and has done.

/// What an engine is doing and has done; counts are since its start.
public struct EngineStatistics: Sendable, Equatable {
    /// Answers that are computed in each step, prompts included.
    public var running = 0
    /// Answers that wait for memory or for their turn.
    public var waiting = 0
    /// Pages of the cache that sequences hold, and pages kept for later requests.
    public var (usedPages, keptPages) = (0, 0)
    /// The most pages of the cache.
    public var pageCount = 0
    /// Tokens of a page.
    public var pageTokens = 0
    /// Bytes of memory of the cache's pages, and of kept features of pictures.
    public var (cacheBytes, featureBytes) = (0, 0)
    /// Tokens of the prompts that were started, and those of them that were in the cache.
    public var (promptTokens, cachedTokens) = (0, 0)
    /// Tokens sampled.
    public var generatedTokens = 0
    /// Tokens that were guessed, and those of them that were right.
    public var (guessedTokens, rightGuesses) = (0, 0)
    /// Pictures of the prompts, and those of them whose features were kept.
    public var (pictures, cachedPictures) = (0, 0)
    /// Answers that were pushed out because the pages ran out.
    public var pushedOut = 0
    /// Steps made.
    public var steps = 0

    /// The statistics of an engine that has done nothing.
    public init() {}

    /// What has been counted since the start, without the present state.
    public var counts: EngineStatistics {
        var counts = self
        (counts.running, counts.waiting, counts.usedPages, counts.keptPages) = (0, 0, 0, 0)
        (counts.pageCount, counts.pageTokens, counts.cacheBytes, counts.featureBytes) = (0, 0, 0, 0)
        return counts
    }

    /// The numbers of two engines together; their pages have the same number of tokens.
    public static func + (left: EngineStatistics, right: EngineStatistics) -> EngineStatistics {
        var sum = left
        for number in numbers { sum[keyPath: number] += right[keyPath: number] }
        sum.pageTokens = max(left.pageTokens, right.pageTokens)
        return sum
    }

    private static var numbers: [WritableKeyPath<EngineStatistics, Int>] {
        [
            \.running, \.waiting, \.usedPages, \.keptPages, \.pageCount, \.cacheBytes, \.featureBytes,
            \.promptTokens, \.cachedTokens, \.generatedTokens, \.guessedTokens, \.rightGuesses, \.pictures,
            \.cachedPictures, \.pushedOut, \.steps,
        ]
    }
}
