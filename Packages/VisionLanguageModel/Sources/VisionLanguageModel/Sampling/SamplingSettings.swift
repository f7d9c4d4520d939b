// The settings of sampling: names, ranges and meanings for options, slash commands and settings files.
public import Settings

extension SamplingOptions: SettingGroup {
    /// The most tokens of a prompt or an answer that any setting accepts; memory and positions allow fewer.
    public static let mostTokens = 1 << 24
    /// Tokens of an answer.
    public static let tokens = Accepted<Int>.whole(1...mostTokens, "tokens")
    /// Temperatures of an answer that is sampled.
    public static let positiveTemperature = Accepted<Double>.number(above: 0, to: 1000)
    /// Temperatures with 0 for greedy.
    public static let temperatures = Accepted<Double>.number(from: 0, to: 1000)
    /// Numbers of likeliest tokens.
    public static let topKs = Accepted<Int>.whole(1...(1 << 24), "tokens", or: (0, "off"))
    /// Probabilities that the likeliest tokens reach.
    public static let topPs = Accepted<Double>.number(above: 0, to: 1)
    /// Shares of the likeliest token's probability.
    public static let minPs = Accepted<Double>.number(from: 0, below: 1)
    /// Reductions of the logits of tokens that the answer has.
    public static let reductions = Accepted<Double>.number(from: -2, to: 2)
    /// Penalties of repeated tokens.
    public static let penalties = Accepted<Double>.number(above: 0, to: 1000)
    /// Seeds of the random numbers.
    public static let seeds = Accepted<UInt64>.whole(0...UInt64.max)

    /// The settings under the names of `r1-infer`'s options.
    public static var settings: [Setting<Self>] {
        [
            .value("temperature", \.temperature, temperatures, "Divides the logits; 0 is greedy."),
            .value("top-k", \.topK, topKs, "Sample from the k likeliest tokens."),
            .value("top-p", \.topP, topPs, "Sample from the likeliest tokens that reach this probability."),
            .value(
                "min-p", \.minP, minPs,
                "Sample from tokens with this share of the likeliest one's probability."),
            .value(
                "presence-penalty", \.presencePenalty, reductions,
                "Makes tokens that the answer has less likely; 0 is off."),
            .value(
                "frequency-penalty", \.frequencyPenalty, reductions,
                "Makes tokens less likely each time that the answer has them; 0 is off."),
            .value(
                "repetition-penalty", \.repetitionPenalty, penalties,
                "Makes repeated tokens less likely; 1 is off."),
            .value("max-tokens", \.maxNewTokens, tokens, "The most tokens of an answer."),
            .value("seed", \.seed, seeds, "Seed of the random numbers."),
        ]
    }
}
