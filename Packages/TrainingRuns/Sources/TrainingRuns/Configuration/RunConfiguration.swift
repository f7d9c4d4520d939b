// All settings of a training run: one tree of values. RunSettings.swift has their ranges, ConfigurationYAML.swift
// reads them over the defaults.
internal import Basics
internal import Checkpoint
internal import ModelFamilies
internal import PolicyOptimization
public import Rewards
internal import Rollouts
internal import Settings
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// What a run does.
public enum TrainingMethodKind: String, Codable, Sendable, CaseIterable {
    /// Supervised warm start: cross-entropy on the rows' own answers.
    case sft
    /// Group-relative policy optimization.
    case grpo
}

/// The settings of one run.
///
/// Paths are relative to the working directory.
public struct RunConfiguration: Codable, Sendable, Equatable {
    /// The method.
    public var method = TrainingMethodKind.grpo
    /// The checkpoint to start from: HDF5 or safetensors.
    ///
    /// It is also the frozen reference of GRPO.
    var model = ""
    /// The rows and how they become prompts.
    var data = DataOptions()
    /// Optimizer steps of the whole run; 0 only evaluates.
    var steps = 100
    /// Selects the order of rows and all random numbers.
    var seed: UInt64 = 0
    /// Threads; 0 uses all cores.
    var threads = 0
    /// Element type of the products in forward and backward passes: float32, or bfloat16 with float32
    /// masters.
    var dtype = DType.float32
    /// Whether the backward pass recomputes the inner values of layers: less memory, about a third more time.
    var gradientCheckpointing = false
    /// Learning rate and its schedule.
    var learningRate = RateOptions()
    /// AdamW.
    var optimizer = AdamWOptions()
    /// Gradients are scaled down to this norm; 0 leaves them unchanged.
    var maxGradientNorm = 1.0
    /// What happens when values are not finite.
    var nonFinite = NonFiniteOptions()
    /// Weights whose name starts with one of these are not trained, for example `visual.`.
    var frozen: [String] = []
    /// Changes of low rank that are trained instead of the weights (LoRA).
    var lora = AdapterOptions()
    /// The most rows (tokens) of one forward and backward pass.
    ///
    /// Limits memory; changes no result beyond rounding.
    var microBatchTokens = 8192
    /// Supervised settings.
    var sft = SupervisedOptions()
    /// GRPO settings.
    var grpo = GRPOOptions()
    /// Rewards.
    public var rewards = RewardOptions()
    /// Evaluation on the test rows.
    var evaluation = EvaluationOptions()
    /// Saving.
    var checkpoints = CheckpointOptions()
    /// Limits besides `steps`.
    var budget = BudgetOptions()

    /// The defaults.
    public init() {}
}

/// Learning rate and its schedule.
struct RateOptions: Codable, Sendable, Equatable {
    /// The highest rate.
    var peak = 3e-6
    /// Steps of linear rise.
    var warmupSteps = 0
    /// The shape after the warm-up.
    var schedule = Schedule.Shape.constant
    /// The lowest rate after the warm-up, as a share of the peak.
    var floor = 0.0

    /// The defaults.
    init() {}
}

/// Saving during a run.
struct CheckpointOptions: Codable, Sendable, Equatable {
    /// Steps between two checkpoints; 0 saves at the end only.
    var every = 50
    /// The number of newest checkpoints to keep; 0 keeps all.
    ///
    /// An older one is removed only after the newer one is complete.
    var keepLast = 2
    /// Whether the checkpoint after which the test rows were answered best is kept, too.
    ///
    /// Each evaluation that is better than all before it has a checkpoint then.
    var keepBest = false

    /// The defaults.
    init() {}
}

/// What a run may spend before it ends with fewer steps.
struct BudgetOptions: Codable, Sendable, Equatable {
    /// Seconds of all steps, evaluations not counted; 0 is no limit.
    var seconds = 0.0
    /// Tokens of all steps, prompts and answers; 0 is no limit.
    var tokens = 0

    /// No limits.
    init() {}
}

extension RunConfiguration {
    /// Checks that everything is given that has no default, every range, and what settings ask of one another.
    ///
    /// - Throws: `RunError.badSetting` with the path, the range and what was found.
    func validate() throws {
        do { try check() } catch let error as SettingError { throw RunError(error) }
        guard steps == 0 || !data.train.isEmpty else {
            throw RunError.badSetting(
                path: "data.train", expected: "the path of a JSON-lines file", found: "nothing")
        }
        guard steps > 0 || !data.test.isEmpty else {
            throw RunError.badSetting(
                path: "data.test",
                expected: "the path of a JSON-lines file, because steps is 0 and the run only evaluates",
                found: "nothing")
        }
        try checkGRPO()
        guard sft.units & (sft.units - 1) == 0, sft.units <= sft.batchSize else {
            throw RunError.badSetting(
                path: "sft.units", expected: "a power of two, at most batchSize, \(sft.batchSize)",
                found: "\(sft.units)")
        }
        guard !checkpoints.keepBest || (evaluation.every > 0 && !data.test.isEmpty) else {
            throw RunError.badSetting(
                path: "checkpoints.keepBest", expected: "false without evaluation.every and data.test",
                found: "true")
        }
        if let target = lora.badTarget {
            throw RunError.badSetting(
                path: "lora.targets", expected: "the end of a module's name, or a regular expression",
                found: target)
        }
    }

    /// Checks that each process has a unit of a step.
    ///
    /// - Throws: `RunError.badSetting` with the setting and the number of processes.
    func requireUnits(for processes: Int) throws {
        let (path, units) = method == .grpo ? ("grpo.units", grpo.units) : ("sft.units", sft.units)
        guard steps == 0 || processes <= units else {
            throw RunError.badSetting(
                path: path,
                expected: "at least \(processes), so that each of the \(processes) processes has a unit",
                found: "\(units)")
        }
    }

    /// The model as a run trains it: weights in float32, frozen ones as they are stored, or all in `dtype` with changes
    /// of low rank.
    ///
    /// - Parameters:
    ///   - model: The model that the run starts from.
    ///   - saved: A checkpoint of the run; nil for its start.
    /// - Returns: The model.
    /// - Throws: As `LoadedModel`.
    func trained(
        _ model: any CheckpointReader, saved: (any CheckpointReader)? = nil
    ) throws -> LoadedModel {
        guard lora.rank > 0 else {
            return try LoadedModel(saved ?? model, frozen: FrozenWeights(prefixes: frozen, in: model))
        }
        let adapter = lora.adapter.isEmpty ? nil : try TrainableAdapter(lora.adapter)
        return try LoadedModel(
            model, compute: dtype,
            adapters: AdapterStart(lora, seed: seed, saved: saved, adapter: adapter))
    }

    /// Takes rank and scale of `lora.adapter`, where it is set.
    ///
    /// - Parameter named: The settings that were given; others that have their default count as not given, and those
    ///   of a value of their own count as given.
    /// - Throws: `RunError.badSetting` for a setting that contradicts the adapter, and what opening the adapter throws.
    mutating func takeAdapter(named: Set<String> = []) throws {
        guard !lora.adapter.isEmpty else { return }
        let adapter = try TrainableAdapter(lora.adapter)
        let defaults = AdapterOptions()
        func take<Value: Equatable>(
            _ name: String, _ property: WritableKeyPath<AdapterOptions, Value>, _ value: Value
        ) throws {
            let own = lora[keyPath: property]
            guard own != value else { return }
            guard own == defaults[keyPath: property], !named.contains("lora.\(name)") else {
                throw RunError.badSetting(
                    path: "lora.\(name)",
                    expected: "\(value), as the adapter \(lora.adapter) has it, or nothing",
                    found: "\(own)")
            }
            lora[keyPath: property] = value
        }
        try take("rank", \.rank, adapter.rank)
        try take("alpha", \.alpha, adapter.alpha)
        try take("rankStabilized", \.rankStabilized, adapter.isRankStabilized)
    }

    /// The start of a run as the reference of GRPO, with products in `dtype`: weights that it never changes are used
    /// where they are mapped, those that follow the policy have float32 masters.
    ///
    /// - Throws: As `LoadedModel`.
    func reference(_ model: any CheckpointReader) throws -> LoadedModel {
        guard followsPolicy || dtype == .float32 else { return try LoadedModel(model, compute: dtype) }
        // Every name starts with the empty prefix.
        let constant = FrozenWeights(prefixes: followsPolicy ? frozen : [""], in: model)
        let loaded = try LoadedModel(model, frozen: constant)
        loaded.model.parameters.setComputeType(dtype)
        return loaded
    }

    /// Whether the reference moves toward the policy, so that it has a copy of all trained weights.
    var followsPolicy: Bool { needsReference && lora.rank == 0 && grpo.referenceSync.every > 0 }

    /// Checks what settings of GRPO ask of one another.
    private func checkGRPO() throws {
        if grpo.referenceSync.every > 0, lora.rank > 0 {
            throw RunError.badSetting(
                path: "grpo.referenceSync.every",
                expected:
                    "0 with lora.rank above 0, because the reference is then the model without its changes, and "
                    + "the mean of two changes of low rank has a higher rank",
                found: "\(grpo.referenceSync.every)")
        }
        guard grpo.updatesPerRollout <= grpo.promptsPerStep else {
            throw RunError.badSetting(
                path: "grpo.updatesPerRollout", expected: "at most promptsPerStep, \(grpo.promptsPerStep)",
                found: "\(grpo.updatesPerRollout)")
        }
        for (path, expected, found) in grpo.conflicts {
            throw RunError.badSetting(path: "grpo.\(path)", expected: expected, found: found)
        }
    }

    /// The schedule of the learning rate.
    var schedule: Schedule {
        Schedule(
            peak: learningRate.peak, warmupSteps: learningRate.warmupSteps, totalSteps: steps,
            shape: learningRate.schedule, floor: learningRate.floor)
    }
}
