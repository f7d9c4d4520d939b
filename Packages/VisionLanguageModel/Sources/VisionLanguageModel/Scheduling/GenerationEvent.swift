// What the engine reports of its requests, step by step.

/// Identifies a request within its engine; later requests have larger ones.
public struct RequestID: Hashable, Sendable, Comparable {
    let number: UInt64

    /// Whether `left` was submitted before `right`.
    public static func < (left: RequestID, right: RequestID) -> Bool { left.number < right.number }
}

/// A token of an answer.
public struct SampledToken: Sendable {
    /// The token.
    public let id: Int32
    /// Its log-probability after penalties and temperature, before top-k, top-p and min-p.
    public let logProbability: Float
    /// The likeliest tokens under the same distribution, in descending order; as many as the options ask for.
    public let alternatives: [(id: Int32, logProbability: Float)]
    /// Bytes of the answer that are certain now.
    ///
    /// Special tokens give none, and bytes that may begin a stop string wait. They may end inside a UTF-8 character.
    public let text: [UInt8]
}

/// What happened to a request in a step.
public enum GenerationEvent: Sendable {
    /// The prompt is being computed; the keys and values of `cachedTokens` of its tokens were there already.
    case started(RequestID, promptTokens: Int, cachedTokens: Int)
    /// An answer got its next token.
    case token(RequestID, answer: Int, SampledToken)
    /// An answer ended; `text` are the bytes that were held back.
    case finished(RequestID, answer: Int, FinishReason, text: [UInt8])
    /// The request cannot be answered; there are no more events of it.
    case failed(RequestID, ModelError)
}
