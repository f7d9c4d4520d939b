// The limits of an engine.
internal import Basics
internal import TensorMath

/// In which types of products the engine computes each row as if it were alone.
public enum RowIsolation: Sendable, Equatable {
    /// In none: products have the library's full speed.
    case none
    /// In float32; in bfloat16 the last digits of log-probabilities depend on what else is computed.
    case float32
    /// In every type.
    case all
}

/// The limits of an engine.
public struct EngineOptions: Sendable, Equatable {
    /// The most bytes of keys and values, taken at once; nil lets them grow to half of the memory that is available.
    public var cacheBytes: Int?
    /// The most bytes of features of pictures; nil means an eighth of the memory that is available.
    public var featureBytes: Int?
    /// The most prompt tokens of a step; running answers come on top.
    public var prefillTokens = 512
    /// The most answers that are computed side by side; others wait.
    public var mostRunning = 4096
    /// Whether an answer that is alone computes guesses of its next tokens along with the last one.
    ///
    /// The guesses are what followed in the prompt or the answer before; they change the speed, not the answer.
    public var guessesTokens = true
    /// Whether requests with equal beginnings share keys and values.
    public var reusesPrefixes = true
    /// In which types passes compute each row as if it were alone.
    ///
    /// An answer then does not depend on what is beside it; prompts take up to twice the time.
    public var isolation = RowIsolation.float32

    /// The defaults.
    public init() {}

    /// Bytes of keys and values, and of features.
    var byteLimits: (cache: Int, features: Int) {
        if let cacheBytes, let featureBytes { return (cacheBytes, featureBytes) }
        let (available, waiting) = (AvailableMemory.current().byteCount, MemoryStatistics.waitingBytes)
        let free = available < .max - waiting ? available + waiting : .max
        return (cacheBytes ?? free / 2, featureBytes ?? free / 8)
    }
}
