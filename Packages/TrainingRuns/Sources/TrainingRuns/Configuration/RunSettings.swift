// The settings of a run: names, ranges and what the page of settings says about them.
internal import Basics
internal import PolicyOptimization
internal import Rewards
internal import Rollouts
public import Settings
internal import TensorMath
internal import VisionLanguageModel

extension RunConfiguration: SettingGroup {
    /// All settings of `r1-train`.
    public static var settings: [Setting<Self>] {
        [
            .value("method", \.method, .choice(), "What the run does; the command sets it."),
            .value(
                "model", \.model, .nonEmpty("the path of a checkpoint"),
                "The checkpoint to start from, also the frozen reference of GRPO; must be given."),
            .group("data", \.data),
            .value(
                "steps", \.steps, .whole(1...1_000_000_000, "steps", or: (0, "only evaluates")),
                "Optimizer steps of the whole run."),
            .value(
                "seed", \.seed, SamplingOptions.seeds, "Selects the order of rows and all random numbers."),
            .value(
                "threads", \.threads, .whole(1...1024, "threads", or: (0, "all physical cores")), "Threads."),
            .value(
                "dtype", \.dtype, .choice(of: [.float32, .bfloat16]),
                "Type of the products: float32, or bfloat16 over float32 masters."),
            .value(
                "gradientCheckpointing", \.gradientCheckpointing, .flag,
                "Recompute the inner values of layers in backward: less memory, about a third more time."),
            .group("learningRate", \.learningRate), .group("optimizer", \.optimizer),
            .value(
                "maxGradientNorm", \.maxGradientNorm, .nonNegative(),
                "Gradients are scaled down to this norm; 0 leaves them unchanged."),
            .group("nonFinite", \.nonFinite),
            .list(
                "frozen", \.frozen, of: .nonEmpty("the start of a weight's name"), "a list of names",
                "Weights whose name starts with one of these are not trained."),
            .group("lora", \.lora),
            .value(
                "microBatchTokens", \.microBatchTokens, .whole(1...(1 << 24), "tokens"),
                "The most tokens of one forward and backward pass; limits memory, changes results only by rounding."
            ),
            .group("sft", \.sft), .group("grpo", \.grpo), .group("rewards", \.rewards),
            .group("evaluation", \.evaluation), .group("checkpoints", \.checkpoints),
            .group("budget", \.budget),
        ]
    }
}

extension RateOptions: SettingGroup {
    static var settings: [Setting<Self>] {
        [
            .value("peak", \.peak, .positive, "The highest rate (paper: 3e-6)."),
            .value(
                "warmupSteps", \.warmupSteps, .whole(0...1_000_000_000, "steps"), "Steps of linear rise."),
            .value("schedule", \.schedule, .choice(), "The shape after the warm-up."),
            .value(
                "floor", \.floor, .number(from: 0, to: 1),
                "The lowest rate after the warm-up, as a share of the peak."),
        ]
    }
}

extension CheckpointOptions: SettingGroup {
    static var settings: [Setting<Self>] {
        [
            .value(
                "every", \.every, .whole(1...1_000_000_000, "steps", or: (0, "at the end only")),
                "Steps between two checkpoints."),
            .value(
                "keepLast", \.keepLast, .whole(1...1_000_000_000, "checkpoints", or: (0, "all")),
                "Newest checkpoints to keep; an older one is removed only after the newest one is verified."),
            .value(
                "keepBest", \.keepBest, .flag,
                "Keep the checkpoint with the highest mean of the evaluations, too; needs `evaluation.every`."
            ),
        ]
    }
}

extension BudgetOptions: SettingGroup {
    static var settings: [Setting<Self>] {
        [
            .value(
                "seconds", \.seconds, .number(above: 0, to: 1e9).or(0, "no limit"),
                "Seconds of all steps, without evaluations, after which the run ends as if it had no more steps."
            ),
            .value(
                "tokens", \.tokens, .whole(1...1_000_000_000_000_000, "tokens", or: (0, "no limit")),
                "Tokens of all steps, prompts and answers, after which the run ends."),
        ]
    }
}
