// The parts of a run, built from its settings: rows, models, optimizer, method, evaluator. A plan builds them, too.
internal import Basics
internal import Checkpoint
internal import Collectives
internal import PolicyOptimization
internal import Rewards
internal import Rollouts
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// The rows of a run.
struct RunRows {
    var train, test: UsableRows?

    /// The rows that were set aside.
    var rejects: [Reject] { (train?.rejects ?? []) + (test?.rejects ?? []) }
}

/// What a run consists of.
struct RunParts {
    /// What is built in turn; each takes memory.
    enum Stage: String, CaseIterable { case reference, rounded, table, split }

    let loaded: LoadedModel
    /// The model that the run started from.
    let start: LoadedModel
    let rows: RunRows
    let optimizerStep: OptimizerStep
    let method: any PlannedMethod
    let evaluator: Evaluator?
    /// Scores the answers of rows.
    let router: RewardRouter

    /// Builds the parts.
    ///
    /// - Parameters:
    ///   - configuration: Valid settings.
    ///   - loaded: The model that is trained.
    ///   - start: The model that the run started from, nil when that is `loaded`, untrained.
    ///   - rows: The rows; nil reads them.
    ///   - interruption: Checked between phases.
    ///   - world: The processes that share every step.
    ///   - recorder: Keeps what led to values that are not finite.
    ///   - report: Receives what a user should know.
    ///   - built: Called after each stage.
    /// - Throws: An error that names what is wrong with settings, model or data.
    init(
        _ configuration: RunConfiguration, loaded: LoadedModel, start: LoadedModel?, rows: RunRows? = nil,
        interruption: Interruption, world: any World = SingleProcess(),
        recorder: (any NonFiniteRecorder)? = nil, report: (String) -> Void,
        built: (Stage) -> Void = { _ in }
    ) throws {
        let needsReference = configuration.needsReference
        self.start =
            try start
            ?? (needsReference && configuration.lora.rank == 0
                ? configuration.reference(loaded.checkpoint) : loaded)
        built(.reference)
        var loaded = loaded
        try loaded.apply(configuration.data, report: report)
        self.loaded = loaded
        let store = loaded.model.parameters
        try Self.checkFrozen(configuration.frozen, store)
        try Self.checkChanges(configuration, store)
        store.freeze(prefixes: configuration.frozen)
        store.setComputeType(configuration.dtype)
        loaded.model.checkpointsGradients = configuration.gradientCheckpointing
        built(.rounded)

        let router = try RewardRouter(
            options: configuration.rewards,
            embedding: self.start.embeddingTable(dtype: configuration.dtype))
        self.router = router
        built(.table)
        self.rows = try rows ?? configuration.rows(router, for: loaded.processor, report: report)
        let (train, test) = (self.rows.train?.samples ?? [], self.rows.test?.samples ?? [])

        if configuration.followsPolicy {
            // The same pieces as those of the policy.
            let follower = self.start.model.parameters
            follower.freeze(prefixes: configuration.frozen)
            follower.split(over: WorldGroup(world))
        }
        // Gradients, and two moments of this process's pieces; they are allocated with the first step.
        let trained = store.trainable.map { (4 + 8 / world.size) * $0.shape.reduce(1, *) }.sumIfFits
        try AvailableMemory.require(
            trained, reusable: MemoryStatistics.waitingBytes, "gradients and moments of the weights need",
            advice: "freeze some weights or use a smaller model")
        let optimizerStep = OptimizerStep(
            loaded.model, options: configuration.optimizer, schedule: configuration.schedule,
            maxGradientNorm: configuration.maxGradientNorm, world: world,
            skipLimit: configuration.nonFinite.skipLimit)
        self.optimizerStep = optimizerStep
        built(.split)
        let prompts = PromptBuilder(loaded.processor)
        try prompts.requireImageSettings(for: train + test)
        let setup = TrainingSetup(
            model: loaded.model, samples: train, prompts: prompts,
            optimizerStep: optimizerStep, seed: configuration.seed, steps: configuration.steps,
            microBatchTokens: configuration.microBatchTokens, interruption: interruption, world: world,
            recorder: recorder)
        let sampler = RolloutSampler(
            engine: loaded.engine(configuration.hasUnits ? .sharedRollouts : .rollouts),
            tokenizer: loaded.processor.tokenizer, router: router)
        method =
            switch configuration.method {
            case .sft: SupervisedMethod(setup, options: configuration.sft)
            case .grpo:
                GRPOMethod(
                    setup, options: configuration.grpo, sampler: sampler,
                    reference: !needsReference
                        ? nil : configuration.lora.rank > 0 ? .withoutChanges : .model(self.start.model))
            }
        evaluator = self.rows.test.map {
            Evaluator(
                $0.samples, options: configuration.evaluation, seed: configuration.seed,
                prompts: prompts, sampler: sampler, interruption: interruption,
                setAside: $0.rejects.count)
        }
    }

    /// Where only changes of low rank are trained, there must be one.
    private static func checkChanges(_ configuration: RunConfiguration, _ store: ParameterStore) throws {
        guard configuration.lora.rank > 0, !store.all.contains(where: \.isLowRank) else { return }
        throw RunError.badSetting(
            path: "lora.targets", expected: "the end of a linear layer's name, such as q_proj",
            found: configuration.lora.targets.joined(separator: ", "))
    }

    private static func checkFrozen(_ prefixes: [String], _ store: ParameterStore) throws {
        for prefix in prefixes where !store.all.contains(where: { $0.name.hasPrefix(prefix) }) {
            throw RunError.badSetting(path: "frozen", expected: "the start of a weight's name", found: prefix)
        }
    }

}

extension RunConfiguration {
    /// Whether steps have units, so that processes may share them.
    var hasUnits: Bool { method == .grpo ? grpo.units > 1 : sft.units > 1 }

    /// Whether the policy is compared with the model that it started from.
    var needsReference: Bool { method == .grpo && grpo.loss.klCoefficient > 0 && steps > 0 }

    /// Reads the rows.
    ///
    /// - Throws: An error that names the row.
    func rows(
        _ router: RewardRouter, for processor: Processor, report: (String) -> Void
    ) throws -> RunRows {
        func rows(_ path: String, _ needs: RowNeeds) throws -> UsableRows? {
            guard !path.isEmpty else { return nil }
            return try data.rows(path, router, for: processor, needs: needs, report: report)
        }
        // A supervised step learns the answer of a row; only evaluation and GRPO need golds.
        return RunRows(
            train: try rows(data.train, method == .sft ? .target : .gold), test: try rows(data.test, .gold))
    }
}
