// What a training method does in one step, what it needs for that, and what the step leaves behind.
public import Collectives
public import Rollouts
public import StrictJSON
internal import TensorMath
public import TrainingData
public import VisionLanguageModel

/// One way to train.
public protocol TrainingMethod {
    /// Makes step `step` (from 0): reads rows, computes gradients, updates the weights.
    ///
    /// - Throws: `Interruption.Stopped` when it was asked to stop before the weights changed.
    mutating func step(_ step: Int) throws -> StepRecord

    /// What the method remembers after the last completed step; a resumed run continues with it.
    var saved: MethodState { get set }
}

/// What a method remembers from step to step: part of a checkpoint.
public struct MethodState: Codable, Sendable, Equatable {
    /// The state of GRPO.
    var grpo: GRPOState?
}

/// What a run of GRPO remembers from step to step.
public struct GRPOState: Codable, Sendable, Equatable {
    /// The next position in the stream of rows; nil before the first step.
    var position: Int?
    /// The spread of each task's rewards.
    var spread = TaskSpread()
}

/// What a step leaves behind.
///
/// `metrics` repeat bit for bit in a resumed run; `timings` do not.
public struct StepRecord: Sendable {
    /// Numbers by metric name.
    public var metrics: [String: Double] = [:]
    /// Seconds and rates by metric name.
    public var timings: [String: Double] = [:]
    /// Sampled answers, one JSON object each.
    public var samples: [JSONObject] = []
    /// By task, an answer that could not be read.
    public var unreadable: [String: String] = [:]
    /// Lines for the console about what went wrong without ending the run.
    public var notices: [String] = []
    /// The numbers worth showing on the console line.
    public var headline = ""
}

/// What every method trains, and with what.
public struct TrainingSetup {
    /// The model.
    let model: LanguageModel
    /// The training rows.
    let samples: [Sample]
    /// Turns rows into prompts.
    let prompts: PromptBuilder
    /// Turns gradients into new weights.
    let optimizerStep: OptimizerStep
    /// Selects the order of the rows and all random numbers.
    let seed: UInt64
    /// Steps of the whole run.
    let steps: Int
    /// The most rows (tokens) of one forward and backward pass.
    let microBatchTokens: Int
    /// Checked between the phases of a step.
    let interruption: Interruption
    /// The processes that share a step.
    let world: any World
    /// Keeps what led to values that are not finite; nil when nothing does.
    let recorder: (any NonFiniteRecorder)?

    /// The parts of a run that the methods use.
    public init(
        model: LanguageModel, samples: [Sample], prompts: PromptBuilder, optimizerStep: OptimizerStep,
        seed: UInt64, steps: Int, microBatchTokens: Int, interruption: Interruption,
        world: any World = SingleProcess(), recorder: (any NonFiniteRecorder)? = nil
    ) {
        (self.model, self.samples, self.prompts) = (model, samples, prompts)
        (self.optimizerStep, self.seed, self.steps) = (optimizerStep, seed, steps)
        (self.microBatchTokens, self.interruption, self.world) = (microBatchTokens, interruption, world)
        self.recorder = recorder
    }

    /// Runs a phase that all processes leave together; see `World.together`.
    func together<Result>(_ phase: String, _ body: () throws -> Result) throws -> Result {
        try world.together(phase, interruption, body)
    }

    /// The rows at some positions of the stream of all epochs.
    func rows(at positions: Range<Int>) -> [Sample] {
        BatchOrder(sampleCount: samples.count, seed: seed).indices(at: positions).map { samples[$0] }
    }

    /// The tasks of all rows, the same in every process.
    var tasks: [String] { Set(samples.map(\.task.rawValue)).sorted() }
}
