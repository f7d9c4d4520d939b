// Rows of the record as prompts: images and videos are decoded. docs/data.md describes the record.
import Foundation
import ImageInput
import Rewards
import Tokenizer
import TrainingData
import VisionLanguageModel

/// Reads the rows of a file, or of standard input for `-`, and checks that all their images and videos exist.
///
/// Paths of images in standard input are relative to the working directory.
func readRows(_ path: String) throws -> [Sample] {
    let samples = try SampleReader.read(path, requireSolution: false).samples
    try checkImages(samples)
    return samples
}

extension Processor {
    /// The prompt of some of a row's turns, up to the start of the assistant's next turn.
    func prompt(_ sample: Sample, turns: (Sample) -> some Collection<ChatMessage>) throws -> Prompt {
        try filledPrompt(sample, turns: turns).prompt
    }

    /// The same, and the row with boxes and names of objects in place of their placeholders.
    func filledPrompt(
        _ sample: Sample, turns: (Sample) -> some Collection<ChatMessage>
    ) throws -> (sample: Sample, prompt: Prompt) {
        let visuals = try visuals(Array(turns(sample))) { index in
            let path = sample.imagePath(index)
            let name = path.hasPrefix("data:") ? "image \(index + 1)" : "image \(path)"
            return try image(Array(sample.imageData(index)), name: "\(sample.location): \(name)")
        } video: { index in
            do {
                return try video(path: sample.videoPath(index), framesPerSecond: sample.videoRates[index])
            } catch let error as ModelError {
                throw InferError.badRow(location: sample.location, problem: "\(error)")
            }
        }
        let filled = try Self.filled(sample, visuals)
        do {
            return (filled, try prompt(Array(turns(filled)), visuals: visuals))
        } catch {
            throw InferError.badRow(location: sample.location, problem: "\(error)")
        }
    }

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
            throw InferError.badRow(
                location: sample.location,
                problem:
                    "\"objects\" fill <bbox> and <ref-object>, but the prompt has no picture that they refer to"
            )
        }
        return sample.filled(writing)
    }
}
