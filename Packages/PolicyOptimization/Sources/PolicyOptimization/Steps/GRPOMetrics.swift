// The metrics of a GRPO step under TRL's names, per task where it helps, and one group of answers as text.
internal import Rewards
internal import Rollouts
internal import StrictJSON
internal import TrainingData
internal import VisionLanguageModel

extension GRPOMethod {
    /// The metrics of one update's loss.
    func describe(_ sums: LossStatistics, entropy: Double, hasReference: Bool) -> [String: Double] {
        let tokens = max(1, sums.tokens)
        var metrics = [
            "loss": sums.loss, "entropy": entropy / tokens,
            "clip_ratio/low_mean": sums.clippedLow / tokens,
            "clip_ratio/high_mean": sums.clippedHigh / tokens,
            "clip_ratio/region_mean": (sums.clippedLow + sums.clippedHigh) / tokens,
        ]
        if hasReference { metrics["kl"] = sums.kl / tokens }
        if options.loss.dualClip > 0 { metrics["clip_ratio/dual_mean"] = sums.clippedDual / tokens }
        if options.loss.correction.level != .none {
            metrics["sampling/importance_sampling_ratio/mean"] = sums.correction / tokens
        }
        return metrics
    }

    /// The record with the metrics of rewards and completions, the console headline and one sampled group.
    ///
    /// - Parameters:
    ///   - made: The rollouts.
    ///   - advantages: Those of the trained rollouts' answers.
    ///   - record: The metrics of the updates.
    /// - Returns: The record.
    func describe(
        _ made: StepRollouts, _ advantages: [[Double]], _ record: StepRecord
    ) -> StepRecord {
        let rollouts = made.all
        var record = record
        let rewards = rollouts.flatMap { $0.rewards.filter { !$0.isExcluded } }
        let answers = rollouts.flatMap(\.answers)
        let lengths = answers.map { Double($0.ids.count) }
        let zero = average(rollouts.map { $0.hasNoSpread ? 1 : 0 })
        let deviations = rollouts.map { deviation($0.totals.compactMap { $0 }, .sample) }
        record.metrics.merge([
            "reward": average(rewards.map(\.total)), "reward_std": average(deviations),
            "frac_reward_zero_std": zero, "rewards/accuracy/mean": average(rewards.map(\.accuracy)),
            "rewards/format/mean": average(rewards.map(\.format)),
            "completions/mean_length": average(lengths), "completions/max_length": lengths.max() ?? 0,
            "completions/min_length": lengths.min() ?? 0,
            "completions/clipped_ratio": average(answers.map { $0.finishReason == .length ? 1 : 0 }),
            "excluded": Double(rollouts.reduce(0) { $0 + $1.rewards.count } - rewards.count),
            "reward_failures": Double(rollouts.failures?.count ?? 0),
            "step_tokens": lengths.reduce(0, +)
                + Double(rollouts.reduce(0) { $0 + $1.question.prompt.ids.count }),
        ]) { $1 }
        for (task, group) in Dictionary(grouping: rollouts, by: { $0.question.sample.task.rawValue }) {
            let results = group.flatMap(\.rewards)
            record.metrics["rewards/\(task)/mean"] = average(results.map(\.accuracy))
            record.metrics["rewards/\(task)/std"] = deviation(results.map(\.accuracy), .population)
            record.metrics["frac_reward_zero_std/\(task)"] = average(group.map { $0.hasNoSpread ? 1 : 0 })
            record.metrics["parse_fail/\(task)"] = average(results.map { $0.status == .ok ? 0 : 1 })
            if let failures = group.failures {
                record.metrics["reward_failures/\(task)"] = Double(failures.count)
            }
        }
        if options.resamplingRounds > 0 {
            record.metrics["dynamic_sampling/rounds"] = Double(made.rounds)
            record.metrics["dynamic_sampling/replaced"] = Double(rollouts.count - made.trained.count)
        }
        if options.overlong.buffer > 0 {
            record.metrics["rewards/overlong/mean"] = average(
                answers.map {
                    overlongPenalty(
                        $0.ids.count, limit: options.maxNewTokens, buffer: options.overlong.buffer)
                })
        }
        record.headline =
            "reward \(fixed(record.metrics["reward"] ?? 0, 3))  "
            + "accuracy \(fixed(record.metrics["rewards/accuracy/mean"] ?? 0, 3))"
            + (record.metrics["kl"].map { "  kl \(fixed($0, 4))" } ?? "")
        if zero == 1 { record.headline += "  (no group has spread: nothing to learn from this step)" }
        if let failures = rollouts.failures { record.notices.append(failures.notice) }
        if let first = made.trained.first { record.samples = Self.lines(first, advantages[0]) }
        return record
    }

    private static func lines(_ rollout: Rollout, _ advantages: [Double]) -> [JSONObject] {
        zip(rollout.records, advantages).map { $0.merging(["advantage": .number($1)]) { $1 } }
    }
}
