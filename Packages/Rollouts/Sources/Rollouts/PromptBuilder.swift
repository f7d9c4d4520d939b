// From rows to prompts: decodes images and videos, lays out the conversation, and adds what the rewards need.
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

/// A row that cannot become a prompt, and why.
struct RowError: Error, CustomStringConvertible, Equatable {
    /// `file:line` of the row.
    let location: String
    /// What is wrong with it.
    let problem: String

    /// Location and problem.
    var description: String { "\(location): \(problem)" }
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
        let visuals = try processor.visuals(sample.prompt) { index in
            try processor.image(Array(try sample.imageData(index)), name: sample.imagePath(index))
        } video: { index in
            do {
                return try processor.video(
                    path: sample.videoPath(index), framesPerSecond: sample.videoRates[index])
            } catch let error as ModelError {
                throw RowError(location: sample.location, problem: "\(error)")
            }
        }
        do {
            let filled = try Self.filled(sample, visuals)
            let prompt = try processor.prompt(filled.prompt, visuals: visuals)
            return Question(sample: filled, prompt: prompt, context: Self.context(visuals.first, progress))
        } catch {
            throw RowError(location: sample.location, problem: "\(error)")
        }
    }

    /// The row with boxes and names of objects in place of their placeholders, as the model writes them.
    private static func filled(_ sample: Sample, _ visuals: [VisionInput]) throws -> Sample {
        guard sample.hasPlaceholders else { return sample }
        let pictures = visuals.filter { !$0.isVideo }.map { visual in
            let (size, plane) = (visual.originalSize, visual.answerBoxSize)
            return (
                size: (width: Double(size.width), height: Double(size.height)),
                space: AnswerBoxSpace(width: plane.width, height: plane.height)
            )
        }
        guard let writing = PlaceWriting(pictures: pictures) else {
            throw RowError(
                location: sample.location,
                problem:
                    "\"objects\" fill <bbox> and <ref-object>, but the prompt has no picture that they refer to"
            )
        }
        return sample.filled(writing)
    }

    /// What the rewards need: the first image's size, and the coordinates that the model writes boxes in.
    private static func context(_ image: VisionInput?, _ progress: Double) -> RewardContext {
        guard let image else { return RewardContext(progress: progress) }
        let (size, plane) = (image.originalSize, image.answerBoxSize)
        return RewardContext(
            imageSize: (Double(size.width), Double(size.height)),
            answerBoxSpace: AnswerBoxSpace(width: plane.width, height: plane.height), progress: progress)
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
