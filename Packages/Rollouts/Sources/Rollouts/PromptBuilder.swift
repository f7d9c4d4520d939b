// Rows to prompts: pictures decoded, conversations laid out, and what the rewards need to know beside them.
internal import Foundation
internal import ImageInput
internal import Rewards
internal import TensorMath
internal import Tokenizer
internal import TrainingData
internal import VisionLanguageModel

/// One row, ready for the model.
struct Question {
    let sample: Sample
    let prompt: Prompt
    let context: RewardContext
}

/// Prepares rows for one model.
struct QuestionMaker {
    let processor: Processor

    /// Decodes the row's pictures and videos and lays out its conversation up to the last user turn.
    func question(_ sample: Sample, progress: Double = 0) throws -> Question {
        let visuals = try processor.visuals(sample.prompt) { index in
            try processor.image(Array(try sample.imageData(index)), name: sample.imagePath(index))
        } video: { index in
            do {
                return try processor.video(
                    path: sample.videoPath(index), framesPerSecond: sample.videoRates[index])
            } catch let error as ModelError {
                throw RunError.badFile(file: sample.location, problem: "\(error)")
            }
        }
        do {
            let prompt = try processor.prompt(sample.prompt, visuals: visuals)
            return Question(sample: sample, prompt: prompt, context: Self.context(visuals.first, progress))
        } catch {
            throw RunError.badFile(file: sample.location, problem: "\(error)")
        }
    }

    /// What the rewards need: the first picture's size, and which coordinates boxes in answers have.
    private static func context(_ image: VisionInput?, _ progress: Double) -> RewardContext {
        guard let image else { return RewardContext(progress: progress) }
        let (size, plane) = (image.originalSize, image.answerBoxSize)
        return RewardContext(
            imageSize: (Double(size.width), Double(size.height)),
            answerBoxSpace: AnswerBoxSpace(width: plane.width, height: plane.height), progress: progress)
    }

    /// The ids that a supervised step teaches for a row: rationale, answer, end of turn.
    func supervisedAnswer(_ question: Question) throws -> [TokenID] {
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

extension Processor {
    /// Takes over what the settings say about pictures and videos.
    mutating func apply(_ data: DataOptions) throws {
        try limitPixels(
            least: data.minPixels > 0 ? data.minPixels : nil, most: data.maxPixels > 0 ? data.maxPixels : nil)
        try limitVideoPixels(
            least: data.videoMinPixels > 0 ? data.videoMinPixels : nil,
            most: data.videoMaxPixels > 0 ? data.videoMaxPixels : nil)
        try sampleVideos(
            framesPerSecond: data.framesPerSecond > 0 ? data.framesPerSecond : nil,
            mostFrames: data.maxFrames > 0 ? data.maxFrames : nil)
        videoPositions = data.videoPositions
        alpha = data.onWhite ? .onWhite : .dropped
    }
}
