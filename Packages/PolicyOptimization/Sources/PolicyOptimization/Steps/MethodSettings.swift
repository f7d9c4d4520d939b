// The settings of the training methods: names, ranges and what the page of settings says about them.
internal import Rollouts
public import Settings
internal import VisionLanguageModel

extension SupervisedOptions: SettingGroup {
    /// The section `sft`.
    public static var settings: [Setting<Self>] {
        [
            .value("batchSize", \.batchSize, .whole(1...65536, "rows"), "Rows per step."),
            .value(
                "units", \.units, .whole(1...256, "units; a power of two, at most batchSize"),
                "Shares of a step's rows whose gradients are added as a binary tree, for the same update on any number "
                    + "of processes."),
        ]
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
                "units", \.units, .whole(1...256, "units; a power of two, at most promptsPerStep"),
                "Shares of a step's questions whose gradients are added as a binary tree, for the same update on any "
                    + "number of processes."),
            .value(
                "masksTruncated", \.masksTruncated, .flag,
                "Leave answers that reached `maxNewTokens` out of the loss."),
            .value(
                "resamplingRounds", \.resamplingRounds, .whole(1...1000, "rounds", or: (0, "never")),
                "Times a step replaces groups whose rewards are all equal by those of the next rows (DAPO's dynamic "
                    + "sampling)."),
            .group("overlong", \.overlong), .group("advantages", \.advantages), .group("loss", \.loss),
            .group("referenceSync", \.referenceSync),
        ]
    }
}

extension ReferenceSyncOptions: SettingGroup {
    /// The section `grpo.referenceSync`.
    public static var settings: [Setting<Self>] {
        [
            .value(
                "every", \.every, .whole(1...1_000_000_000, "updates", or: (0, "never")),
                "Optimizer updates after which the reference moves toward the policy (TRL's `sync_ref_model` with "
                    + "`ref_model_sync_steps`); not with LoRA."),
            .value(
                "mixup", \.mixup, .number(above: 0, to: 1),
                "The policy's share `a` in `reference = (1 - a) reference + a policy` (TRL's "
                    + "`ref_model_mixup_alpha`)."),
        ]
    }
}

extension OverlongOptions: SettingGroup {
    static var settings: [Setting<Self>] {
        [
            .value(
                "buffer", \.buffer,
                .whole(1...1_000_000_000, "tokens; at most maxNewTokens", or: (0, "no penalty")),
                "The last tokens before `maxNewTokens`, over which a penalty grows from 0 to 1 (DAPO)."),
            .value("weight", \.weight, .nonNegative(), "Weight of the penalty in the reward."),
        ]
    }
}

extension AdvantageOptions: SettingGroup {
    static var settings: [Setting<Self>] {
        [
            .value(
                "scaling", \.scaling, .choice(),
                "Divide by the group's deviation (paper), by nothing (Dr. GRPO), by the step's deviation, each part of "
                    + "the reward by its own and their sum by the step's (GDPO), or by a moving average of the task's "
                    + "deviation (OneThinker)."),
            .value(
                "deviation", \.deviation, .choice(), "Which standard deviation: over G (paper) or over G - 1."
            ),
            .value("epsilon", \.epsilon, .nonNegative(), "Added to the deviation (TRL 1e-4, verl 1e-6)."),
            .value(
                "decay", \.decay, .number(from: 0, below: 1),
                "Share of the old moving averages in the new ones, for `taskEMA`."),
            .value("floor", \.floor, .positive, "The smallest deviation that `taskEMA` divides by."),
        ]
    }
}

extension LossOptions: SettingGroup {
    /// The section `grpo.loss`.
    public static var settings: [Setting<Self>] {
        [
            .value(
                "aggregation", \.aggregation, .choice(aliases: ["bnpo": .dapo]),
                "The mean over answers of token means, over all tokens, over answers x `maxNewTokens`, or over answers of "
                    + "token sums."),
            .value(
                "objective", \.objective, .choice(),
                "PPO's clipped ratio, or `cispo`: a clipped, constant ratio times the log-probability."),
            .value(
                "ratioLevel", \.ratioLevel, .choice(),
                "`sequence`: all tokens of an answer have one ratio, the geometric mean of theirs (GSPO)."),
            .value(
                "clipLow", \.clipLow, .number(from: 0, to: 1),
                "The ratio is clipped below at 1 minus this; 1 is no limit."),
            .value("clipHigh", \.clipHigh, .nonNegative(), "The ratio is clipped above at 1 plus this."),
            .value(
                "dualClip", \.dualClip, .number(from: 1, to: 1e6).or(0, "no limit"),
                "With a negative advantage a loss is at most this many times its absolute value (verl 3; TRL's `delta`)."
            ),
            .value(
                "klCoefficient", \.klCoefficient, .nonNegative(),
                "Weight of the penalty for the distance to the reference (paper: 0.04); 0 loads no reference."
            ),
            .value(
                "klEstimator", \.klEstimator, .choice(),
                "The estimate of the distance from one token (Schulman)."),
            .value(
                "klPlace", \.klPlace, .choice(),
                "Where the penalty is: a term of every token's loss, or a part of every answer's reward."),
            .value(
                "entropyCoefficient", \.entropyCoefficient, .nonNegative(),
                "Weight of the entropy of every token's distribution, which is maximized."),
            .value(
                "entropyShare", \.entropyShare, .number(above: 0, to: 1),
                "Share of an update's tokens, those with the largest entropy, whose advantages count (TRL's "
                    + "`top_entropy_quantile`); below 1 costs a forward pass."),
            .group("correction", \.correction),
        ]
    }
}

extension SamplingCorrection: SettingGroup {
    static var settings: [Setting<Self>] {
        [
            .value(
                "level", \.level, .choice(),
                "Multiply the loss of a token or of an answer by p(trainer) / p(sampler), where rollouts have another "
                    + "precision."),
            .value("limit", \.limit, .positive, "The largest factor (truncated importance sampling)."),
        ]
    }
}
