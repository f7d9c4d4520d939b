// The policy that the trained one is compared with, and how it follows.
internal import Basics
public import Settings
internal import TensorMath
public import VisionLanguageModel

/// The policy that the trained one is compared with.
public enum ReferencePolicy {
    /// A model of its own: the frozen start, or one that follows the trained model.
    case model(LanguageModel)
    /// The trained model without its changes of low rank.
    case withoutChanges
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

extension GRPOMethod {
    /// Moves the reference toward the policy when an update makes it due.
    ///
    /// Updates that were skipped do not count.
    ///
    /// - Returns: Whether it moved.
    func syncReference() -> Bool {
        let sync = options.referenceSync, updates = setup.optimizerStep.optimizer.stepCount
        guard case .model(let model) = reference, sync.every > 0, setup.optimizerStep.skippedInARow == 0,
            updates % sync.every == 0
        else { return false }
        require(model !== setup.model, "the reference that follows the policy is the policy itself")
        model.parameters.move(to: setup.model.parameters, share: sync.mixup)
        return true
    }
}
