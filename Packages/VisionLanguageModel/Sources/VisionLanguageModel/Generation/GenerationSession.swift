// Answers one prompt after another on one engine, which keeps what it has computed.

/// Answers one prompt after another, as in a conversation, and computes only what follows the shared prefix.
///
/// A prompt that begins with the tokens and images of an earlier prompt and its answer reuses their keys and values.
/// Answers equal those of computing anew up to rounding.
public struct GenerationSession {
    private let engine: GenerationEngine
    /// Tokens of the last prompt whose keys and values were reused.
    public private(set) var reusedCount = 0

    /// A session on an engine without other requests; the model's weights must not change while it is in use.
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
    /// - Throws: The errors of `GenerationEngine.submit`, `step` and failed requests.
    public mutating func answer(
        _ prompt: Prompt, number: UInt64, options: SamplingOptions, shouldStop: () -> Bool = { false },
        onToken: (_ token: SampledToken) -> Void = { _ in }
    ) throws -> Generation {
        let id = try engine.submit(GenerationRequest(prompt: prompt, number: number, options: options))
        var answer = Generation()
        repeat {
            for event in try engine.step() {
                switch event {
                case .started(_, _, let cachedTokens): reusedCount = cachedTokens
                case .token(_, _, let token):
                    answer.ids.append(token.id)
                    answer.logProbabilities.append(token.logProbability)
                    answer.text += token.text
                    onToken(token)
                case .finished(_, _, let reason, let text):
                    answer.finishReason = reason
                    answer.text += text
                case .failed(_, let error): throw error
                }
            }
            if shouldStop() { engine.cancel(id) }
        } while engine.hasWork
        return answer
    }
}
