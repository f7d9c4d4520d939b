// All settings of a training run: one Codable tree, read from YAML over its defaults
// (ConfigurationYAML.swift).
internal import Basics
internal import ModelFamilies
internal import PolicyOptimization
public import Rewards
internal import Rollouts
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
    /// Optimizer steps of the whole run.
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
    /// Weights whose name starts with one of these are not trained, for example `visual.`.
    var frozen: [String] = []
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

    /// The defaults.
    init() {}
}

extension RunConfiguration {
    /// Refuses values outside their range.
    ///
    /// - Throws: `RunError.badSetting` with the path, the range and what was found.
    func validate() throws {
        func check<T>(_ holds: Bool, _ path: String, _ expected: String, _ found: T) throws {
            if !holds { throw RunError.badSetting(path: path, expected: expected, found: "\(found)") }
        }
        try check(!model.isEmpty, "model", "the path of a checkpoint", "nothing")
        try check(!data.train.isEmpty, "data.train", "the path of a JSON-lines file", "nothing")
        try check(steps > 0, "steps", "1 or more", steps)
        try check(threads >= 0, "threads", "0 or more", threads)
        try check(data.maxPromptTokens >= 0, "data.maxPromptTokens", "0 or more", data.maxPromptTokens)
        try check(data.framesPerSecond >= 0, "data.framesPerSecond", "0 or more", data.framesPerSecond)
        try check(
            data.maxFrames == 0 || data.maxFrames >= 2, "data.maxFrames", "0, or 2 or more", data.maxFrames)
        try check(dtype == .float32 || dtype == .bfloat16, "dtype", "float32 or bfloat16", dtype)
        try check(learningRate.peak > 0, "learningRate.peak", "a positive number", learningRate.peak)
        try check(
            learningRate.warmupSteps >= 0, "learningRate.warmupSteps", "0 or more", learningRate.warmupSteps)
        try check((0...1).contains(learningRate.floor), "learningRate.floor", "0 to 1", learningRate.floor)
        try check((0..<1).contains(optimizer.beta1), "optimizer.beta1", "0 up to 1", optimizer.beta1)
        try check((0..<1).contains(optimizer.beta2), "optimizer.beta2", "0 up to 1", optimizer.beta2)
        try check(maxGradientNorm >= 0, "maxGradientNorm", "0 or more", maxGradientNorm)
        try check(microBatchTokens > 0, "microBatchTokens", "1 or more", microBatchTokens)
        try check(sft.batchSize > 0, "sft.batchSize", "1 or more", sft.batchSize)
        try check(grpo.promptsPerStep > 0, "grpo.promptsPerStep", "1 or more", grpo.promptsPerStep)
        try check(
            grpo.groupSize > 1, "grpo.groupSize", "2 or more: the group is its own baseline", grpo.groupSize)
        try check(grpo.temperature > 0, "grpo.temperature", "a positive number", grpo.temperature)
        try check(grpo.maxNewTokens > 0, "grpo.maxNewTokens", "1 or more", grpo.maxNewTokens)
        try check(grpo.cacheTokens >= 0, "grpo.cacheTokens", "0 or more", grpo.cacheTokens)
        try check(
            (1...grpo.promptsPerStep).contains(grpo.updatesPerRollout), "grpo.updatesPerRollout",
            "1 to promptsPerStep", grpo.updatesPerRollout)
        try check((0..<1).contains(grpo.loss.clipLow), "grpo.loss.clipLow", "0 up to 1", grpo.loss.clipLow)
        try check(grpo.loss.clipHigh >= 0, "grpo.loss.clipHigh", "0 or more", grpo.loss.clipHigh)
        try check(
            grpo.loss.klCoefficient >= 0, "grpo.loss.klCoefficient", "0 or more", grpo.loss.klCoefficient)
        try check(
            evaluation.answersPerPrompt > 0, "evaluation.answersPerPrompt", "1 or more",
            evaluation.answersPerPrompt)
        try check(
            evaluation.temperature > 0, "evaluation.temperature", "a positive number", evaluation.temperature)
        try check(
            evaluation.maxNewTokens > 0, "evaluation.maxNewTokens", "1 or more", evaluation.maxNewTokens)
        try check(evaluation.batchSize > 0, "evaluation.batchSize", "1 or more", evaluation.batchSize)
        try check(
            min(evaluation.every, evaluation.rowLimit, checkpoints.every, checkpoints.keepLast) >= 0,
            "evaluation.every, evaluation.rowLimit, checkpoints.every, checkpoints.keepLast", "0 or more",
            "a negative number")
        try rewards.validate()
    }

    /// The schedule of the learning rate.
    var schedule: Schedule {
        Schedule(
            peak: learningRate.peak, warmupSteps: learningRate.warmupSteps, totalSteps: steps,
            shape: learningRate.schedule, floor: learningRate.floor)
    }
}
