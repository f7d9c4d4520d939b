// The protocol of rewards, which score one answer to one sample. RewardRouter.swift selects them.
public import TrainingData

/// The reward of one answer with its parts.
public struct RewardResult: Codable, Sendable, Equatable {
    /// The task's reward: 0 to 1, for BMAS -1 to 1.
    public var accuracy: Double
    /// The format reward, 0 to 1.
    public var format: Double
    /// The weights of both parts.
    public var weights: RewardWeights
    /// The weighted sum of both parts; 0 when the row is excluded.
    public var total: Double
    /// The outcome of reading the answer.
    public var status: ParseStatus
    /// The answer as read (a letter, a number, a box in original pixels) or the error.
    public var detail: String?

    /// A result from its parts.
    public init(
        accuracy: Double, format: Double, weights: RewardWeights, status: ParseStatus, detail: String?
    ) {
        (self.accuracy, self.format, self.weights) = (accuracy, format, weights)
        (self.status, self.detail) = (status, detail)
        total = 0
        if !isExcluded { total = weights.accuracy * accuracy + weights.format * format }
    }

    /// Whether means and advantages must exclude the row.
    public var isExcluded: Bool { status == .badGold || status == .error }
}

/// The inputs of a reward besides the row.
public struct RewardContext: Sendable {
    /// The original image's size in pixels.
    public var imageSize: (width: Double, height: Double)?
    /// The coordinates that the model writes boxes in; declared, never guessed.
    public var answerBoxSpace: AnswerBoxSpace?
    /// The finished share of the training, 0 to 1, for threshold schedules.
    public var progress: Double

    /// A context; text tasks need none of the values.
    public init(
        imageSize: (width: Double, height: Double)? = nil, answerBoxSpace: AnswerBoxSpace? = nil,
        progress: Double = 0
    ) {
        (self.imageSize, self.answerBoxSpace, self.progress) = (imageSize, answerBoxSpace, progress)
    }
}

/// A reward for one kind of task.
///
/// Other packages can add rewards: conform to this protocol and register the reward with the router.
public protocol Reward: Sendable {
    /// The name in metrics and messages.
    var name: String { get }

    /// Scores an answer. `value` is 0 to 1 by convention, 0 unless `status` is `.ok`; `detail` is for logs.
    ///
    /// Called from several threads at once. An error thrown here becomes the status `.error`.
    func score(
        _ answer: ExtractedAnswer, for sample: Sample, context: RewardContext
    ) throws -> (value: Double, status: ParseStatus, detail: String?)

    /// Why the gold of the sample is unusable, or nil if it is usable; called once before training.
    func goldProblem(_ sample: Sample) -> String?
}

extension Reward {
    /// Accepts all golds.
    public func goldProblem(_ sample: Sample) -> String? { nil }
}
