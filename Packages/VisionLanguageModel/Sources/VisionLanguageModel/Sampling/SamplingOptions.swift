// How tokens are sampled. SamplingSettings.swift has the ranges.
internal import Settings

/// How answers are sampled; names and meanings as in transformers' generation settings.
public struct SamplingOptions: Codable, Sendable, Equatable {
    /// Divides the logits; 0 is greedy.
    public var temperature = 1.0
    /// Keep only the k likeliest tokens; 0 keeps all.
    public var topK = 0
    /// Keep the smallest set of tokens whose probability reaches this, in (0, 1].
    public var topP = 1.0
    /// Keep tokens with at least this share of the likeliest one's probability, in [0, 1); 0 keeps all.
    public var minP = 0.0
    /// Divides (or multiplies, when negative) the logit of every token seen so far; 1 is off.
    public var repetitionPenalty = 1.0
    /// Subtracted from the logit of every token that the answer has, from -2 to 2.
    public var presencePenalty = 0.0
    /// Subtracted from the logit of a token once for each time that the answer has it, from -2 to 2.
    public var frequencyPenalty = 0.0
    /// Added to the logits of tokens, before everything else; each from -100 to 100.
    public var logitBias: [Int32: Float] = [:]
    /// Texts that end an answer, which ends before them; none is empty.
    public var stop: [String] = []
    /// How many of the likeliest tokens are reported with each token, 0...20.
    public var alternatives = 0
    /// The most tokens of an answer, the end token included.
    public var maxNewTokens = 512
    /// Key of the random numbers.
    public var seed: UInt64 = 0
    /// Whether reported log-probabilities exclude the tokens that are never sampled.
    ///
    /// Training needs that; the default reports the model's own distribution.
    public var excludesBannedFromProbabilities = false

    /// The defaults: sampling from the model's own distribution.
    public init() {}

    /// The defaults, made greedy.
    public static var greedy: SamplingOptions {
        var options = SamplingOptions()
        options.temperature = 0
        return options
    }

    /// Refuses values outside their range.
    ///
    /// - Throws: `ModelError.badPrompt` naming the setting, its range and the value found.
    public func validate() throws {
        do { try check() } catch let error as SettingError { throw ModelError.badPrompt(error.description) }
        for (id, bias) in logitBias where !(-100...100).contains(bias) || id < 0 {
            throw ModelError.badPrompt(
                "logit bias: expected token ids with numbers from -100 to 100, found \(bias) for \(id)")
        }
        guard !stop.contains("") else {
            throw ModelError.badPrompt("stop: expected texts, found an empty one")
        }
        guard (0...20).contains(alternatives) else {
            throw ModelError.badPrompt(
                "alternatives: expected a whole number from 0 to 20, found \(alternatives)")
        }
    }
}
