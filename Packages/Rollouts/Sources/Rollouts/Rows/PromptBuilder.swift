// Rows as questions: the prompt, and what the rewards need besides the row.
internal import Basics
internal import Rewards
public import Tokenizer
public import TrainingData
public import VisionLanguageModel

/// One row, ready for the model.
public struct Question: Sendable {
    /// The row.
    public let sample: Sample
    /// The row's conversation up to its last user turn.
    public let prompt: Prompt
    /// What the rewards need besides the row.
    let context: RewardContext
}

/// Turns rows into prompts for one model.
public struct PromptBuilder: Sendable {
    private let processor: Processor

    /// A builder that uses the model's own processor.
    public init(_ processor: Processor) { self.processor = processor }

    /// Throws `ConfigurationError` when a row has an image or a video and the checkpoint has no settings for images.
    public func requireImageSettings(for samples: [Sample]) throws {
        func isText(_ part: ChatMessage.Part) -> Bool { if case .text = part { true } else { false } }
        let sees = samples.contains { $0.prompt.contains { !$0.content.allSatisfy(isText) } }
        if sees { try processor.requireImageSettings() }
    }

    /// Builds the prompts of several rows on all threads, in the order of the rows.
    ///
    /// - Parameters:
    ///   - samples: Rows.
    ///   - progress: The share of the training that is done, for the rewards.
    /// - Returns: One question per row.
    /// - Throws: `RowError`, `SampleError` or `ImageError` for the first row that cannot be used.
    public func questions(_ samples: [Sample], progress: Double = 0) throws -> [Question] {
        try parallelMap(samples.count) { try question(samples[$0], progress: progress) }
    }

    /// Builds the prompt of one row.
    ///
    /// - Parameters:
    ///   - sample: A row.
    ///   - progress: The share of the training that is done, for the rewards.
    /// - Returns: The question.
    /// - Throws: `RowError`, `SampleError` or `ImageError`.
    func question(_ sample: Sample, progress: Double = 0) throws -> Question {
        let (filled, prompt) = try processor.prompt(sample) { $0.prompt }
        return Question(
            sample: filled, prompt: prompt, context: Self.context(prompt.visuals.first, progress))
    }

    /// What the rewards need: the first image's size, and the coordinates that the model writes boxes in.
    private static func context(_ image: VisionInput?, _ progress: Double) -> RewardContext {
        guard let image else { return RewardContext(progress: progress) }
        let (size, plane) = (image.originalSize, image.answerBoxSize)
        return RewardContext(
            imageSize: (Double(size.width), Double(size.height)),
            answerBoxSpace: AnswerBoxSpace(width: plane.width, height: plane.height), progress: progress)
    }

    /// The rows of a prompt that a supervised step teaches besides the answer: the earlier turns of the assistant, where
    /// the row's conversation ends with one.
    public func supervisedTurns(_ question: Question) -> [Range<Int>] {
        question.sample.assistantTurn == nil ? [] : processor.assistantTurns(in: question.prompt)
    }

    /// The token ids that a supervised step teaches for a row: rationale, answer, end of turn.
    ///
    /// - Throws: `SampleError.nothingToLearn`, or `ModelError` when the tokenizer has no end-of-turn token.
    public func supervisedAnswer(_ question: Question) throws -> [TokenID] {
        let context = question.context
        guard let space = context.answerBoxSpace, let size = context.imageSize,
            let boxes = question.sample.boxesInPixels(width: size.width, height: size.height)
        else { return try processor.answer(TrainingData.supervisedAnswer(question.sample)) }
        let text = try TrainingData.supervisedAnswer(question.sample) { _ in
            space.text(for: boxes, imageSize: size)
        }
        return try processor.answer(text)
    }
}
