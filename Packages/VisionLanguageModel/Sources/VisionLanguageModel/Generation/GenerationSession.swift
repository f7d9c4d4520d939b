// Answers one prompt after another; a prefix shared with the last prompt and answer reuses its KV cache.
internal import ImageInput
internal import ModelFamilies
internal import TensorMath

/// Answers one prompt after another, as in a conversation, and computes only what follows the shared prefix.
///
/// A prompt that begins with the tokens and images of the last prompt and its answer reuses their keys and
/// values, like a server's prefix cache. Answers equal those of `GenerationEngine.generate` up to rounding.
public struct GenerationSession {
    private let engine: GenerationEngine
    private var kept: KeptRows?
    /// Tokens of the last prompt whose keys and values were reused.
    public private(set) var reusedCount = 0

    /// A session without a prompt so far; the model's weights must not change while it is in use.
    public init(_ engine: GenerationEngine) { self.engine = engine }

    /// Answers a prompt once.
    ///
    /// - Parameters:
    ///   - prompt: The whole conversation.
    ///   - number: Identifies the request to the random number generator.
    ///   - options: How tokens are sampled.
    ///   - shouldStop: Polled once per step; when true, the answer ends there.
    ///   - onToken: Called for each token as it is sampled.
    /// - Returns: The answer.
    /// - Throws: The errors of `GenerationEngine.generate`; the cache is then dropped.
    public mutating func answer(
        _ prompt: Prompt, number: UInt64, options: SamplingOptions, shouldStop: () -> Bool = { false },
        onToken: (_ id: Int32) -> Void = { _ in }
    ) throws -> Generation {
        let last = kept.take().map { (rows: $0, count: $0.commonCount(prompt, engine.textSizes)) }
        reusedCount = last?.count ?? 0
        let (answer, rows) = try engine.run(
            [GenerationRequest(prompt: prompt, number: number)], after: last, options: options,
            shouldStop: shouldStop, onToken: { onToken($2) }
        ) { ($0.answers[0][0], $0.keptRows()) }
        kept = rows
        return answer
    }
}
