// LoRA: a trained change of low rank beside the weight of a linear layer (Hu et al., 2021).
internal import Basics

private enum Changes {
    @TaskLocal static var areOff = false
    @TaskLocal static var dropoutSeed: UInt64?
}

/// Runs `body`, in which linear layers compute without their changes of low rank: the model as it was before.
public func withoutLowRankChanges<R>(_ body: () throws -> R) rethrows -> R {
    try Changes.$areOff.withValue(true, operation: body)
}

/// Runs `body`, in which the inputs of changes of low rank are dropped out at random; outside they are not.
///
/// - Parameters:
///   - seed: Selects what is dropped, together with the layer, the row and the column.
///   - body: The forward pass, and the backward pass where it recomputes activations.
/// - Returns: What `body` returns.
public func withDropout<R>(seed: UInt64, _ body: () throws -> R) rethrows -> R {
    try Changes.$dropoutSeed.withValue(seed, operation: body)
}

/// `scale * B (A x)`, with A [rank, in] and B [out, rank] under PEFT's names.
public final class LowRank {
    let first, second: Parameter
    private let scale, dropout: Float
    /// Selects the layer's random numbers.
    private let stream: UInt64

    /// The change of the layer whose scope this is; nil when it has none.
    init?(_ scope: Scope, from: Int, to: Int) throws {
        guard let start = try scope.lowRankStart(from: from, to: to) else { return nil }
        first = scope["lora_A"].adopt("weight", start.first)
        second = scope["lora_B"].adopt("weight", start.second)
        let rank = start.first.rowCount
        require(
            start.first.shape == [rank, from] && start.second.shape == [to, rank],
            "\(first.name): \(start.first.shape) and \(start.second.shape) for [\(to), \(from)]")
        (scale, dropout) = (start.scale, start.dropout)
        stream = randomStream(first.name)
    }

    /// [N, in] to [N, out]; nil where changes are off.
    func callAsFunction(_ xNC: Tensor) -> Tensor? {
        guard !Changes.areOff else { return nil }
        var x = xNC
        if dropout > 0, let seed = Changes.dropoutSeed {
            x = x.droppingOut(dropout, seed: seed ^ stream)
        }
        return linear(linear(x, first.weight), second.weight).scaled(by: scale)
    }
}
