// Plans of runs: solving, advice and seconds from given costs, and rehearsals of the tiny model.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import Checkpoint
@testable import PolicyOptimization
@testable import Rollouts
@testable import TensorMath
@testable import TrainingData
@testable import TrainingRuns
@testable import VisionLanguageModel

@Suite("Plans")
struct PlanTests {
    // MARK: - Solving

    @Test("Solving finds the largest value that fits, from any start", arguments: [1, 2, 7, 100, 4096])
    func solved(_ start: Int) throws {
        var configuration = try TinyRun(.grpo).configuration
        configuration.microBatchTokens = start
        var asked: [Int] = []
        let solution = try SolvedSetting("microBatchTokens", hasTimeLimit: false).solve(configuration) {
            asked.append($0.microBatchTokens)
            return .init(fits: $0.microBatchTokens <= 777, bytes: $0.microBatchTokens * 10, seconds: nil)
        }
        #expect(solution.value == 777 && solution.tooLarge == 778)
        #expect(solution.bytes == 7770 && solution.tooLargeBytes == 7780)
        #expect(asked.count == Set(asked).count && asked.count < 30)
    }

    @Test("Solving says when nothing fits, when all fits, and when other settings forbid the next value")
    func limitsOfSolving() throws {
        let configuration = try TinyRun(.grpo).configuration
        let setting = try SolvedSetting("groupSize", hasTimeLimit: false)
        let none = try setting.solve(configuration) {
            .init(fits: false, bytes: $0.grpo.groupSize, seconds: nil)
        }
        #expect(none.value == nil && none.tooLarge == 2 && none.tooLargeBytes == 2)
        let all = try setting.solve(configuration) { _ in .init(fits: true, bytes: 5, seconds: nil) }
        #expect(all.value == 4096 && all.tooLarge == nil)
        let growing = try setting.solve(configuration) {
            .init(fits: true, bytes: $0.grpo.groupSize, seconds: nil)
        }
        #expect(growing.value == 4096 && growing.tooLarge == nil)
    }

    @Test("A setting that cannot be solved for is refused with those that can")
    func unknown() {
        let seed = #expect(throws: RunError.self) { try SolvedSetting("seed", hasTimeLimit: true) }
        #expect(seed?.description.contains("microBatchTokens") ?? false)
        #expect(throws: RunError.self) { try SolvedSetting("steps", hasTimeLimit: false) }
    }

    // MARK: - Advice

    private func memory(_ total: Int, limit: Int = 100) -> RunPlan.Memory {
        var memory = RunPlan.Memory()
        (memory.total, memory.limit) = (total, limit)
        return memory
    }

    @Test("Advice names settings that fit alone, else those that fit together, else none")
    func advice() throws {
        var configuration = try TinyRun(.grpo).configuration
        configuration.microBatchTokens = 8192
        func found(_ bytes: @escaping (RunConfiguration) -> Int) throws -> [RunPlan.Advice] {
            try PlanAdvice(configuration, bytes: bytes(configuration), pictures: false) { changed, _ in
                memory(bytes(changed))
            }.found()
        }
        // Checkpointing alone is not enough; a quarter of the tokens is.
        let alone = try found { 50 + $0.microBatchTokens / 64 - ($0.gradientCheckpointing ? 20 : 0) }
        #expect(
            alone == [.init(settings: ["microBatchTokens=2048"], bytes: 82, changesNothing: true)])
        let together = try found {
            160 - ($0.gradientCheckpointing ? 40 : 0) - ($0.dtype == .bfloat16 ? 30 : 0)
        }
        #expect(together.map(\.settings) == [["gradientCheckpointing=true", "dtype=bfloat16"]])
        #expect(together[0].bytes == 90 && !together[0].changesNothing)
        #expect(try found { _ in 500 }.isEmpty)
    }

    // MARK: - Seconds

    private func decoded(_ lengths: [Int], step: Double, token: Double) -> Decoded {
        let (steps, tokens) = ((lengths.max() ?? 1) - 1, lengths.reduce(0) { $0 + $1 - 1 })
        return Decoded(
            seconds: step * Double(steps) + token * Double(tokens), steps: steps, tokens: tokens)
    }

    @Test("Two measurements give the seconds of a step of decoding and of a token")
    func sampling() {
        let many = Array(repeating: 30, count: 64) + [60]
        let fit = SamplingSeconds(
            decoded([8, 8], step: 0.25, token: 0.01), decoded(many, step: 0.25, token: 0.01))
        #expect(abs(fit.step - 0.25) < 1e-9 && abs(fit.token - 0.01) < 1e-9)
        #expect(abs(fit(count: 10, mean: 21, most: 41) - (0.25 * 40 + 0.01 * 200)) < 1e-9)
        // Equal measurements cannot tell the two apart; noise must not make one of them negative.
        let one = decoded([9, 9], step: 0.1, token: 0)
        #expect(SamplingSeconds(one, one)(count: 2, mean: 9, most: 9) > 0)
        let noisy = SamplingSeconds(
            decoded([8, 8], step: 5, token: 0), decoded([20, 20, 20, 20], step: 0.1, token: 0.01))
        #expect(noisy.step >= 0 && noisy.token >= 0)
    }

    @Test("The longest of many answers is longer than their mean, and no longer than the limit")
    func longestAnswers() {
        func longest(_ count: Double, limit: Double = 1000) -> Double {
            PlannedSeconds.longestAnswer(of: count, mean: 30, limit: limit)
        }
        #expect(longest(1) == 30)
        // Harmonic numbers: 1.5, 2.93 and 4.74.
        #expect(abs(longest(2) - 45) < 8 && abs(longest(10) - 87.9) < 2 && abs(longest(64) - 142.3) < 1)
        #expect(longest(64, limit: 64) == 64)
    }

    @Test("A trial times decoding from the first token on, and counts the multiplications of each phase")
    func trial() throws {
        var tiny = try TinyRun(.grpo)
        tiny.configuration.grpo.maxNewTokens = 12
        let parts = try RunParts(
            tiny.configuration, loaded: tiny.configuration.trained(openCheckpoint(tiny.configuration.model)),
            start: nil, interruption: Interruption(), report: { _ in })
        let rows = try #require(parts.rows.train).samples.prefix(1)
        func sampled(_ tokens: Int) throws -> SampledAnswers {
            try parts.method.sampled(
                over: Array(rows), PlannedAnswers(count: 4, tokens: tokens, areScored: false))
        }
        let clock = ContinuousClock()
        var answers = SampledAnswers()
        let all = try clock.measure { answers = try sampled(12) } / .seconds(1)
        #expect(answers.lengths.count == 4 && answers.decodingSeconds > 0 && answers.decodingSeconds < all)
        let time = try #require(
            try RunPlanner(
                tiny.configuration, PlanRequest(), interruption: Interruption(), report: { _ in }
            ).plan().time)
        for phase in ["rollout", "reference", "update"] {
            let part = try #require(time.phases.first { $0.name == phase })
            #expect(try #require(part.multiplications) > 0, "\(phase)")
        }
    }

    @Test("The passes over several steps of a trial count together")
    func sums() {
        func passes(_ lengths: [Int], seconds: Double) -> TrialPasses {
            var size = StepSize()
            (size.rows, size.promptTokens, size.answerTokens) = (1, 10, lengths)
            return TrialPasses(
                steps: [[]], tokens: 100, size: size, seconds: [.rollout: seconds, .gradients: 2],
                prefillSeconds: 0.5, decodedSteps: (lengths.max() ?? 1) - 1)
        }
        var sum = passes([3, 5], seconds: 2)
        sum.add(passes([9, 1], seconds: 3))
        #expect(sum.steps.count == 2 && sum.size.rows == 2 && sum.size.promptTokens == 20)
        #expect(sum.seconds == [.rollout: 5, .gradients: 4])
        #expect(sum.decoded.seconds == 4 && sum.decoded.steps == 12 && sum.decoded.tokens == 14)
    }

    // MARK: - Rehearsals

    @Test(
        "A rehearsed run allocates nothing and sees every phase", arguments: [TrainingMethodKind.grpo, .sft])
    func rehearsed(_ method: TrainingMethodKind) throws {
        let tiny = try TinyRun(method)
        let planner = try RunPlanner(
            tiny.configuration, PlanRequest(), interruption: Interruption(), report: { _ in })
        var request = PlanRequest()
        request.trialSeconds = 0
        let plan = try RunPlanner(tiny.configuration, request, interruption: Interruption(), report: { _ in })
            .plan()
        #expect(plan.fits && plan.time == nil && plan.work.rows == 8)
        let names = Set(plan.memory.phases.map(\.name))
        #expect(
            names
                == (method == .grpo
                    ? ["rollout", "reference", "gradients", "optimizer"] : ["gradients", "optimizer"]))
        let sum = (plan.memory.resident + plan.memory.largestPhase).reduce(0) { $0 + $1.bytes }
        #expect(sum == plan.memory.tensors)
        #expect(plan.memory.total >= plan.memory.tensors)
        #expect(plan.memory.resident.contains { $0.name == "moments" })
        // The moments of a run of one step are not there during its passes.
        var single = tiny.configuration
        single.steps = 1
        let only = try planner.memory(of: single)
        #expect(!only.resident.contains { $0.name == "moments" } && only.tensors < plan.memory.tensors)
        #expect((only.resident + only.largestPhase).reduce(0) { $0 + $1.bytes } == only.tensors)
        #expect(only.phases.contains { $0.name == "optimizer" && $0.from.contains("moments") })
        // More answers of more tokens need more.
        var larger = tiny.configuration
        larger.grpo.groupSize *= 4
        larger.sft.batchSize *= 2
        larger.microBatchTokens = 4096
        #expect(try planner.memory(of: larger).tensors > plan.memory.tensors)
    }
}
