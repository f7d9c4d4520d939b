// Statistics and probabilities of one row of logits, for samplers.
internal import CKernels

/// Largest value, log of the sum of exponentials and entropy of `softmax(scale * logits)`.
public struct LogitStatistics: Sendable {
    /// The largest scaled logit.
    let maximum: Float
    /// `log sum exp(scale * logits)`.
    public let logSum: Float
    /// Entropy in nats.
    let entropy: Float

    /// Reduces one row; entries of minus infinity have probability 0.
    public init(_ logits: [Float], scale: Float = 1) {
        var out: [Float] = [0, 0, 0]
        kernels.vocabulary_statistics(logits.count, scale, logits, &out)
        (maximum, logSum, entropy) = (out[0], out[1], out[2])
    }
}

/// Turns one row of logits into probabilities in place: `exp(scale * logit - logSum)`.
public func exponentiate(_ logits: inout [Float], scale: Float, logSum: Float) {
    kernels.exponential_tile(
        1, logits.count, logits.count, [Int32(logits.count)], scale, [logSum], &logits)
}
