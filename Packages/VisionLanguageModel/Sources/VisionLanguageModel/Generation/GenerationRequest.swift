// The engine's requests and answers.
internal import Basics

/// A question to answer several times.
public struct GenerationRequest: Sendable {
    /// The question.
    public var prompt: Prompt
    /// Number of answers; at least 1.
    var answerCount: Int
    /// Identifies the request to the random number generator; equal numbers give equal answers.
    public var number: UInt64

    /// A request.
    public init(prompt: Prompt, answerCount: Int = 1, number: UInt64) {
        self.prompt = prompt
        self.answerCount = answerCount
        self.number = number
    }

    /// Tokens whose keys and values the longest possible answers need; nil when the number does not fit.
    func cacheTokens(_ options: SamplingOptions) -> Int? {
        [answerCount, options.maxNewTokens - 1].productIfFits.flatMap { [prompt.ids.count, $0].sumIfFits }
    }
}

/// One answer.
public struct Generation: Sendable, Equatable {
    /// Why an answer ended: its end token, or the limit.
    public enum FinishReason: String, Codable, Sendable { case stop, length }
    /// Tokens, the end token included.
    public internal(set) var ids: [Int32] = []
    /// Log-probability of each token under the distribution after penalty and temperature.
    public internal(set) var logProbabilities: [Float] = []
    /// Why it ended.
    public internal(set) var finishReason = FinishReason.length
}
