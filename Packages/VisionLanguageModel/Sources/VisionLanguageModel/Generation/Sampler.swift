// Samples one token from one row of logits: repetition penalty, temperature, top-k, top-p, in this order.
//
// The order and the rules are those of transformers' logits processors; ties go to the lowest id.
internal import Foundation
internal import TensorMath

/// Samples tokens from rows of logits.
struct Sampler {
    let options: SamplingOptions
    /// Tokens that are never sampled.
    let banned: [Int32]

    /// Samples one token.
    ///
    /// - Parameters:
    ///   - logits: [V], modified in place.
    ///   - seen: Distinct ids of the prompt and the answer so far; used only with a repetition penalty.
    ///   - uniform: A random number in [0, 1).
    /// - Returns: The token and its log-probability after penalty and temperature, before top-k and top-p.
    func draw(_ logits: inout [Float], seen: Set<Int32>, uniform: Double) -> (
        id: Int32, logProbability: Float
    ) {
        if options.repetitionPenalty != 1 { penalise(&logits, seen) }
        let scale: Float = options.temperature > 0 ? Float(1 / options.temperature) : 1
        if options.excludesBannedFromProbabilities { exclude(&logits) }
        let logSum = LogitStatistics(logits, scale: scale).logSum
        if !options.excludesBannedFromProbabilities { exclude(&logits) }
        let id =
            options.temperature > 0
            ? sample(logits, scale: scale, uniform: uniform) : LargestValues(logits).argmax
        return (Int32(id), scale * logits[id] - logSum)
    }

    private func penalise(_ logits: inout [Float], _ seen: Set<Int32>) {
        let penalty = Float(options.repetitionPenalty)
        for id in seen where Int(id) < logits.count {
            let value = logits[Int(id)]
            logits[Int(id)] = value < 0 ? value * penalty : value / penalty
        }
    }

    private func exclude(_ logits: inout [Float]) {
        for id in banned where Int(id) < logits.count { logits[Int(id)] = -.infinity }
    }

    private func sample(_ logits: [Float], scale: Float, uniform: Double) -> Int {
        var allowed = logits
        if options.topK > 0 && options.topK < allowed.count { keepTop(options.topK, &allowed) }
        let logSum = LogitStatistics(allowed, scale: scale).logSum
        exponentiate(&allowed, scale: scale, logSum: logSum)
        if options.topP < 1 { keepNucleus(&allowed) }
        let total = allowed.reduce(0.0) { $0 + Double($1) }
        var rest = uniform * total
        var last = 0
        for (index, probability) in allowed.enumerated() where probability > 0 {
            last = index
            rest -= Double(probability)
            if rest < 0 { return index }
        }
        return last
    }

    /// Removes every logit below the k-th largest.
    private func keepTop(_ k: Int, _ logits: inout [Float]) {
        let threshold = LargestValues(logits).value(rank: k)
        for index in logits.indices where logits[index] < threshold { logits[index] = -.infinity }
    }

    /// Zeroes all but the smallest set of likeliest tokens that reaches `topP`.
    ///
    /// Tokens below `(1 - topP) / V` can never be in the set: their sum is less than `1 - topP`.
    private func keepNucleus(_ probabilities: inout [Float]) {
        let least = Float((1 - options.topP) / Double(probabilities.count))
        var kept = [Float](repeating: 0, count: probabilities.count)
        for index in LargestValues(probabilities).nucleus(reaching: options.topP, atLeast: least) {
            kept[index] = probabilities[index]
        }
        probabilities = kept
    }
}
