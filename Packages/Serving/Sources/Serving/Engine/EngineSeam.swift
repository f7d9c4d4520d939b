// What the server needs of a generation engine: requests in, events out, one step at a time.
public import VisionLanguageModel

/// How the answers of a request are sampled.
public struct SamplingOptions: Sendable, Equatable {
    /// Divides the logits; 0 is greedy.
    public var temperature = 1.0
    /// Keep only the k likeliest tokens; 0 keeps all.
    public var topK = 0
    /// Keep the smallest set of tokens whose probability reaches this, in (0, 1].
    public var topP = 1.0
    /// Keep the tokens at least this likely, relative to the likeliest; 0 keeps all.
    public var minP = 0.0
    /// Divides (or multiplies, when negative) the logit of every token seen so far; 1 is off.
    public var repetitionPenalty = 1.0
    /// Subtracted from the logit of every token of the answer so far; 0 is off.
    public var presencePenalty = 0.0
    /// Subtracted from the logit of a token once for each time that the answer has it; 0 is off.
    public var frequencyPenalty = 0.0
    /// Added to the logits of tokens.
    public var logitBias: [Int32: Float] = [:]
    /// Texts that end an answer; they are not part of it.
    public var stop: [String] = []
    /// The log-probabilities of so many of the likeliest tokens are reported, 0 to 20.
    public var alternatives = 0
    /// The most tokens of an answer, the end token included.
    public var maxNewTokens = 512
    /// Key of the random numbers.
    public var seed: UInt64 = 0

    /// The defaults: sampling from the model's own distribution.
    public init() {}
}

/// A question to answer several times.
public struct GenerationRequest: Sendable {
    /// The question.
    public var prompt: Prompt
    /// Number of answers; at least 1.
    public var answerCount: Int
    /// Identifies the request to the random number generator.
    public var number: UInt64
    /// How its answers are sampled.
    public var options: SamplingOptions
    /// What the answers may be; each answer has its own copy.
    public var constraint: (any TokenConstraint)?

    /// A request.
    public init(
        prompt: Prompt, answerCount: Int = 1, number: UInt64, options: SamplingOptions,
        constraint: (any TokenConstraint)? = nil
    ) {
        (self.prompt, self.answerCount, self.number) = (prompt, answerCount, number)
        (self.options, self.constraint) = (options, constraint)
    }
}

/// One bit for each token id.
public struct TokenMask: Sendable, Equatable {
    /// Bit `id % 64` of word `id / 64`; set for allowed tokens.
    public let words: [UInt64]

    /// A mask from its words.
    public init(words: [UInt64]) { self.words = words }

    /// Whether a token is allowed.
    public func contains(_ id: Int32) -> Bool {
        id >= 0 && Int(id) / 64 < words.count && words[Int(id) / 64] >> UInt64(id % 64) & 1 == 1
    }
}

/// The tokens that may come next in an answer; a value, one copy an answer.
public protocol TokenConstraint: Sendable {
    /// The tokens that may come next, end tokens included where the answer may end.
    var allowed: TokenMask { get }

    /// Takes the next token.
    mutating func accept(_ id: Int32)
}

/// Identifies a request to its engine.
public struct RequestID: Hashable, Sendable {
    /// Distinct for all requests of an engine.
    public let number: UInt64

    /// An identity.
    public init(number: UInt64) { self.number = number }
}

/// One token of an answer.
public struct SampledToken: Sendable {
    /// The token.
    public var id: Int32
    /// Its log-probability.
    public var logProbability: Float
    /// The likeliest tokens, the likeliest first; as many as the request asked for.
    public var alternatives: [(id: Int32, logProbability: Float)]
    /// The bytes that may be shown now: none while they may begin a stop text, none of special tokens; they may end
    /// inside a character.
    public var text: [UInt8]

    /// A token.
    public init(
        id: Int32, logProbability: Float, alternatives: [(id: Int32, logProbability: Float)] = [],
        text: [UInt8]
    ) {
        (self.id, self.logProbability) = (id, logProbability)
        (self.alternatives, self.text) = (alternatives, text)
    }
}

/// Why an answer ended.
public enum FinishReason: String, Sendable {
    /// An end token or a stop text.
    case stop
    /// The most tokens.
    case length
    /// The request was cancelled.
    case cancelled
}

/// What happened to a request in a step.
public enum GenerationEvent: Sendable {
    /// Its prompt is being computed.
    case started(RequestID, promptTokens: Int, cachedTokens: Int)
    /// An answer has one more token.
    case token(RequestID, answer: Int, SampledToken)
    /// An answer ended; `text` are the bytes that were held back.
    case finished(RequestID, answer: Int, FinishReason, text: [UInt8])
    /// The request failed.
    case failed(RequestID, ModelError)

    /// The request that it belongs to.
    public var request: RequestID {
        switch self {
        case .started(let id, _, _), .token(let id, _, _), .finished(let id, _, _, _), .failed(let id, _): id
        }
    }
}

/// Numbers about an engine.
public struct EngineStatistics: Sendable, Equatable {
    /// Answers that get tokens now.
    public var running = 0
    /// Requests that wait.
    public var waiting = 0
    /// Pages of the cache in use.
    public var usedPages = 0
    /// Pages of the cache.
    public var pageCount = 0
    /// Bytes of keys and values.
    public var cacheBytes = 0
    /// Bytes of picture features.
    public var featureBytes = 0
    /// Prompt tokens so far.
    public var promptTokens = 0
    /// Prompt tokens that were in the cache, so far.
    public var cachedTokens = 0
    /// Generated tokens so far.
    public var generatedTokens = 0

    /// Zeros.
    public init() {}
}

/// A generation engine, used from one thread.
public protocol TextEngine: AnyObject {
    /// Queues a request; throws, with the numbers, when it can never fit.
    func submit(_ request: GenerationRequest) throws -> RequestID

    /// Ends a request; does nothing for one that has ended. Its events may still arrive in the next step.
    func cancel(_ id: RequestID)

    /// Admits requests, computes a part of their prompts, and one token of each running answer.
    func step() throws -> [GenerationEvent]

    /// Whether a step would do anything.
    var hasWork: Bool { get }

    /// Numbers about the present state.
    var statistics: EngineStatistics { get }
}
