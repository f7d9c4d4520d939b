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
}
