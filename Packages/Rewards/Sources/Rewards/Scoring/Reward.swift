// What a reward is: a value that scores one answer to one sample. Start at RewardRouter.swift for how they
// are chosen.
public import TrainingData

/// What one answer earned, with its parts kept.
public struct RewardResult: Codable, Sendable, Equatable {
    /// The task's reward: 0 to 1, for BMAS -1 to 1.
    public var accuracy: Double
    /// The format reward, 0 to 1.
    public var format: Double
    /// `accuracy + formatWeight * format`; 0 when the row is excluded.
    public var total: Double
    /// What became of the answer.
    public var status: ParseStatus
    /// What was understood: the letter chosen, the number, the box in original pixels, or what went wrong.
    public var detail: String?

    /// A result from its parts.
    public init(accuracy: Double, format: Double, total: Double, status: ParseStatus, detail: String?) {
        (self.accuracy, self.format, self.total) = (accuracy, format, total)
        (self.status, self.detail) = (status, detail)
    }

    /// Whether the row says nothing about the model and must be left out of means and advantages.
    public var isExcluded: Bool { status == .badGold || status == .error }
}

/// What a reward may need besides the row.
public struct RewardContext: Sendable {
    /// The original image's size in pixels.
    public var imageSize: (width: Double, height: Double)?
    /// The coordinates the model at hand writes boxes in; declared, never guessed.
    public var answerBoxSpace: AnswerBoxSpace?
    /// The share of the training that is done, 0 to 1; drives threshold schedules.
    public var progress: Double

    /// A context; for text tasks the empty one is enough.
    public init(
        imageSize: (width: Double, height: Double)? = nil, answerBoxSpace: AnswerBoxSpace? = nil,
        progress: Double = 0
    ) {
        (self.imageSize, self.answerBoxSpace, self.progress) = (imageSize, answerBoxSpace, progress)
    }
}

/// A reward for one kind of task.
///
/// A package adds its own by conforming and registering it with the router.
public protocol Reward: Sendable {
    /// The name in metrics and messages.
    var name: String { get }

    /// Scores an answer. `value` is 0 to 1 by convention, 0 unless `status` is `.ok`; `detail` is for logs.
    ///
    /// Called from several threads at once. An error thrown here becomes the status `.error`.
    func score(
        _ answer: ExtractedAnswer, for sample: Sample, context: RewardContext
    ) throws -> (value: Double, status: ParseStatus, detail: String?)

    /// Why the sample's gold cannot be used, or nil when it can; asked once before training.
    func goldProblem(_ sample: Sample) -> String?
}

extension Reward {
    /// No gold is refused beforehand.
    public func goldProblem(_ sample: Sample) -> String? { nil }
}
