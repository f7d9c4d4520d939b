// The policy that the trained one is compared with, and how it follows.
internal import Basics
internal import TensorMath
public import VisionLanguageModel

/// The policy that the trained one is compared with.
public enum ReferencePolicy {
    /// A model of its own: the frozen start, or one that follows the trained model.
    case model(LanguageModel)
    /// The trained model without its changes of low rank.
    case withoutChanges
}

extension ReferencePolicy {
    /// Moves the reference toward the policy when an update makes it due.
    ///
    /// - Parameters:
    ///   - policy: The trained model.
    ///   - sync: How.
    ///   - updates: Optimizer updates so far.
    /// - Returns: Whether it moved.
    /// - Throws: When a process that has pieces of the weights cannot be reached.
    func follow(_ policy: LanguageModel, _ sync: ReferenceSyncOptions, updates: Int) throws -> Bool {
        guard case .model(let model) = self, sync.every > 0, updates % sync.every == 0 else { return false }
        require(model !== policy, "the reference that follows the policy is the policy itself")
        try model.parameters.move(to: policy.parameters, share: sync.mixup)
        return true
    }
}
