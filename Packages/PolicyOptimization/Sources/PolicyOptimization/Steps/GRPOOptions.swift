// The settings of GRPO.
internal import Rollouts

/// Settings of GRPO; the defaults are the paper's preset where it gives one.
public struct GRPOOptions: Codable, Sendable, Equatable {
    /// Questions per step (paper: batch 64, without saying whether of questions or answers; ours: questions).
    public var promptsPerStep = 64
    /// Answers per question, at least 2 (paper: 8).
    public var groupSize = 8
    /// Temperature of the rollouts and of the trained distribution (paper: 1.0).
    public var temperature = 1.0
    /// The most tokens of an answer.
    public var maxNewTokens = 256
    /// The most tokens whose keys and values are in memory at once during rollouts; 0 answers all questions of
    /// a step at once.
    ///
    /// Answers beyond the limit wait or are computed again; one answer with its prompt must fit. The limit changes no
    /// answer beyond rounding.
    public var cacheTokens = 0
    /// Optimizer updates per rollout; each uses an equal share of the questions' groups in turn.
    public var updatesPerRollout = 1
    /// Shares of a step's questions that are computed one by one and added as a binary tree, a power of two, at most
    /// `promptsPerStep`.
    ///
    /// The update is the same, bit for bit, for any number of processes up to this one. Gradients take
    /// 1 + log2(units / processes) times the memory.
    public var units = 1
    /// Whether answers that reached `maxNewTokens` are left out of the loss.
    var masksTruncated = false
    /// Times that groups without spread are replaced by those of the next rows, so that every question of a step
    /// teaches something (dynamic sampling; Yu et al., DAPO, 2025).
    ///
    /// Groups that are still without spread then stay.
    public var resamplingRounds = 0
    /// The penalty for long answers.
    var overlong = OverlongOptions()
    /// Advantages.
    var advantages = AdvantageOptions()
    /// The loss.
    public var loss = LossOptions()
    /// How the reference follows the policy.
    public var referenceSync = ReferenceSyncOptions()

    /// The defaults.
    public init() {}
}

extension GRPOOptions {
    /// Settings that contradict one another: their paths, what was expected and what was found.
    public var conflicts: [(path: String, expected: String, found: String)] {
        var conflicts: [(path: String, expected: String, found: String)] = []
        if units & (units - 1) != 0 || units > promptsPerStep {
            conflicts.append(
                ("units", "a power of two, at most promptsPerStep, \(promptsPerStep)", "\(units)"))
        }
        if overlong.buffer > maxNewTokens {
            conflicts.append(
                ("overlong.buffer", "at most maxNewTokens, \(maxNewTokens)", "\(overlong.buffer)"))
        }
        if referenceSync.every > 0, loss.klCoefficient == 0 {
            conflicts.append(
                (
                    "referenceSync.every", "0, because loss.klCoefficient is 0 and there is no reference",
                    "\(referenceSync.every)"
                ))
        }
        if loss.objective == .cispo, loss.dualClip > 0 {
            conflicts.append(
                ("loss.dualClip", "0, because the objective cispo has no dual clip", "\(loss.dualClip)"))
        }
        return conflicts
    }
}

/// The penalty for answers that come close to `maxNewTokens`.
struct OverlongOptions: Codable, Sendable, Equatable {
    /// The last tokens before the limit, over which the penalty grows from 0 to 1; 0 is no penalty.
    var buffer = 0
    /// Weight of the penalty.
    var weight = 1.0

    /// No penalty.
    init() {}
}

/// How the reference follows the policy (TR-DPO's soft update; Gorbatovski et al., 2024; TRL's `sync_ref_model`).
public struct ReferenceSyncOptions: Codable, Sendable, Equatable {
    /// Optimizer updates between two syncs; 0 keeps the reference as it was at the start.
    public var every = 0
    /// The policy's share of the new reference, above 0 and at most 1.
    public var mixup = 0.6

    /// The reference stays as it was at the start.
    public init() {}
}
