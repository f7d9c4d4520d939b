// The settings of the training methods: names, ranges and what the page of settings says about them.
internal import Rollouts
public import Settings
internal import VisionLanguageModel

extension SupervisedOptions: SettingGroup {
    /// The section `sft`.
    public static var settings: [Setting<Self>] {
        [.value("batchSize", \.batchSize, .whole(1...65536, "rows"), "Rows per step.")]
    }
}

extension GRPOOptions: SettingGroup {
    /// The section `grpo`.
    public static var settings: [Setting<Self>] {
        [
            .value(
                "promptsPerStep", \.promptsPerStep, .whole(1...65536, "questions"),
                "Questions per step (paper: a batch of 64, without saying of what)."),
            .value(
                "groupSize", \.groupSize, .whole(2...4096, "answers; the group is its own baseline"),
                "Answers per question (paper: 8)."),
            .value(
                "temperature", \.temperature, SamplingOptions.positiveTemperature,
                "Temperature of the rollouts and of the trained distribution (paper: 1)."),
            .value("maxNewTokens", \.maxNewTokens, SamplingOptions.tokens, "The most tokens of an answer."),
            .value(
                "cacheTokens", \.cacheTokens,
                .whole(1...1_000_000_000_000, "tokens", or: (0, "all questions of a step at once")),
                "The most tokens whose keys and values are in memory at once during rollouts."),
            .value(
                "updatesPerRollout", \.updatesPerRollout,
                .whole(1...65536, "updates; at most promptsPerStep"),
                "Optimizer updates per rollout; each uses an equal share of the questions."),
            .value(
                "masksTruncated", \.masksTruncated, .flag,
                "Leave answers that reached `maxNewTokens` out of the loss."),
            .group("advantages", \.advantages), .group("loss", \.loss),
        ]
    }
}

extension AdvantageOptions: SettingGroup {
    static var settings: [Setting<Self>] {
        [
            .value(
                "scaling", \.scaling, .choice(),
                "Divide by the group's deviation (paper), by nothing (Dr. GRPO), or by the step's deviation."),
            .value(
                "deviation", \.deviation, .choice(), "Which standard deviation: over G (paper) or over G - 1."
            ),
            .value("epsilon", \.epsilon, .nonNegative(), "Added to the deviation (TRL 1e-4, verl 1e-6)."),
        ]
    }
}

extension LossOptions: SettingGroup {
    /// The section `grpo.loss`.
    public static var settings: [Setting<Self>] {
        [
            .value(
                "aggregation", \.aggregation, .choice(aliases: ["bnpo": .dapo]),
                "The mean over answers of token means, over all tokens, or over answers x `maxNewTokens`."),
            .value(
                "clipLow", \.clipLow, .number(from: 0, below: 1),
                "The ratio is clipped below at 1 minus this."),
            .value("clipHigh", \.clipHigh, .nonNegative(), "The ratio is clipped above at 1 plus this."),
            .value(
                "klCoefficient", \.klCoefficient, .nonNegative(),
                "Weight of the penalty for the distance to the reference (paper: 0.04); 0 loads no reference."
            ),
        ]
    }
}
