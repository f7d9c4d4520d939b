// Makes the plan of a run: reads the rows, rehearses steps, makes a trial, and looks for what to change.
internal import Basics
internal import Checkpoint
internal import Collectives
internal import Foundation
internal import PolicyOptimization
internal import Rewards
public import Rollouts
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// Plans one run.
public struct RunPlanner {
    let configuration: RunConfiguration
    let request: PlanRequest
    private let interruption: Interruption
    private let report: (String) -> Void
    private let rows: RunRows
    private let planned: PlannedRows
    /// Bytes of the program, its rows and the tokenizer.
    private let programBytes: Int
    private let startSeconds: Double
    let limit: AvailableMemory
    private static let programStep = 64 << 20

    /// Reads and checks the rows, as the run would, and measures prompts.
    ///
    /// - Parameters:
    ///   - configuration: The settings.
    ///   - request: What is asked for besides.
    ///   - interruption: Checked between phases.
    ///   - report: Receives what the plan is doing.
    /// - Throws: An error that names what is wrong with settings, model or data.
    public init(
        _ configuration: RunConfiguration, _ request: PlanRequest, interruption: Interruption,
        report: @escaping (String) -> Void
    ) throws {
        var configuration = configuration
        try configuration.takeAdapter()
        try configuration.validate()
        _ = try RehearsedWorld(size: request.processes)
        try configuration.requireUnits(for: request.processes)
        (self.configuration, self.request) = (configuration, request)
        (self.interruption, self.report) = (interruption, report)
        Threads.set(configuration.threads)
        let now = AvailableMemory.current()
        limit = request.memoryLimit.map { AvailableMemory(byteCount: $0, limit: "allowed") } ?? now
        var watch = Stopwatch()
        let checkpoint = try openCheckpoint(configuration.model)
        try checkpoint.requireSound()
        // Only its processor is used, so the weights are not read.
        let (loaded, router) = try Rehearsal().callAsFunction {
            try AvailableMemory.assuming({ .max }) {
                var loaded = try configuration.trained(checkpoint)
                try loaded.apply(configuration.data, report: report)
                return (
                    loaded,
                    try RewardRouter(options: configuration.rewards, embedding: loaded.embeddingTable())
                )
            }
        }
        rows = try configuration.rows(router, for: loaded.processor, report: report)
        startSeconds = watch.lap()
        if !configuration.evaluation.sets.isEmpty {
            report("the time and memory of the benchmarks in evaluation.sets are not in this plan")
        }
        report("measuring prompts")
        planned = try PlannedRows(
            rows, seed: configuration.seed, prompts: PromptBuilder(loaded.processor),
            most: request.measuredRows)
        // In steps, so that the plan of equal settings is the same each time.
        programBytes = ((AvailableMemory.taken ?? 0) / Self.programStep + 1) * Self.programStep
    }

    /// Makes the plan.
    ///
    /// - Returns: The plan.
    /// - Throws: What the run would throw, `Interruption.Stopped`, and `RunError.badSetting` for a setting that cannot
    ///   be solved for.
    public func plan() throws -> RunPlan {
        let solved = try request.solved.map {
            try SolvedSetting($0, hasTimeLimit: request.secondsLimit != nil)
        }
        var plan = RunPlan()
        report("rehearsing the largest step")
        plan.memory = try memory(of: configuration)
        plan.disk = try disk(of: configuration, try need(of: configuration))
        let wantsTime = request.trialSeconds > 0 && configuration.steps > 0
        let seconds = wantsTime && plan.memory.fits ? try trial() : nil
        if let seconds { try add(seconds, to: &plan) }
        plan.work = work(answerTokens: seconds?.answerTokens)
        if let solved {
            plan.solution = try solution(solved, seconds)
        } else if !plan.fits {
            plan.advice = try advice(plan)
        }
        return plan
    }

    // MARK: - Memory

    /// The questions of a step that one process has, the most.
    private func ownQuestions(_ configuration: RunConfiguration) -> Int {
        (configuration.questions + request.processes - 1) / request.processes
    }

    /// The rows of the largest step that can come.
    private func largest(_ configuration: RunConfiguration) -> RehearsedRows {
        RehearsedRows(
            step: planned.longest(ownQuestions(configuration)),
            evaluation: planned.longestTests(configuration.evaluation.batchSize),
            answerTokens: configuration.mostAnswerTokens)
    }

    /// What the largest step needs, in a memory of this size.
    private func need(of configuration: RunConfiguration, limit: Int = 1 << 60) throws -> RunNeed {
        try interruption.check()
        return try configuration.rehearsed(
            largest(configuration), rows: rows, processes: request.processes, limit: limit)
    }

    /// The memory of a run with these settings; the answers wait for one another if all of them do not fit.
    func memory(of configuration: RunConfiguration) throws -> RunPlan.Memory {
        let free = try memory(of: configuration, need(of: configuration))
        guard !free.fits, configuration.method == .grpo || !configuration.data.test.isEmpty else {
            return free
        }
        do {
            var limited = try memory(of: configuration, need(of: configuration, limit: limit.byteCount))
            limited.limitsCache = limited.fits
            return limited.fits ? limited : free
        } catch is ModelError {
            // Not even one answer fits the cache that is left.
            return free
        }
    }

    private func memory(of configuration: RunConfiguration, _ need: RunNeed) -> RunPlan.Memory {
        var memory = RunPlan.Memory()
        (memory.limit, memory.limitFrom) = (limit.byteCount, limit.limit)
        func part(_ name: String, _ bytes: Int, _ from: String) -> RunPlan.Part? {
            bytes > 0 ? .init(name: name, bytes: bytes, from: from) : nil
        }
        let built = RunParts.Stage.allCases.map { need.built[$0] ?? need.loaded }
        let stages = zip(built, [need.loaded] + built).map { $0 - $1 }
        let trained = "\(countText(need.trained)) trained weights"
        let dtype = configuration.dtype.rawValue
        memory.resident = [
            part(
                "weights", need.loaded - (built[2] - built[3]),
                request.processes > 1
                    ? "as the run loads them, without the float32 masters of other processes"
                    : "as the run loads them; mapped ones take none"),
            part(
                "reference model", stages[0],
                configuration.followsPolicy
                    ? "a copy that follows the policy, in float32; referenceSync.every: 0 needs none"
                    : "the frozen start, in \(dtype); klCoefficient: 0 needs none"),
            part("bfloat16 weights", stages[1], "rounded copies of the matrices"),
            part("moments", need.moments, "two numbers of \(trained), from the first step on"),
            part(
                "embedding table", max(0, need.between - built[3] - need.moments) + stages[2],
                "its start, for captions' similarity"),
        ].compactMap { $0 }
        memory.phases = need.phases.map { .init(name: $0.key, bytes: $0.value.peak - need.between, from: "") }
            .filter { $0.bytes > 0 }.sorted { $0.bytes > $1.bytes }
        for index in memory.phases.indices {
            memory.phases[index].from = Self.place(memory.phases[index].name, need)
        }
        if let name = need.largest, let phase = need.phases[name], phase.peak > need.between {
            let bytes = phase.peak - need.between
            if name == "gradients" {
                memory.largestPhase = [
                    part(
                        "activations", need.kept,
                        "kept for backward by a micro-batch of \(need.size.largestMicroBatch) tokens"),
                    part(
                        "gradients", bytes - need.kept,
                        "of \(trained) (\(byteText(need.gradients))), and of activations, beside them"),
                ].compactMap { $0 }
            } else {
                let moments = ["optimizer", "evaluation"].contains(name) ? need.madeMoments : 0
                let rest = bytes - phase.cache - moments
                memory.largestPhase = [
                    part("keys and values", phase.cache, "of \(name)"),
                    part("moments", moments, "two numbers of \(trained), made by the only step"),
                    name == "optimizer"
                        ? part("gradients", rest, "of \(trained)")
                        : part("passes", rest, "features of pictures and activations of \(name)"),
                ].compactMap { $0 }
            }
        }
        (memory.tensors, memory.stepTensors) = (need.peak, need.stepPeak)
        let pixels = pixelBytes(need)
        memory.beside = [
            part(
                "blocks kept for reuse", need.held - need.peak,
                "freed by one phase and not used by the largest"),
            part("prepared pictures", pixels, "of a step's questions or a batch of the evaluation"),
            part("program and rows", programBytes, "measured, in steps of 64 MiB"),
        ].compactMap { $0 }
        memory.total = total(need)
        return memory
    }

    private func pixelBytes(_ need: RunNeed) -> Int {
        4 * max(need.size.pixelValues, need.evaluatedPixels)
    }

    private func total(_ need: RunNeed) -> Int { need.held + pixelBytes(need) + programBytes }

    private static func place(_ phase: String, _ need: RunNeed) -> String {
        switch phase {
        case "gradients":
            need.size.microBatches == 1
                ? "1 micro-batch of \(need.size.largestMicroBatch) tokens"
                : "\(need.size.microBatches) micro-batches, the largest of \(need.size.largestMicroBatch) tokens"
        case "rollout":
            "answers to \(need.size.rows) questions; \(byteText(need.phases[phase]?.cache ?? 0)) of keys and values"
        case "evaluation":
            "a batch of the test rows; \(byteText(need.phases[phase]?.cache ?? 0)) of keys and values"
        case "reference": "forward passes over the same micro-batches"
        case "optimizer":
            "gradients of all trained weights"
                + (need.madeMoments > 0 ? ", and the moments that the only step makes" : "")
        default: ""
        }
    }

    // MARK: - Seconds

    private func work(_ need: RunNeed) -> Double {
        ["rollout", "reference", "gradients"].reduce(0) { $0 + (need.phases[$1]?.work ?? 0) }
    }

    private func rehearsed(
        _ configuration: RunConfiguration, _ step: [Sample], _ tokens: Int, evaluation: [Sample] = []
    ) throws -> RunNeed {
        try interruption.check()
        let chosen = RehearsedRows(
            step: step, evaluation: evaluation, answerTokens: max(1, tokens), evaluatedTokens: max(1, tokens))
        return try configuration.rehearsed(
            chosen, rows: rows, processes: request.processes, limit: 1 << 60)
    }

    private func trial() throws -> PlannedSeconds {
        let trial = try StepTrial(
            configuration, rows, planned, work: { work(try rehearsed(configuration, $0, $1)) },
            limit: request.trialSeconds, interruption: interruption, report: report)
        let lengths = trial.large.size.answerTokens
        let mean = Double(lengths.reduce(0, +)) / Double(max(1, lengths.count))
        // A trial that cuts answers off does not tell how long they are.
        let isKnown = trial.isWhole || trial.large.size.truncated == 0
        let answerTokens =
            configuration.method == .sft
            ? mean
            : request.answerTokens.map(Double.init)
                ?? (isKnown ? mean : Double(configuration.grpo.maxNewTokens))
        var tried: [String: Double] = [:]
        for step in trial.large.steps {
            let need = try rehearsed(configuration, step, Int(mean.rounded()))
            tried.merge(need.phases.mapValues(\.work), uniquingKeysWith: +)
        }
        return PlannedSeconds(
            configuration: configuration, trial: trial, tried: tried, answerTokens: answerTokens,
            testRows: (testRowCount(configuration) + request.processes - 1) / request.processes,
            linkBits: request.linkBits, bytesPerSecond: try writtenBytesPerSecond(in: request.folder))
    }

    /// A usual step: the mean of the first ones.
    private func usual(_ configuration: RunConfiguration, _ seconds: PlannedSeconds) throws -> RunNeed {
        let tokens = Int(seconds.answerTokens.rounded())
        let needs = try (0..<min(3, max(1, configuration.steps))).map { number in
            // The first of them with an evaluation.
            let tests = number == 0 ? Array(planned.test.prefix(configuration.evaluation.batchSize)) : []
            return try rehearsed(
                configuration, planned.step(number, of: ownQuestions(configuration)), tokens,
                evaluation: tests)
        }
        return RunNeed(meanOf: needs)
    }

    private func time(of configuration: RunConfiguration, _ seconds: PlannedSeconds) throws -> (
        RunPlan.Time, RunNeed
    ) {
        let usual = try usual(configuration, seconds)
        var seconds = seconds
        seconds.configuration = configuration
        let time = seconds.plan(
            usual: usual, checkpointBytes: CheckpointWriter.storedByteCount(usual.saved),
            startSeconds: startSeconds,
            limit: request.secondsLimit)
        return (time, usual)
    }

    private func add(_ seconds: PlannedSeconds, to plan: inout RunPlan) throws {
        report("rehearsing usual steps")
        let (time, usual) = try time(of: configuration, seconds)
        (plan.time, plan.memory.usualStepTensors) = (time, usual.stepPeak)
        plan.memory.usualTotal = total(usual)
    }

    func testRowCount(_ configuration: RunConfiguration) -> Int {
        let all = planned.test.count, limit = configuration.evaluation.rowLimit
        return limit > 0 ? min(all, limit) : all
    }

    private func work(answerTokens: Double?) -> RunPlan.Work {
        var work = RunPlan.Work()
        let lengths = planned.lengths
        (work.method, work.dtype) = (configuration.method.rawValue, configuration.dtype.rawValue)
        (work.steps, work.rows, work.measuredRows) = (configuration.steps, planned.train.count, lengths.count)
        (work.processes, work.testRows) = (request.processes, testRowCount(configuration))
        (work.shortestPrompt, work.longestPrompt) = (lengths.min() ?? 0, lengths.max() ?? 0)
        work.meanPrompt = average(lengths.map(Double.init))
        work.questions = configuration.questions
        (work.answers, work.mostAnswerTokens) =
            configuration.method == .grpo
            ? (configuration.grpo.groupSize, configuration.grpo.maxNewTokens) : (0, 0)
        work.answerTokens = answerTokens ?? Double(request.answerTokens ?? configuration.mostAnswerTokens)
        let most = Double(configuration.mostAnswerTokens)
        work.answerTokensFrom =
            configuration.method == .sft
            ? "rows"
            : request.answerTokens != nil
                ? "option" : answerTokens.map { $0 < most ? "trial" : "most" } ?? "most"
        return work
    }

    // MARK: - Solving

    private func solution(_ solved: SolvedSetting, _ seconds: PlannedSeconds?) throws -> RunPlan.Solution {
        guard request.secondsLimit == nil || seconds != nil else {
            throw RunError.badSetting(
                path: solved.path,
                expected: "settings that fit the memory, and a trial, to solve for with a limit of time",
                found: "neither")
        }
        return try solved.solve(configuration) { configuration in
            report("rehearsing \(solved.path): \(solved.value(in: configuration))")
            let memory = try memory(of: configuration)
            guard memory.fits, let seconds, request.secondsLimit != nil else {
                return .init(fits: memory.fits, bytes: memory.total, seconds: nil)
            }
            let (time, _) = try time(of: configuration, seconds)
            return .init(fits: time.fits, bytes: memory.total, seconds: time.total)
        }
    }

    private func advice(_ plan: RunPlan) throws -> [RunPlan.Advice] {
        guard !plan.memory.fits else { return [] }
        let hasPictures = plan.memory.beside.contains { $0.name == "prepared pictures" }
        return try PlanAdvice(configuration, bytes: plan.memory.total, pictures: hasPictures) {
            report("rehearsing \($1.joined(separator: " "))")
            return try memory(of: $0)
        }.found()
    }
}

extension RunNeed {
    /// The mean work and sizes of rehearsed steps, and the most memory.
    init(meanOf needs: [RunNeed]) {
        self = needs.max { $0.peak < $1.peak } ?? RunNeed()
        for name in phases.keys {
            phases[name]?.work = average(needs.map { $0.phases[name]?.work ?? 0 })
        }
        func mean(_ number: (StepSize) -> Int) -> Int {
            Int(average(needs.map { Double(number($0.size)) }).rounded())
        }
        size.promptTokens = mean(\.promptTokens)
        size.pictureTokens = mean(\.pictureTokens)
        size.pixelValues = mean(\.pixelValues)
        held = needs.map(\.held).max() ?? 0
        evaluatedPixels = needs.map(\.evaluatedPixels).max() ?? 0
    }
}
