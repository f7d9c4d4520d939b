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
    ///   - step: The step, from 0.
    /// - Returns: The record.
    func describe(
        _ made: StepRollouts, _ advantages: [[Double]], _ record: StepRecord, step: Int
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
        record.metrics.merge(Self.taskMetrics(rollouts)) { $1 }
        record.metrics.merge(Self.advantageShares(made.trained, advantages)) { $1 }
        for rollout in rollouts {
            guard
                let index = rollout.rewards.firstIndex(where: {
                    $0.status == .badParse || $0.status == .noAnswer
                })
            else { continue }
            record.unreadable[rollout.question.sample.task.rawValue] = rollout.texts[index]
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
        if let index = Self.shown(made.trained, step: step) {
            record.samples = Self.lines(made.trained[index], advantages[index])
        }
        return record
    }

    private static func taskMetrics(_ rollouts: [Rollout]) -> [String: Double] {
        var metrics: [String: Double] = [:]
        for (task, group) in Dictionary(grouping: rollouts, by: { $0.question.sample.task.rawValue }) {
            let (results, answers) = (group.flatMap(\.rewards), group.flatMap(\.answers))
            metrics[GRPOMetric.reward(task)] = average(results.map(\.accuracy))
            metrics[GRPOMetric.spread(task)] = deviation(results.map(\.accuracy), .population)
            metrics["rewards/\(task)/count"] = Double(results.count { !$0.isExcluded })
            metrics[GRPOMetric.format(task)] = average(results.map(\.format))
            metrics[GRPOMetric.noSpread(task)] = average(group.map { $0.hasNoSpread ? 1 : 0 })
            metrics[GRPOMetric.unread(task)] = average(results.map { $0.status == .ok ? 0 : 1 })
            metrics[GRPOMetric.truncated(task)] = average(
                answers.map { $0.finishReason == .length ? 1 : 0 })
            let failures = group.failures?.count ?? 0
            if failures > 0 { metrics["reward_failures/\(task)"] = Double(failures) }
            metrics[GRPOMetric.notScored(task)] = Double(failures) / Double(max(1, results.count))
        }
        return metrics
    }

    /// Each task's share of the answers and of the sum of absolute advantages; nothing when all are zero.
    private static func advantageShares(
        _ rollouts: [Rollout], _ advantages: [[Double]]
    ) -> [String: Double] {
        var (sums, counts): ([String: Double], [String: Double]) = ([:], [:])
        for (rollout, advantages) in zip(rollouts, advantages) {
            let task = rollout.question.sample.task.rawValue
            sums[task, default: 0] += advantages.reduce(0) { $0 + abs($1) }
            counts[task, default: 0] += Double(advantages.count)
        }
        // In the order of the names: the sum must not depend on the hashes of a process.
        let tasks = sums.keys.sorted()
        let (all, answers) = (
            tasks.reduce(0) { $0 + (sums[$1] ?? 0) }, tasks.reduce(0) { $0 + (counts[$1] ?? 0) }
        )
        guard all > 0 else { return [:] }
        var shares: [String: Double] = [:]
        for task in tasks {
            shares[GRPOMetric.advantageShare(task)] = (sums[task] ?? 0) / all
            shares[GRPOMetric.answerShare(task)] = (counts[task] ?? 0) / answers
        }
        return shares
    }

    /// The group to record: the first one of a task, and the tasks in turn.
    private static func shown(_ rollouts: [Rollout], step: Int) -> Int? {
        let tasks = Set(rollouts.map(\.question.sample.task.rawValue)).sorted()
        guard !tasks.isEmpty else { return nil }
        return rollouts.firstIndex { $0.question.sample.task.rawValue == tasks[step % tasks.count] }
    }

    /// Nothing for a group with numbers that are not finite, which JSON does not have; the step's dump has it.
    private static func lines(_ rollout: Rollout, _ advantages: [Double]) -> [JSONObject] {
        guard (advantages + rollout.rewards.map(\.total)).allSatisfy(\.isFinite) else { return [] }
        let pictures = rollout.pictures
        return zip(rollout.records, advantages).map {
            $0.merging(["advantage": .number($1)]) { $1 }.merging(pictures) { $1 }
        }
    }
}
