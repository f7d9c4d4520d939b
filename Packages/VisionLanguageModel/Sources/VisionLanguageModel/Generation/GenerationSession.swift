// Answering one prompt after another: where a prompt begins like the last one and its answer, keys and values are there.
internal import ImageInput
internal import ModelFamilies
internal import TensorMath

/// Answers one prompt after another, as in a conversation, and computes of each only what differs from the one before.
///
/// A prompt that begins with the tokens and images of the last prompt and its answer takes their keys and values over, as prefix
/// caches of serving programs do. Answers are those of `GenerationEngine.generate`, but for rounding.
public struct GenerationSession {
    private let engine: GenerationEngine
    private var kept: KeptRows?
    /// Tokens of the last prompt whose keys and values were there already.
    public private(set) var reusedCount = 0

    /// A session that has seen no prompt; the model's weights must not change while it lasts.
    public init(_ engine: GenerationEngine) { self.engine = engine }

    /// Answers a prompt once.
    ///
    /// - Parameters:
    ///   - prompt: The whole conversation.
    ///   - number: Names the request in the random numbers.
    ///   - options: How tokens are drawn.
    ///   - shouldStop: Polled once per step; when true, the answer ends where it is.
    ///   - onToken: Called for each token as it is drawn.
    /// - Returns: The answer.
    /// - Throws: What `GenerationEngine.generate` throws; nothing is kept then.
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
