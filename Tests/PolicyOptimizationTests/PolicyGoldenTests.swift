// One GRPO step against the reference: log-probabilities, losses of every aggregation, gradients.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import PolicyOptimization
@testable import Rollouts
@testable import TensorMath
@testable import VisionLanguageModel

/// The GRPO golden: two prompts with three answers each.
struct PolicyGolden {
    struct Outcome: Decodable {
        let loss: Double
        let grad_norm: Double
        let param_grad_norms: [String: Double]?
    }

    struct Details: Decodable {
        let all_losses_old: [String: Double]
        let mean_kl: Double
        let clip_fraction: Double
        let completions: [[Int32]]
        let max_completion_length: Int
        let old: Outcome
        let oldBNPO: Outcome
        let oldDrGRPO: Outcome
        let onPolicy: Outcome
        let noKL: Outcome

        enum CodingKeys: String, CodingKey {
            case all_losses_old, mean_kl, clip_fraction, completions, max_completion_length
            case old = "old.grpo"
            case oldBNPO = "old.bnpo"
            case oldDrGRPO = "old.dr_grpo"
            case onPolicy = "onpolicy.grpo"
            case noKL = "nokl.grpo"
        }
    }

    let training: TrainingCase
    let golden: Golden
    let details: Details
    let prompts: [Prompt]

    init(_ family: TrainedFamily) throws {
        training = try TrainingCase(family)
        golden = try Golden("\(family.rawValue).grpo")
        details = try golden.details(Details.self)
        prompts = [try training.prompt(family.oneImage), try training.prompt("text_only")]
    }

    var answers: [[Int32]] { details.completions }

    /// Each prompt once, with its three answers.
    var batch: PackedBatch {
        var batch = PackedBatch()
        for (index, prompt) in prompts.enumerated() {
            batch.append(prompt, answers: Array(answers[3 * index..<3 * index + 3]))
        }
        return batch
    }

    /// Answers `range`, each with a copy of its prompt.
    func rows(_ range: Range<Int>) -> PackedBatch {
        var batch = PackedBatch()
        for index in range { batch.append(prompts[index / 3], answers: [answers[index]]) }
        return batch
    }

    /// A right-padded array of the golden, answer by answer.
    func perAnswer(_ array: String) throws -> [[Float]] {
        let (values, width) = (try golden.floats(array), try golden.shape(array)[1])
        return answers.enumerated().map { Array(values[$0 * width..<$0 * width + $1.count]) }
    }

    /// The terms of every answer's tokens.
    func terms(
        _ aggregation: LossOptions.Aggregation, usesOld: Bool = true, usesReference: Bool = true
    ) throws -> [[TokenTerm]] {
        let weights = try tokenWeights(
            lengths: answers.map(\.count), aggregation: aggregation,
            maxNewTokens: details.max_completion_length)
        let (old, reference) = (try perAnswer("old_logps"), try perAnswer("ref_logps"))
        let advantages = try golden.floats("advantages")
        return answers.indices.map { answer in
            answers[answer].indices.map { token in
                TokenTerm(
                    old: usesOld ? Double(old[answer][token]) : nil,
                    reference: usesReference ? Double(reference[answer][token]) : nil,
                    advantage: Double(advantages[answer]), weight: weights[answer])
            }
        }
    }

    func run(_ terms: [[TokenTerm]]) -> (
        loss: Double, gradients: Gradients, statistics: LossStatistics
    ) {
        var statistics = LossStatistics()
        let batch = self.batch
        let result = training.model.parameters.gradients {
            let (loss, sums) = policyLoss(
                training.model.logProbabilities(batch), terms.flatMap { $0 }, answers: batch.answerRanges,
                LossOptions())
            statistics = sums
            return loss
        }
        return (Double(result.loss), result.gradients, statistics)
    }

    func expectStored(_ gradients: Gradients, _ prefix: String, count: Int) throws {
        let stored = golden.arrayNames.filter { $0.hasPrefix(prefix) }
        #expect(stored.count == count)
        for array in stored {
            let name = String(array.dropFirst(prefix.count))
            let found = try #require(gradients[name])
            try golden.expectArray(
                found.elements, shape: found.shape, array, relativeL2: 1e-4,
                floor: zeroFloor(gradients, of: name))
        }
    }
}

@Suite("GRPO against the reference")
struct PolicyGoldenTests {
    @Test("Advantages with the sample deviation are the reference's", arguments: TrainedFamily.allCases)
    func advantages(_ family: TrainedFamily) throws {
        let reference = try PolicyGolden(family)
        let rewards = try reference.golden.floats("rewards").map { Double($0) as Double? }
        var options = AdvantageOptions()
        options.deviation = .sample
        let found = try PolicyOptimizationTests.advantages(
            [Array(rewards[..<3]), Array(rewards[3...])], options
        ).flatMap { $0 }
        expectClose(
            found.map { Float($0) }, try reference.golden.floats("advantages"), absolute: 1e-6, "advantages")
    }

    @Test(
        "Log-probabilities under policy and reference model are within 1e-4",
        arguments: TrainedFamily.allCases)
    func logProbabilities(_ family: TrainedFamily) throws {
        let reference = try PolicyGolden(family)
        let batch = reference.batch
        for (array, model) in [
            ("policy_logps", reference.training.model),
            ("ref_logps", try TrainingCase.model(family.referenceModel)),
        ] {
            let found = answerLogProbabilities(model, batch)
            for (answer, expected) in try reference.perAnswer(array).enumerated() {
                expectClose(found[answer], expected, absolute: 1e-4, "\(array)[\(answer)]")
            }
        }
    }

    @Test(
        "The loss of every aggregation of TRL is within 1e-5", arguments: TrainedFamily.allCases,
        [LossOptions.Aggregation.grpo, .dapo, .dr_grpo])
    func losses(_ family: TrainedFamily, _ aggregation: LossOptions.Aggregation) throws {
        let reference = try PolicyGolden(family)
        let (loss, gradients, _) = reference.run(try reference.terms(aggregation))
        let details = reference.details
        expectClose(
            loss, try #require(details.all_losses_old[aggregation.rawValue]), absolute: 1e-5,
            aggregation.rawValue)
        let norm =
            switch aggregation {
            case .dapo: details.oldBNPO.grad_norm
            case .dr_grpo: details.oldDrGRPO.grad_norm
            case .grpo, .tokenSum: details.old.grad_norm
            }
        expectClose(gradients.norm(), norm, relative: 1e-4, "\(aggregation.rawValue) gradient norm")
    }

    @Test(
        "Gradients of the clipped loss are within 1e-4 relative L2", arguments: TrainedFamily.allCases)
    func gradients(_ family: TrainedFamily) throws {
        let reference = try PolicyGolden(family)
        let (_, gradients, _) = reference.run(try reference.terms(.grpo))
        try reference.expectStored(gradients, "grad_old.", count: 8)
        expectNorms(gradients, try #require(reference.details.old.param_grad_norms), relative: 1e-4)
    }

    @Test(
        "The first update after a rollout, where the ratio is 1, has the reference's loss and gradients",
        arguments: [(TrainedFamily.qwen25VL, 5), (.internVL, 8)])
    func onPolicy(_ family: TrainedFamily, _ count: Int) throws {
        let reference = try PolicyGolden(family)
        let (loss, gradients, statistics) = reference.run(try reference.terms(.grpo, usesOld: false))
        expectClose(loss, reference.details.onPolicy.loss, absolute: 1e-5, "loss")
        #expect(statistics.clippedLow + statistics.clippedHigh == 0)
        try reference.expectStored(gradients, "grad_onpolicy.", count: count)
        expectNorms(gradients, try #require(reference.details.onPolicy.param_grad_norms), relative: 1e-4)
    }

    @Test(
        "Without a reference model the loss and gradients are the reference's with beta 0",
        arguments: TrainedFamily.allCases)
    func noKL(_ family: TrainedFamily) throws {
        let reference = try PolicyGolden(family)
        let (loss, gradients, statistics) = reference.run(try reference.terms(.grpo, usesReference: false))
        expectClose(loss, reference.details.noKL.loss, absolute: 1e-5, "loss")
        #expect(statistics.kl == 0)
        expectNorms(gradients, try #require(reference.details.noKL.param_grad_norms), relative: 1e-4)
    }

    @Test(
        "The KL estimate and the share of clipped tokens are the reference's",
        arguments: TrainedFamily.allCases)
    func statistics(_ family: TrainedFamily) throws {
        let reference = try PolicyGolden(family)
        let found = answerLogProbabilities(reference.training.model, reference.batch)
        let parts = zip(found, try reference.terms(.grpo)).map { values, terms in
            let values = Tensor(values, shape: [values.count])
            return policyLoss(
                TokenLogProbabilities(values: values, entropies: values), terms, answers: [0..<values.count],
                LossOptions()
            ).statistics
        }
        let kl = parts.reduce(0) { $0 + $1.kl / $1.tokens } / Double(parts.count)
        expectClose(kl, reference.details.mean_kl, absolute: 1e-5, "mean k3")
        var all = LossStatistics()
        for part in parts { all.add(part) }
        expectClose(
            (all.clippedLow + all.clippedHigh) / all.tokens, reference.details.clip_fraction, absolute: 1e-12,
            "clip fraction")
    }

    @Test(
        "Micro-batches of 1, 2 and 4 answers give the gradient of the whole batch",
        arguments: [1, 2, 4], LossOptions.Aggregation.allCases)
    func microBatches(_ size: Int, _ aggregation: LossOptions.Aggregation) throws {
        let reference = try PolicyGolden(.qwen25VL)
        let model = reference.training.model
        let terms = try reference.terms(aggregation)
        let whole = reference.run(terms)
        var (loss, statistics) = (0.0, LossStatistics())
        var sum: Gradients?
        for start in stride(from: 0, to: terms.count, by: size) {
            let range = start..<min(terms.count, start + size)
            let part = model.parameters.gradients {
                let rows = reference.rows(range)
                let (loss, sums) = policyLoss(
                    model.logProbabilities(rows), terms[range].flatMap { $0 }, answers: rows.answerRanges,
                    LossOptions())
                statistics.add(sums)
                return loss
            }
            loss += Double(part.loss)
            if sum == nil { sum = part.gradients } else { sum?.add(part.gradients) }
        }
        expectClose(loss, whole.loss, absolute: aggregation == .tokenSum ? 5e-6 : 1e-6, "loss")
        expectClose(statistics.kl, whole.statistics.kl, relative: 1e-5, "kl")
        #expect(statistics.tokens == whole.statistics.tokens)
        try expectClose(try #require(sum), whole.gradients, relativeL2: 2e-5)
    }
}
