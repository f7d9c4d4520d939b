// The metrics of a GRPO step under TRL's names, per task where it helps, and one group of answers as text.
internal import Collectives
internal import Foundation
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
    ///   - shares: The parts of the processes, all of them in process 0.
    ///   - record: The metrics of the updates.
    ///   - step: The step, from 0.
    /// - Returns: The record.
    /// - Throws: What decoding a sample throws.
    func describe(_ shares: [StepShare], _ record: StepRecord, step: Int) throws -> StepRecord {
        let (made, trained) = (shares.outcomes, shares.trained)
        var record = record
        record.timings = shares.timings
        let rewards = made.flatMap { $0.rewards.filter { !$0.isExcluded } }
        let lengths = made.flatMap { $0.lengths.map(Double.init) }
        let zero = average(made.map { $0.hasNoSpread ? 1 : 0 })
        record.metrics.merge([
            "reward": average(rewards.map(\.total)),
            "reward_std": average(made.map { deviation($0.totals, .sample) }),
            "frac_reward_zero_std": zero, "rewards/accuracy/mean": average(rewards.map(\.accuracy)),
            "rewards/format/mean": average(rewards.map(\.format)),
            "completions/mean_length": average(lengths), "completions/max_length": lengths.max() ?? 0,
            "completions/min_length": lengths.min() ?? 0,
            "completions/clipped_ratio": average(made.flatMap { $0.truncated.map { $0 ? 1 : 0 } }),
            "excluded": Double(made.reduce(0) { $0 + $1.rewards.count } - rewards.count),
            "reward_failures": Double(made.failures?.count ?? 0),
            "step_tokens": lengths.reduce(0, +) + Double(made.reduce(0) { $0 + $1.promptTokens }),
        ]) { $1 }
        record.metrics.merge(Self.taskMetrics(made)) { $1 }
        record.metrics.merge(Self.advantageShares(trained)) { $1 }
        for outcome in made {
            if let text = outcome.unreadable { record.unreadable[outcome.task] = text }
        }
        if options.resamplingRounds > 0 {
            record.metrics["dynamic_sampling/rounds"] = Double(
                shares.flatMap { $0.made.map(\.round) }.max() ?? 0)
            record.metrics["dynamic_sampling/replaced"] = Double(made.count - trained.count)
        }
        if options.overlong.buffer > 0 {
            record.metrics["rewards/overlong/mean"] = average(
                lengths.map {
                    overlongPenalty(
                        Int($0), limit: options.maxNewTokens, buffer: options.overlong.buffer)
                })
        }
        record.headline =
            "reward \(fixed(record.metrics["reward"] ?? 0, 3))  "
            + "accuracy \(fixed(record.metrics["rewards/accuracy/mean"] ?? 0, 3))"
            + (record.metrics["kl"].map { "  kl \(fixed($0, 4))" } ?? "")
        if zero == 1 { record.headline += "  (no group has spread: nothing to learn from this step)" }
        if let failures = made.failures { record.notices.append(failures.notice) }
        if let lines = Self.shown(trained, step: step) {
            record.samples = try JSONDecoder().decode([JSONObject].self, from: lines)
        }
        return record
    }

    private static func taskMetrics(_ made: [RolloutOutcome]) -> [String: Double] {
        var metrics: [String: Double] = [:]
        for (task, group) in Dictionary(grouping: made, by: \.task) {
            let results = group.flatMap(\.rewards)
            metrics[GRPOMetric.reward(task)] = average(results.map(\.accuracy))
            metrics[GRPOMetric.spread(task)] = deviation(results.map(\.accuracy), .population)
            metrics["rewards/\(task)/count"] = Double(results.count { !$0.isExcluded })
            metrics[GRPOMetric.format(task)] = average(results.map(\.format))
            metrics[GRPOMetric.noSpread(task)] = average(group.map { $0.hasNoSpread ? 1 : 0 })
            metrics[GRPOMetric.unread(task)] = average(results.map { $0.status == .ok ? 0 : 1 })
            metrics[GRPOMetric.truncated(task)] = average(
                group.flatMap { $0.truncated.map { $0 ? 1 : 0 } })
            let failures = group.failures?.count ?? 0
            if failures > 0 { metrics["reward_failures/\(task)"] = Double(failures) }
            metrics[GRPOMetric.notScored(task)] = Double(failures) / Double(max(1, results.count))
        }
        return metrics
    }

    /// Each task's share of the answers and of the sum of absolute advantages; nothing when all are zero.
    private static func advantageShares(_ trained: [StepShare.Trained]) -> [String: Double] {
        var (sums, counts): ([String: Double], [String: Double]) = ([:], [:])
        for group in trained {
            sums[group.task, default: 0] += group.advantages.reduce(0) { $0 + abs($1) }
            counts[group.task, default: 0] += Double(group.advantages.count)
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

    /// The group to record, as JSON: the first one of a task, and the tasks in turn.
    private static func shown(_ trained: [StepShare.Trained], step: Int) -> Data? {
        let tasks = Set(trained.map(\.task)).sorted()
        guard !tasks.isEmpty else { return nil }
        return trained.first { $0.task == tasks[step % tasks.count] }?.lines
    }
}
