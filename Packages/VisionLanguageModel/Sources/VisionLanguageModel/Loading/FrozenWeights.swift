// Which weights training leaves as they are.
public import Checkpoint

/// Weights that training leaves as they are, and where they are stored.
public struct FrozenWeights: Sendable {
    let prefixes: [String]
    let checkpoint: any CheckpointReader

    /// Frozen weights.
    ///
    /// - Parameters:
    ///   - prefixes: Starts of their names.
    ///   - checkpoint: The model that a run starts from; its float32 and bfloat16 weights are used
    ///     where they are mapped.
    public init(prefixes: [String], in checkpoint: any CheckpointReader) {
        (self.prefixes, self.checkpoint) = (prefixes, checkpoint)
    }
}
