// How answers are sampled, as options of the tools that run a model.
public import ArgumentParser
internal import Settings
internal import ToolKit
public import VisionLanguageModel

/// How answers are sampled; options that are not given get the command's defaults.
public struct SamplingArguments: ParsableArguments, Sendable {
    /// Whether the most likely token is always taken.
    @Flag(help: "Always take the most likely token: temperature 0.")
    public var greedy = false

    /// Divides the logits.
    @Option(
        help: "Divides the logits; 0 is greedy. (default: 1; chat: checkpoint's)",
        transform: SamplingOptions.temperatures.argument)
    public var temperature: Double?

    /// Tokens to sample from.
    @Option(
        help: "Sample from the k most likely tokens; 0 is off. (default: 0; chat: checkpoint's)",
        transform: SamplingOptions.topKs.argument)
    public var topK: Int?

    /// Probability that the tokens to sample from reach.
    @Option(
        help: "Sample from the tokens that reach this probability. (default: 1; chat: checkpoint's)",
        transform: SamplingOptions.topPs.argument)
    public var topP: Double?

    /// Share of the likeliest token's probability that others need.
    @Option(
        help: "Sample from tokens with this share of the likeliest one's probability. (default: 0: off)",
        transform: SamplingOptions.minPs.argument)
    public var minP: Double?

    /// Makes repeated tokens less likely.
    @Option(
        help: "Makes repeated tokens less likely; 1 is off. (default: 1; chat: checkpoint's)",
        transform: SamplingOptions.penalties.argument)
    public var repetitionPenalty: Double?

    /// Makes tokens that the answer has less likely.
    @Option(
        help: "Makes tokens that the answer has less likely. (default: 0: off)",
        transform: SamplingOptions.reductions.argument)
    public var presencePenalty: Double?

    /// Makes tokens less likely each time that the answer has them.
    @Option(
        help: "Makes tokens less likely each time that the answer has them. (default: 0: off)",
        transform: SamplingOptions.reductions.argument)
    public var frequencyPenalty: Double?

    /// Texts that end an answer.
    @Option(
        name: .customLong("stop"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("The answer ends before this text; may be repeated.", valueName: "text"),
        transform: Accepted.nonEmpty("a text").argument)
    public var stops: [String] = []

    /// Maximum tokens of an answer.
    @Option(
        help: "Maximum tokens of an answer, including its end token. (default: 512)",
        transform: SamplingOptions.tokens.argument)
    public var maxTokens: Int?

    /// Seed of the random numbers.
    @Option(
        help: "Seed of the random numbers. (default: 0)",
        transform: SamplingOptions.seeds.argument)
    public var seed: UInt64?

    /// No option given.
    public init() {}

    /// Checks that the options do not contradict one another.
    public func validate() throws {
        guard !greedy || temperature == nil else {
            throw ValidationError("--greedy means temperature 0; give either --greedy or --temperature")
        }
    }

    /// The given options over other settings.
    public func options(over base: SamplingOptions) -> SamplingOptions {
        var options = base
        options.temperature = greedy ? 0 : temperature ?? base.temperature
        options.topK = topK ?? base.topK
        options.topP = topP ?? base.topP
        options.minP = minP ?? base.minP
        options.presencePenalty = presencePenalty ?? base.presencePenalty
        options.frequencyPenalty = frequencyPenalty ?? base.frequencyPenalty
        options.stop = stops.isEmpty ? base.stop : stops
        options.repetitionPenalty = repetitionPenalty ?? base.repetitionPenalty
        options.maxNewTokens = maxTokens ?? base.maxNewTokens
        options.seed = seed ?? base.seed
        return options
    }
}
