// The engine's requests and answers.

/// A question to answer, once or several times.
public struct GenerationRequest: Sendable {
    /// The question.
    public var prompt: Prompt
    /// Number of answers; at least 1.
    public var answerCount: Int
    /// Identifies the request to the random number generator; equal numbers give equal answers.
    public var number: UInt64
    /// How tokens are sampled.
    public var options: SamplingOptions
    /// Which tokens may come next, nil for all; each answer has its own copy.
    public var constraint: (any TokenConstraint)?

    /// A request.
    public init(
        prompt: Prompt, answerCount: Int = 1, number: UInt64, options: SamplingOptions = SamplingOptions(),
        constraint: (any TokenConstraint)? = nil
    ) {
        self.prompt = prompt
        self.answerCount = answerCount
        self.number = number
        self.options = options
        self.constraint = constraint
    }
}

/// Why an answer ended: an end token or a stop string, the limit of tokens, or a cancelled request.
public enum FinishReason: String, Codable, Sendable { case stop, length, cancelled }

/// One answer.
public struct Generation: Sendable, Equatable {
    /// Why an answer ended.
    public typealias FinishReason = VisionLanguageModel.FinishReason
    /// Tokens, the end token included.
    public internal(set) var ids: [Int32] = []
    /// Log-probability of each token under the distribution after penalty and temperature.
    public internal(set) var logProbabilities: [Float] = []
    /// Bytes of the text, without special tokens and before a stop string; empty when the engine has no tokenizer.
    public internal(set) var text: [UInt8] = []
    /// Why it ended.
    public internal(set) var finishReason = FinishReason.length
}
