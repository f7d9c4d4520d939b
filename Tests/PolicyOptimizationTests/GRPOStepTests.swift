// Real GRPO steps of the tiny model: which answers count, what a step does when none does, and shared steps.
import Foundation
import TestKit
import Testing

@testable import Collectives
@testable import PolicyOptimization
@testable import Rewards
@testable import Rollouts
@testable import TensorMath
@testable import Tokenizer
@testable import TrainingData
@testable import VisionLanguageModel

/// Scores an answer by its bytes, and fails on some answers or on all.
private struct ByteReward: Reward {
    let name = "bytes"
    var failsOnAll = false
    /// Rows whose answers all get the same reward, by a part of their question.
    var flatQuestions: [String] = []

    func score(
        _ answer: ExtractedAnswer, for sample: Sample, context: RewardContext
    ) throws -> (value: Double, status: ParseStatus, detail: String?) {
        let sum = answer.text.utf8.reduce(0) { $0 + Int($1) }
        if givesAllTheSame(sample) { return (0, .ok, nil) }
        if failsOnAll || sum % 3 == 0 { throw RewardError.scorer(command: "none", reason: "a test") }
        return (Double(sum % 7) / 7, .ok, nil)
    }

    private func givesAllTheSame(_ sample: Sample) -> Bool {
        flatQuestions.contains { sample.question.contains($0) }
    }

    /// Asked for answers that were cut off, which are not scored.
    func goldProblem(_ sample: Sample) -> String? { failsOnAll ? "a test" : nil }
}

/// A tiny model, rows of text, and settings that sample one question with eight answers.
private struct StepCase {
    let training: TrainingCase
    let sampler: RolloutSampler
    let prompts: PromptBuilder
    var options = GRPOOptions()
    var world: any World = SingleProcess()
    var rowCount = 1
    var reference: ReferencePolicy?
    var interruption = Interruption()

    init(_ reward: ByteReward = ByteReward()) throws {
        training = try TrainingCase()
        // A random model hardly ever ends an answer, so every fourth token is an end token.
        let ends = Set((Array(stride(from: 0, to: 740, by: 4)) + [756, 758]).map { Int32($0) })
        sampler = RolloutSampler(
            engine: GenerationEngine(model: training.model, endTokenIDs: ends),
            tokenizer: training.loaded.processor.tokenizer,
            router: try RewardRouter(embedding: nil, custom: ["bytes": reward]))
        prompts = PromptBuilder(training.loaded.processor)
        options.promptsPerStep = 1
        options.groupSize = 8
        options.maxNewTokens = 4
        options.loss.klCoefficient = 0
    }

    var samples: [Sample] {
        (0..<rowCount).map { row in
            Sample(
                id: "row \(row)", task: .init(rawValue: "bytes"),
                messages: [.init(role: .user, text: "How many, \(row)?")], solutions: ["1"])
        }
    }

    /// The metrics of the first step.
    func step() throws -> [String: Double] { try steps(1)[0] }

    /// The metrics of the first steps; the state of the method goes through JSON between them.
    func steps(_ count: Int) throws -> [[String: Double]] {
        var method = method
        return try (0..<count).map { step in
            method.saved = try JSONDecoder().decode(
                MethodState.self, from: JSONEncoder().encode(method.saved))
            return try method.step(step).metrics
        }
    }

    var method: GRPOMethod {
        let optimizerStep = OptimizerStep(
            training.model, options: AdamWOptions(), schedule: Schedule(peak: 1e-3, totalSteps: 1),
            maxGradientNorm: 0, world: world)
        let setup = TrainingSetup(
            model: training.model, samples: samples, prompts: prompts, optimizerStep: optimizerStep, seed: 5,
            steps: 1, microBatchTokens: 10_000, interruption: interruption, world: world)
        return GRPOMethod(setup, options: options, sampler: sampler, reference: reference)
    }

    /// What the step samples.
    func rollout() throws -> Rollout {
        var sampling = SamplingOptions()
        (sampling.maxNewTokens, sampling.seed) = (options.maxNewTokens, 5)
        sampling.excludesBannedFromProbabilities = true
        let questions = try prompts.questions(samples)
        let answers = try sampler.answers(
            questions, numbers: [0], count: options.groupSize, options: sampling, interruption: Interruption()
        )
        return try #require(try sampler.score(questions, answers).first)
    }

    /// The gradient's norm when exactly the answers at `counted` are in the loss.
    func norm(_ rollout: Rollout, counted: [Int]) throws -> Double {
        let advantages = try advantages(
            [rollout.rewards.map { $0.isExcluded ? nil : $0.total }], options.advantages)[0]
        var batch = PackedBatch()
        batch.append(rollout.question.prompt, answers: counted.map { rollout.answers[$0].ids })
        let slopes = counted.flatMap { index -> [Float] in
            let length = rollout.answers[index].ids.count
            let weight = 1 / (Double(counted.count) * Double(length))
            return Array(repeating: Float(-weight * advantages[index]), count: length)
        }
        let (_, gradients) = training.model.parameters.gradients {
            training.model.logProbabilities(batch, banned: sampler.bannedTokenIDs).values.weightedSum(slopes)
        }
        return gradients.norm()
    }

    var weights: [[Float]] { training.model.parameters.all.map(\.value.elements) }
}

@Suite("GRPO steps")
struct GRPOStepTests {
    @Test("An answer whose reward failed is not in the loss")
    func excluded() throws {
        let found = try StepCase()
        let rollout = try found.rollout()
        let counted = rollout.rewards.indices.filter { !rollout.rewards[$0].isExcluded }
        try #require(counted.count > 1 && counted.count < 8)
        let expected = try found.norm(rollout, counted: counted)
        let metrics = try found.step()
        expectClose(metrics["grad_norm"] ?? .nan, expected, relative: 1e-6, "gradient norm")
        #expect(metrics["excluded"] == Double(8 - counted.count) && expected > 0)
    }

    @Test("With masksTruncated an answer that was cut off is not in the loss, but in the group's mean")
    func truncated() throws {
        var found = try StepCase()
        found.options.masksTruncated = true
        let rollout = try found.rollout()
        let counted = rollout.rewards.indices.filter {
            !rollout.rewards[$0].isExcluded && rollout.answers[$0].finishReason == .stop
        }
        let cut = rollout.answers.filter { $0.finishReason == .length }.count
        try #require(!counted.isEmpty && cut > 0)
        let expected = try found.norm(rollout, counted: counted)
        expectClose(try found.step()["grad_norm"] ?? .nan, expected, relative: 1e-6, "gradient norm")
    }

    @Test("A step without a single answer that counts changes no weight")
    func nothing() throws {
        var reward = ByteReward()
        reward.failsOnAll = true
        let found = try StepCase(reward)
        let before = found.weights
        let metrics = try found.step()
        #expect(metrics["excluded"] == 8 && metrics["grad_norm"] == 0 && metrics["loss"] == 0)
        #expect(found.weights == before && metrics.values.allSatisfy(\.isFinite))
    }

    @Test(
        "Groups without spread are replaced by those of the next rows, and the next step goes on after them")
    func resampling() throws {
        var reward = ByteReward()
        // Rows 0 to 5 come in an order that depends on the seed; half of them teach nothing.
        reward.flatQuestions = ["0?", "2?", "4?"]
        var found = try StepCase(reward)
        (found.rowCount, found.options.promptsPerStep, found.options.resamplingRounds) = (6, 3, 5)
        found.options.maxNewTokens = 12
        let order = BatchOrder(sampleCount: 6, seed: 5).indices(at: 0..<60)
        let metrics = try found.steps(2)
        var position = 0
        for (step, metrics) in metrics.enumerated() {
            var (taken, teaching) = (0, 0)
            while teaching < 3 {
                teaching += order[position + taken].isMultiple(of: 2) ? 0 : 1
                taken += 1
            }
            #expect(metrics["dynamic_sampling/replaced"] == Double(taken - 3), "step \(step)")
            #expect((metrics["grad_norm"] ?? 0) > 0)
            position += taken
        }
        #expect(metrics.contains { ($0["dynamic_sampling/replaced"] ?? 0) > 0 })
    }

    @Test("When no row teaches anything, resampling ends after its rounds and the step changes nothing")
    func resamplingEnds() throws {
        var reward = ByteReward()
        reward.flatQuestions = ["?"]
        var found = try StepCase(reward)
        (found.rowCount, found.options.promptsPerStep, found.options.resamplingRounds) = (2, 2, 3)
        let metrics = try found.step()
        #expect(metrics["dynamic_sampling/rounds"] == 3 && metrics["dynamic_sampling/replaced"] == 6)
        #expect(metrics["grad_norm"] == 0)
    }

    @Test("A penalty in the reward pulls toward the reference as the penalty in the loss does")
    func klPlaces() throws {
        var found = try StepCase()
        found.options.loss.klCoefficient = 0.5
        let same = try TrainingCase.model("qwen25vl-tiny")
        found.reference = .model(same)
        found.options.loss.klPlace = .reward
        // The policy is its own reference: no penalty, neither here nor there.
        var without = try StepCase()
        without.options.loss.klCoefficient = 0
        let (equal, plain) = (try found.step(), try without.step())
        expectClose(equal["grad_norm"] ?? .nan, plain["grad_norm"] ?? .nan, relative: 1e-3, "gradient norm")
        found = try StepCase()
        found.options.loss.klCoefficient = 0.5
        found.options.loss.klPlace = .reward
        found.reference = .model(try TrainingCase.model(TrainedFamily.qwen25VL.referenceModel))
        let other = try found.step()
        #expect((other["kl"] ?? 0) > 0 && other["grad_norm"] != plain["grad_norm"])
    }

    @Test("Steps with every loss and scaling have finite metrics and move the weights", arguments: 0..<6)
    func variants(_ number: Int) throws {
        var found = try StepCase()
        (found.options.promptsPerStep, found.rowCount, found.options.maxNewTokens) = (4, 4, 12)
        var loss = found.options.loss
        switch number {
        case 0: loss.ratioLevel = .sequence
        case 1: loss.objective = .cispo
        case 2: (loss.entropyShare, loss.entropyCoefficient) = (0.5, 0.01)
        case 3: (loss.correction.level, loss.correction.limit) = (.token, 1.5)
        case 4: found.options.advantages.scaling = .perReward
        default: found.options.advantages.scaling = .taskEMA
        }
        if number != 5 { found.options.updatesPerRollout = 2 }
        found.options.loss = loss
        let before = found.weights
        let metrics = try found.step()
        #expect(metrics.values.allSatisfy(\.isFinite) && (metrics["grad_norm"] ?? 0) > 0)
        #expect(found.weights != before)
        if number == 3 {
            // Sampler and trainer are the same model.
            expectClose(
                metrics["sampling/importance_sampling_ratio/mean"] ?? .nan, 1, absolute: 0.3, "mean factor")
        }
    }

    @Test("Two processes with half of the questions each make the update of one process with all")
    func twoProcesses() throws {
        var alone = try StepCase()
        (alone.options.promptsPerStep, alone.rowCount) = (4, 6)
        let expected = try alone.step()["grad_norm"] ?? .nan
        let found = try ThreadWorld.run(2) { world in
            var shared = try StepCase()
            (shared.options.promptsPerStep, shared.rowCount, shared.world) = (4, 6, world)
            shared.options.units = 2
            return (norm: try shared.step()["grad_norm"] ?? .nan, weights: shared.weights)
        }
        let (first, second) = (found[0], found[1])
        #expect(first.norm == second.norm && first.weights == second.weights)
        expectClose(first.norm, expected, relative: 1e-4, "gradient norm")
        #expect(expected > 0)
    }

    @Test(
        "Steps with units change the weights in the same way, bit for bit, on 1, 2 and 4 processes",
        arguments: 0..<6)
    func processes(_ variant: Int) throws {
        let found = try [1, 2, 4].map { size in
            try ThreadWorld.run(size) { world in
                var reward = ByteReward()
                if variant == 4 { reward.flatQuestions = ["0?", "2?", "4?"] }
                var shared = try StepCase(reward)
                shared.world = world
                (shared.options.promptsPerStep, shared.rowCount, shared.options.units) = (5, 7, 4)
                shared.options.maxNewTokens = 12
                switch variant {
                case 0: shared.options.loss.aggregation = .dapo
                case 1: shared.options.advantages.scaling = .batch
                case 2: (shared.options.advantages.scaling, shared.options.updatesPerRollout) = (.taskEMA, 2)
                case 3:
                    (shared.options.loss.entropyShare, shared.options.loss.entropyCoefficient) = (0.5, 0.01)
                case 4: shared.options.resamplingRounds = 3
                default: shared.options.advantages.scaling = .perReward
                }
                let before = shared.weights
                let metrics = try shared.steps(2)
                #expect(shared.weights != before)
                return Shared(weights: shared.weights, norms: metrics.map { $0["grad_norm"] ?? .nan })
            }
        }
        let first = found[0][0]
        #expect(first.norms.contains { $0 > 0 })
        for member in found.joined() { #expect(member == first) }
    }

    /// What a process has after some steps.
    private struct Shared: Equatable {
        let weights: [[Float]]
        let norms: [Double]
    }

    /// A world in which a signal comes as soon as a phase begins.
    private struct SignalingWorld: World {
        let world: any World
        let phase: String
        let interruption: Interruption

        var rank: Int { world.rank }
        var size: Int { world.size }
        func enter(phase: String) {
            world.enter(phase: phase)
            if phase == self.phase { interruption.request(15) }
        }
        func sum(_ values: inout [Double]) throws { try world.sum(&values) }
        func reduceScatter(_ parts: [FloatPieces]) throws { try world.reduceScatter(parts) }
        func allGather(_ parts: [BytePieces]) throws { try world.allGather(parts) }
        func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws {
            try world.broadcast(bytes, from: root)
        }
        func gather(_ bytes: [UInt8]) throws -> [[UInt8]] { try world.gather(bytes) }
        func largest(_ number: Int) throws -> Int { try world.largest(number) }
        func barrier() throws { try world.barrier() }
    }

    @Test("A signal stops a step before its first update and not between two updates", arguments: [1, 2])
    func signals(_ size: Int) throws {
        let found = try ThreadWorld.run(size) { world in
            try ["gradients", "update of the weights"].map { phase in
                var shared = try StepCase()
                (shared.options.promptsPerStep, shared.rowCount) = (4, 4)
                (shared.options.units, shared.options.updatesPerRollout) = (2, 2)
                shared.world = SignalingWorld(
                    world: world, phase: phase, interruption: shared.interruption)
                let before = shared.weights
                do {
                    _ = try shared.step()
                    return shared.weights == before ? "unchanged" : "whole"
                } catch is Interruption.Stopped {
                    return shared.weights == before ? "stopped before" : "stopped between"
                }
            }
        }
        #expect(found.allSatisfy { $0 == ["stopped before", "whole"] }, "\(found)")
    }

    @Test("Units change the order of the sums only")
    func units() throws {
        let norms = try [1, 2, 4].map { units in
            var found = try StepCase()
            (found.options.promptsPerStep, found.rowCount, found.options.units) = (5, 7, units)
            return try found.step()["grad_norm"] ?? .nan
        }
        for norm in norms { expectClose(norm, norms[0], relative: 1e-5, "gradient norm") }
        #expect(norms[0] > 0)
    }
}
