// One question's answers on their way from rewards to the loss.
internal import Rewards
internal import Rollouts
internal import TrainingData
internal import VisionLanguageModel

/// A rollout with the answers that count in the loss, and the rewards that become advantages.
struct AnswerGroup {
    let rollout: Rollout
    /// The answers in the loss, by index.
    let inLoss: [Int]
    /// The rewards with the penalty for long answers; nil for an answer that must not count.
    let rewarded: RewardedGroup

    init(_ rollout: Rollout, _ options: GRPOOptions) {
        self.rollout = rollout
        inLoss = rollout.answers.indices.filter { index in
            !rollout.rewards[index].isExcluded
                && !(options.masksTruncated && rollout.answers[index].finishReason == .length)
        }
        let rewards: [AnswerReward?] = zip(rollout.answers, rollout.rewards).map { answer, reward in
            guard !reward.isExcluded else { return nil }
            var parts: [AnswerReward.Part] = [
                .init(weight: reward.weights.accuracy, value: reward.accuracy),
                .init(weight: reward.weights.format, value: reward.format),
            ]
            if options.overlong.buffer > 0 {
                let penalty = overlongPenalty(
                    answer.ids.count, limit: options.maxNewTokens, buffer: options.overlong.buffer)
                parts.append(.init(weight: options.overlong.weight, value: penalty))
            }
            return AnswerReward(parts: parts)
        }
        rewarded = RewardedGroup(task: rollout.question.sample.task.rawValue, rewards: rewards)
    }

    /// Whether all rewards are equal, so that the group teaches nothing.
    var hasNoSpread: Bool {
        deviation(rewarded.totals.compactMap { $0 }, .population) <= smallestSpread
    }

    /// The prompt with the answers in the loss.
    var policyGroup: PolicyGroup {
        PolicyGroup(
            label: rollout.question.sample.label, prompt: rollout.question.prompt,
            answers: inLoss.map { rollout.answers[$0].ids },
            sampled: inLoss.map { rollout.answers[$0].logProbabilities })
    }

    /// The values of the answers in the loss.
    func counted(_ values: [Double]) -> [Double] { inLoss.map { values[$0] } }

    /// The rewards with a penalty for the distance to the reference, which is known for the answers in the loss; the
    /// others then do not count.
    ///
    /// - Parameters:
    ///   - distances: Those of the answers in the loss of this group and all that follow; this group's are removed.
    ///   - weight: Weight of the penalty.
    /// - Returns: The rewards.
    func rewarded(distances: inout ArraySlice<Double>, weight: Double) -> RewardedGroup {
        var group = RewardedGroup(
            task: rewarded.task, rewards: Array(repeating: nil, count: rewarded.rewards.count))
        for (index, distance) in zip(inLoss, distances) {
            group.rewards[index] = rewarded.rewards[index]
            group.rewards[index]?.parts.append(.init(weight: weight, value: -distance))
        }
        distances = distances.dropFirst(inLoss.count)
        return group
    }
}
