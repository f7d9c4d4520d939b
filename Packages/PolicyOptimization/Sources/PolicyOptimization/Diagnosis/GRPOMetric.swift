// The names of the metrics that more than one file uses.

/// Names of metrics of GRPO, as in TRL where it has them; those of a task end with its name.
enum GRPOMetric {
    static let kl = "kl"
    static let meanLength = "completions/mean_length"
    static let leastLength = "completions/min_length"

    /// The mean of the task's own reward, without the format.
    static func reward(_ task: String) -> String { "rewards/\(task)/mean" }
    /// The deviation of the task's own reward over all answers of a step.
    static func spread(_ task: String) -> String { "rewards/\(task)/std" }
    /// The mean of the format reward.
    static func format(_ task: String) -> String { "rewards/\(task)/format" }
    /// The share of groups whose rewards are all equal.
    static func noSpread(_ task: String) -> String { "frac_reward_zero_std/\(task)" }
    /// The share of answers that cannot be read.
    static func unread(_ task: String) -> String { "parse_fail/\(task)" }
    /// The share of answers that reached the limit of tokens.
    static func truncated(_ task: String) -> String { "completions/clipped_ratio/\(task)" }
    /// The share of answers that could not be scored.
    static func notScored(_ task: String) -> String { "reward_failures/share/\(task)" }
    /// The task's share of the sum of absolute advantages.
    static func advantageShare(_ task: String) -> String { "advantages/share/\(task)" }
    /// The task's share of the answers.
    static func answerShare(_ task: String) -> String { "answers/share/\(task)" }
}
