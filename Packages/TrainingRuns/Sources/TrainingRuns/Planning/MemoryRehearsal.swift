// The memory of a run, found by rehearsing its evaluation and steps: the code of the run on tensors that are only counted.
internal import Basics
internal import Checkpoint
internal import Collectives
internal import ModelFamilies
internal import PolicyOptimization
internal import Rollouts
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// What a phase costs in a rehearsal.
struct PhaseNeed {
    /// The most bytes of live tensors.
    var peak = 0
    /// The most bytes of keys and values.
    var cache = 0
    /// Multiplications.
    var work = 0.0
}

/// What a run needs, as rehearsed.
struct RunNeed {
    /// Bytes of tensors after loading, and after each stage of building.
    var loaded = 0
    var built: [RunParts.Stage: Int] = [:]
    /// Bytes of tensors between two steps; before the only one in a run of one.
    var between = 0
    /// Phases of a step by name, and the evaluation of a batch.
    var phases: [String: PhaseNeed] = [:]
    /// Bytes that the forward pass of one micro-batch keeps for backward, the most.
    var kept = 0
    /// The most bytes that tensors, and blocks that wait for reuse, have.
    var held = 0
    var size = StepSize()
    /// The numbers of the prepared pictures of an evaluation's batch.
    var evaluatedPixels = 0
    /// Trained numbers, bytes of their gradients, and bytes of the moments that this process holds between two steps.
    var trained = 0, gradients = 0, moments = 0
    /// Bytes of the moments that the only step of a run makes, after its passes.
    var madeMoments = 0
    /// What this process sends to the others in a step.
    var cost = MeasuredWorld.Cost()
    /// Sizes of what a checkpoint of the run stores.
    var saved: [Int] = []

    /// The most bytes of live tensors.
    var peak: Int { max(between, phases.values.map(\.peak).max() ?? 0) }
    /// The same in a step.
    var stepPeak: Int {
        max(between, phases.filter { $0.key != "evaluation" }.values.map(\.peak).max() ?? 0)
    }
    /// The phase with the most.
    var largest: String? { phases.max { ($0.value.peak, $0.key) < ($1.value.peak, $1.key) }?.key }
}

/// The rows and answers of a rehearsed run.
struct RehearsedRows {
    var step: [Sample]
    var evaluation: [Sample]
    /// Tokens of each answer of a step.
    var answerTokens: Int
    /// The same of an evaluation, at most those that it allows; nil for those.
    var evaluatedTokens: Int?
}

/// Sees the phases of a rehearsed step.
private final class MemoryObserver: StepObserver {
    private let rehearsal: Rehearsal
    private(set) var phases: [String: PhaseNeed] = [:]
    private(set) var kept = 0

    init(_ rehearsal: Rehearsal) { self.rehearsal = rehearsal }

    func observe<R>(_ phase: StepPhase, _ body: () throws -> R) rethrows -> R {
        if phase == .forward {
            let before = rehearsal.liveBytes
            let result = try body()
            kept = max(kept, rehearsal.liveBytes - before)
            return result
        }
        return try observe(phase.rawValue, body)
    }

    func observe<R>(_ name: String, _ body: () throws -> R) rethrows -> R {
        rehearsal.resetPeak()
        let work = rehearsal.work
        let result = try body()
        var need = phases[name] ?? PhaseNeed()
        need.peak = max(need.peak, rehearsal.peakBytes)
        need.cache = max(need.cache, rehearsal.peakCacheBytes)
        need.work += rehearsal.work - work
        phases[name] = need
        return result
    }
}

extension RunConfiguration {
    /// Rehearses the evaluation and two steps of a run, or the only one.
    ///
    /// The second step has the most memory: it has moments beside its passes, which the first one makes after them.
    ///
    /// - Parameters:
    ///   - chosen: The rows and answers.
    ///   - rows: All rows.
    ///   - processes: How many processes share each step.
    ///   - limit: Bytes that the run may take; the cache of keys and values gets less where they are scarce.
    /// - Returns: What one process needs.
    /// - Throws: What the run would throw, but nothing for lack of memory.
    func rehearsed(
        _ chosen: RehearsedRows, rows: RunRows, processes: Int = 1, limit: Int
    ) throws -> RunNeed {
        let rehearsal = Rehearsal()
        var me = self
        me.evaluation.maxNewTokens = min(
            evaluation.maxNewTokens, chosen.evaluatedTokens ?? evaluation.maxNewTokens)
        return try AvailableMemory.assuming({ limit - rehearsal.liveBytes }) {
            try rehearsal { try me.rehearsed(chosen, rows, RehearsedWorld(size: processes), in: rehearsal) }
        }
    }

    private func rehearsed(
        _ chosen: RehearsedRows, _ rows: RunRows, _ world: RehearsedWorld, in rehearsal: Rehearsal
    ) throws -> RunNeed {
        let world = MeasuredWorld(world)
        var need = RunNeed()
        let loaded = try trained(openCheckpoint(model))
        need.loaded = rehearsal.liveBytes
        let parts = try RunParts(
            self, loaded: loaded, start: nil, rows: rows, interruption: Interruption(), world: world,
            report: { _ in },
            built: { need.built[$0] = rehearsal.liveBytes })
        let excluded = loaded.generation.endTokenIDs.union(loaded.model.configuration.inputOnlyTokenIDs)
        rehearsal.draw(
            from: (0..<Int32(loaded.model.configuration.text.vocabularySize)).filter {
                !excluded.contains($0)
            })
        var observer = MemoryObserver(rehearsal)
        func evaluate() throws {
            guard let evaluator = parts.evaluator, !chosen.evaluation.isEmpty else { return }
            need.evaluatedPixels = try observer.observe("evaluation") {
                try evaluator.answerLengths(to: chosen.evaluation)
            }.pixelValues
        }
        let answers = PlannedAnswers(
            count: grpo.groupSize, tokens: chosen.answerTokens, areScored: false)
        if steps > 1 {
            // The first step makes the moments and whatever else stays.
            var short = answers
            short.tokens = min(2, answers.tokens)
            _ = try parts.method.passes(over: chosen.step, short, observer)
            observer = MemoryObserver(rehearsal)
            need.moments = parts.optimizerStep.optimizer.momentBytes
            _ = world.takeCost()
        }
        need.between = rehearsal.liveBytes
        if steps > 0 {
            need.size = try parts.method.passes(over: chosen.step, answers, observer)
            need.cost = world.takeCost()
            need.madeMoments = parts.optimizerStep.optimizer.momentBytes - need.moments
        }
        try evaluate()
        need.phases = observer.phases
        need.phases["data"] = nil
        (need.kept, need.held) = (observer.kept, rehearsal.peakHeldBytes)
        let trainable = loaded.model.parameters.trainable
        let counts = trainable.map { $0.shape.reduce(1, *) }
        need.trained = counts.reduce(0, +)
        need.gradients = counts.reduce(0) { $0 + MemoryStatistics.blockBytes(4 * $1) }
        let stored = lora.rank > 0 ? trainable : loaded.model.parameters.all
        need.saved =
            stored.map { 4 * $0.shape.reduce(1, *) }
            + counts.flatMap { Array(repeating: 4 * $0, count: followsPolicy ? 3 : 2) }
        return need
    }
}
