// Formulas by hand: the clipped loss and its slope, the k3 penalty, aggregations, advantages.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import PolicyOptimization
@testable import Rollouts
@testable import TensorMath

/// Weights that are given as they are.
private struct FixedWeights: ParameterSource {
    let values: [Float]
    func tensor(named name: String, shape: [Int]) throws -> Tensor { Tensor(values, shape: shape) }
}

/// The loss of log-probabilities with these terms, and its slope for each; all are one answer unless `answers` are given.
func lossAndSlopes(
    _ values: [Double], _ terms: [TokenTerm], _ options: LossOptions = LossOptions(),
    answers: [Range<Int>]? = nil
) throws -> (statistics: LossStatistics, slopes: [Float]) {
    let found = try lossAndSlopes(
        values, entropies: values.map { _ in 0 }, terms, answers: answers ?? [values.indices], options)
    return (found.statistics, found.slopes)
}

/// The same with the entropies of the tokens, and the loss as recorded.
func lossAndSlopes(
    _ values: [Double], entropies: [Double], _ terms: [TokenTerm], answers: [Range<Int>],
    _ options: LossOptions
) throws -> (loss: Float, statistics: LossStatistics, slopes: [Float], entropySlopes: [Float]) {
    let store = ParameterStore()
    func parameter(_ name: String, _ values: [Double]) throws -> Parameter {
        try Scope(FixedWeights(values: values.map { Float($0) }), store: store).parameter(
            name, [values.count])
    }
    let lps = try parameter("logProbabilities", values), hs = try parameter("entropies", entropies)
    var statistics = LossStatistics()
    let (value, gradients) = store.gradients {
        let tokens = TokenLogProbabilities(values: lps.tensor, entropies: hs.tensor)
        let (loss, sums) = policyLoss(tokens, terms, answers: answers, options)
        statistics = sums
        return loss
    }
    return (
        value, statistics, try #require(gradients["logProbabilities"]).elements,
        gradients["entropies"]?.elements ?? hs.tensor.elements.map { _ in 0 }
    )
}

@Suite("The policy loss")
struct PolicyLossTests {
    // Two answers computed in double precision by hand from the formulas.
    private static let values = [[-0.5, -1], [-0.2, -0.7, -1.5, -2]]
    private static let old = [[-0.6, -0.9], [-0.2, -0.5, -1.9, -2]]
    private static let reference = [[-0.4, -1.2], [-0.3, -0.7, -1.4, -2.5]]
    private static let advantages = [1.0, -1]

    private func terms(_ weights: [Double]) -> [[TokenTerm]] {
        Self.values.indices.map { answer in
            Self.values[answer].indices.map { token in
                TokenTerm(
                    old: Self.old[answer][token], reference: Self.reference[answer][token],
                    advantage: Self.advantages[answer], weight: weights[answer])
            }
        }
    }

    @Test("Each token's term is the one computed by hand")
    func tokens() throws {
        let expected = [-1.1049641, -0.9040882, 1.0001935, 0.8187308, 1.4920315, 1.0042612]
        let terms = terms([1, 1]).flatMap { $0 }
        for (index, value) in Self.values.flatMap({ $0 }).enumerated() {
            let found = try lossAndSlopes([value], [terms[index]]).statistics.loss
            expectClose(found, expected[index], absolute: 5e-7, "token \(index)")
        }
    }

    @Test(
        "Every aggregation gives the value computed by hand",
        arguments: [
            (LossOptions.Aggregation.grpo, 0.0371391), (.dapo, 0.3843608), (.dr_grpo, 0.1441353),
            (.tokenSum, 1.1530824),
        ])
    func aggregations(_ aggregation: LossOptions.Aggregation, _ expected: Double) throws {
        let weights = try tokenWeights(lengths: [2, 4], aggregation: aggregation, maxNewTokens: 8)
        let found = try lossAndSlopes(Self.values.flatMap { $0 }, terms(weights).flatMap { $0 })
        expectClose(found.statistics.loss, expected, absolute: 2e-7, aggregation.rawValue)
    }

    @Test(
        "k3 and its slope are those computed by hand",
        arguments: [(-1, -1.5, 0.1065307, 0.3934693), (-1.5, -1, 0.1487213, -0.6487213)])
    func k3(_ value: Double, _ reference: Double, _ k3: Double, _ slope: Double) throws {
        var options = LossOptions()
        options.klCoefficient = 1
        let term = TokenTerm(old: nil, reference: reference, advantage: 0, weight: 1)
        let (statistics, slopes) = try lossAndSlopes([value], [term], options)
        expectClose(statistics.kl, k3, absolute: 1e-7, "k3")
        expectClose(statistics.loss, k3, absolute: 1e-7, "loss")
        expectClose(Double(slopes[0]), slope, absolute: 1e-6, "slope")
    }

    @Test("Slopes are those of the loss by finite differences, clipped tokens included")
    func slopes() throws {
        // Two tokens more, clipped on either side: only the penalty moves them.
        let clipped = [(-0.1, -1.0), (-0.9, 1.0)].map { old, advantage in
            TokenTerm(old: old, reference: -0.6, advantage: advantage, weight: 0.5)
        }
        let values = Self.values.flatMap { $0 } + [-0.5, -0.2]
        let terms = terms([0.25, 0.5]).flatMap { $0 } + clipped
        let slopes = try lossAndSlopes(values, terms).slopes
        let step = 1.0 / 1024
        for index in values.indices {
            var (up, down) = (values, values)
            up[index] += step
            down[index] -= step
            let difference =
                (try lossAndSlopes(up, terms).statistics.loss - lossAndSlopes(down, terms).statistics.loss)
                / Double(Float(up[index]) - Float(down[index]))
            expectClose(Double(slopes[index]), difference, absolute: 2e-6, "slope of token \(index)")
        }
        for (index, value) in zip(6..., [-0.5, -0.2]) {
            let penalty = 0.5 * 0.04 * (1 - exp(-0.6 - value))
            expectClose(Double(slopes[index]), penalty, absolute: 1e-7, "slope of clipped token \(index)")
        }
    }

    @Test("Ratios are clipped on the side where it matters, and counted there")
    func clipping() throws {
        func count(_ ratio: Double, _ advantage: Double) throws -> (low: Double, high: Double, slope: Float) {
            let term = TokenTerm(old: 0, reference: nil, advantage: advantage, weight: 1)
            let (statistics, slopes) = try lossAndSlopes([log(ratio)], [term])
            return (statistics.clippedLow, statistics.clippedHigh, slopes[0])
        }
        #expect(try count(1.3, 1) == (0, 1, 0))
        #expect(try count(0.7, -1) == (1, 0, 0))
        for (ratio, advantage) in [(1.3, -1.0), (0.7, 1), (1.1, 1), (0.9, -1)] {
            let found = try count(ratio, advantage)
            #expect(found.low == 0 && found.high == 0)
            expectClose(Double(found.slope), -ratio * advantage, absolute: 1e-6, "slope")
        }
    }

    @Test("A sequence has one ratio, the geometric mean of its tokens'")
    func sequenceRatios() throws {
        var options = LossOptions()
        (options.ratioLevel, options.klCoefficient) = (.sequence, 0)
        for (answer, expected) in zip(terms([0.5, 0.25]), [-1.0, 1.051_271_096]).enumerated() {
            let found = try lossAndSlopes(Self.values[answer], expected.0, options)
            expectClose(found.statistics.loss, expected.1, absolute: 1e-7, "answer \(answer)")
        }
    }

    @Test("A ratio beyond e^20 stays finite")
    func extreme() throws {
        let term = TokenTerm(old: -200, reference: nil, advantage: -1, weight: 1)
        let (statistics, slopes) = try lossAndSlopes([0], [term])
        #expect(statistics.loss == exp(20) && slopes[0].isFinite)
    }

    @Test("On policy the loss is minus the mean advantage and the slope minus the weighted advantage")
    func onPolicy() throws {
        let terms = [0.5, -1.5].map { TokenTerm(old: nil, reference: nil, advantage: $0, weight: 0.5) }
        let (statistics, slopes) = try lossAndSlopes([-1, -2], terms)
        #expect(statistics.loss == 0.5 && slopes == [-0.25, 0.75] && statistics.tokens == 2)
    }
}
