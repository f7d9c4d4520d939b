// A method's step as a plan sees it: its passes over given rows, phase by phase.
public import TrainingData

/// A part of a step.
public enum StepPhase: String, CaseIterable, Sendable {
    /// Rows become prompts.
    case data
    /// Questions are answered.
    case rollout
    /// Answers are scored.
    case reward
    /// Log-probabilities under the reference, and those before the update where it needs them.
    case reference
    /// Forward and backward passes.
    case gradients
    /// The forward pass of one micro-batch, inside `gradients`.
    case forward
    /// The optimizer changes the weights.
    case optimizer
}

/// Runs the phases of a step and sees what they cost.
public protocol StepObserver: AnyObject {
    /// Runs a phase.
    func observe<R>(_ phase: StepPhase, _ body: () throws -> R) rethrows -> R
}

/// The answers in a planned step.
public struct PlannedAnswers: Sendable {
    /// Answers per question.
    public var count: Int
    /// The most tokens of each; as many in a rehearsal.
    public var tokens: Int
    /// Whether answers are scored.
    public var areScored: Bool

    /// Answers.
    public init(count: Int, tokens: Int, areScored: Bool) {
        (self.count, self.tokens, self.areScored) = (count, tokens, areScored)
    }
}

/// How large a step was.
public struct StepSize: Sendable, Equatable {
    /// Questions, or rows of a supervised step.
    public var rows = 0
    /// Tokens of the prompts, each once.
    public var promptTokens = 0
    /// Tokens of each answer.
    public var answerTokens: [Int] = []
    /// Answers that were cut off at the most tokens.
    public var truncated = 0
    /// Numbers of the prepared pictures and videos, 4 bytes each.
    public var pixelValues = 0
    /// Tokens of the pictures and videos.
    public var pictureTokens = 0
    /// Forward and backward passes, and tokens of the largest.
    public var microBatches = 0, largestMicroBatch = 0

    /// Nothing.
    public init() {}
}

/// A method that can make the passes of a step over given rows without recording anything.
///
/// The weights change, so the model must not be used afterwards for anything else.
public protocol PlannedMethod: TrainingMethod {
    /// Makes the passes of a step.
    ///
    /// - Parameters:
    ///   - samples: The rows of this process.
    ///   - answers: Which answers are sampled; a supervised step takes those of the rows.
    ///   - observer: Runs each phase.
    /// - Returns: How large the step was.
    /// - Throws: As a step.
    func passes(
        over samples: [Sample], _ answers: PlannedAnswers, _ observer: some StepObserver
    ) throws -> StepSize

    /// Answers the questions of rows only.
    ///
    /// - Parameters:
    ///   - samples: The rows.
    ///   - answers: Which answers are sampled.
    /// - Returns: The answers; none for a supervised method, which samples none.
    /// - Throws: As a step.
    func sampled(over samples: [Sample], _ answers: PlannedAnswers) throws -> SampledAnswers
}

/// Answers that were sampled to see how long it takes.
public struct SampledAnswers {
    /// The tokens of each answer.
    public var lengths: [Int] = []
    /// Seconds from the first token of any answer to the last one: of decoding alone, where there is one question.
    public var decodingSeconds = 0.0
}
