// Losses, gradients and advantages against values that another program computed in double precision.
import Collectives
import Foundation
import TestKit
import Testing

@testable import PolicyOptimization
@testable import Rollouts
@testable import TensorMath

/// The vectors of `Fixtures/losses`.
struct LossVectors: Decodable {
    struct Options: Decodable, CustomTestStringConvertible {
        var aggregation: LossOptions.Aggregation
        var objective: LossOptions.Objective
        var ratioLevel: LossOptions.RatioLevel
        var clipLow, clipHigh, dualClip, klCoefficient: Double
        var klEstimator: LossOptions.KLEstimator
        var klPlace: LossOptions.KLPlace
        var entropyCoefficient, entropyShare: Double
        var correction: SamplingCorrection.Level
        var correctionLimit: Double

        var loss: LossOptions {
            var loss = LossOptions()
            (loss.aggregation, loss.objective, loss.ratioLevel) = (aggregation, objective, ratioLevel)
            (loss.clipLow, loss.clipHigh, loss.dualClip) = (clipLow, clipHigh, dualClip)
            (loss.klCoefficient, loss.klEstimator, loss.klPlace) = (klCoefficient, klEstimator, klPlace)
            (loss.entropyCoefficient, loss.entropyShare) = (entropyCoefficient, entropyShare)
            (loss.correction.level, loss.correction.limit) = (correction, correctionLimit)
            return loss
        }

        var testDescription: String { "\(self)" }
    }

    struct Loss: Decodable {
        var options: Options
        var loss: Double
        var slopes, entropySlopes: [Double]
    }

    struct Group: Decodable {
        var task: String
        var rewards: [[Double]?]
    }

    struct Case: Decodable {
        var deviation: DeviationKind
        var advantages: [String: [[Double]]]
    }

    var maxNewTokens: Int
    var current, old, reference, sampled, entropies: [[Double]]
    var advantages: [Double]
    var losses: [Loss]
    var steps: [[Group]]
    var decay: Double
    var cases: [Case]

    static func read() throws -> LossVectors {
        try JSONDecoder().decode(
            LossVectors.self, from: Data(contentsOf: Fixtures.url("losses/vectors.json")))
    }

    /// The tokens of some answers of one optimizer batch as a micro-batch, with the weights of the whole.
    func microBatch(_ answers: Range<Int>, _ options: LossOptions) throws -> (
        terms: [TokenTerm], ranges: [Range<Int>]
    ) {
        let weights = try tokenWeights(
            lengths: current.map(\.count), aggregation: options.aggregation, maxNewTokens: maxNewTokens)
        let least =
            options.needsEntropies
            ? try threshold(of: entropies.joined().map { Float($0) }, share: options.entropyShare) : 0
        var (terms, ranges): ([TokenTerm], [Range<Int>]) = ([], [])
        for answer in answers {
            ranges.append(terms.count..<terms.count + current[answer].count)
            for token in current[answer].indices {
                var term = TokenTerm(
                    old: old[answer][token], reference: reference[answer][token],
                    sampled: sampled[answer][token], advantage: advantages[answer], weight: weights[answer])
                term.isMasked = options.needsEntropies && Float(entropies[answer][token]) < least
                terms.append(term)
            }
        }
        return (terms, ranges)
    }
}

@Suite("Losses and advantages in double precision")
struct LossVectorTests {
    @Test("Every loss and both of its gradients, in one micro-batch and answer by answer")
    func losses() throws {
        let vectors = try LossVectors.read()
        #expect(vectors.losses.count == 28)
        for expected in vectors.losses {
            let options = expected.options.loss
            for size in [1, 2, 3] {
                var (loss, slopes, entropySlopes): (Double, [Float], [Float]) = (0, [], [])
                for first in stride(from: 0, to: vectors.current.count, by: size) {
                    let answers = first..<min(first + size, vectors.current.count)
                    let (terms, ranges) = try vectors.microBatch(answers, options)
                    let found = try lossAndSlopes(
                        Array(vectors.current[answers].joined()),
                        entropies: Array(vectors.entropies[answers].joined()),
                        terms, answers: ranges, options)
                    loss += found.statistics.loss
                    expectClose(
                        Double(found.loss), found.statistics.loss, absolute: 1e-6, "the recorded loss")
                    slopes += found.slopes
                    entropySlopes += found.entropySlopes
                }
                let name = "\(expected.options), micro-batches of \(size)"
                expectClose(loss, expected.loss, absolute: 1e-9, name)
                expectClose(slopes, expected.slopes.map { Float($0) }, absolute: 1e-7, "slopes of \(name)")
                expectClose(
                    entropySlopes, expected.entropySlopes.map { Float($0) }, absolute: 1e-8,
                    "slopes of the entropies of \(name)")
            }
        }
    }

    @Test("Every scaling of advantages over two steps", arguments: AdvantageOptions.Scaling.allCases)
    func advantages(_ scaling: AdvantageOptions.Scaling) throws {
        let vectors = try LossVectors.read()
        var options = AdvantageOptions()
        (options.scaling, options.decay) = (scaling, vectors.decay)
        #expect(vectors.cases.count == 2 * vectors.steps.count)
        for (number, expected) in vectors.cases.enumerated() {
            options.deviation = expected.deviation
            let step = number % vectors.steps.count
            var spread = TaskSpread()
            var groups: [RewardedGroup] = []
            for past in vectors.steps[...step] {
                groups = past.map { group in
                    RewardedGroup(
                        task: group.task,
                        rewards: group.rewards.map { reward in
                            reward.map {
                                AnswerReward(parts: zip([1, 0.2], $0).map { .init(weight: $0, value: $1) })
                            }
                        })
                }
                try spread.add(
                    groups, tasks: ["mcq", "open", "yorn"], decay: options.decay, world: SingleProcess())
            }
            let found = try groupAdvantages(groups, options, spread: spread)
            let wanted = try #require(expected.advantages[scaling.rawValue])
            for (index, (found, wanted)) in zip(found, wanted).enumerated() {
                expectClose(
                    found.map { Float($0) }, wanted.map { Float($0) }, absolute: 1e-6, relative: 1e-6,
                    "step \(step), group \(index)")
            }
        }
    }

    @Test(
        "The threshold of entropies is the value that the wanted share reaches, for one process and several")
    func thresholds() throws {
        let values = (0..<37).map { Float(($0 * 7) % 37) / 10 }
        for share in [0.01, 0.2, 0.5, 0.99, 1] {
            let expected = values.sorted(by: >)[Int((share * 37).rounded(.up)) - 1]
            #expect(try threshold(of: values, share: share) == expected)
            #expect(try twins { try threshold(of: values, share: share, world: $0) } == expected)
        }
        #expect(try threshold(of: [], share: 0.5) == 0)
        #expect(try threshold(of: [2, 2, 2], share: 0.1) == 2)
    }
}
