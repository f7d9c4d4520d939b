// A row as a prompt: its images and videos are decoded and its conversation is laid out.
internal import Rewards
public import Tokenizer
public import TrainingData
public import VisionLanguageModel

/// A row that cannot become a prompt, and why.
struct RowError: Error, CustomStringConvertible, Equatable {
    /// `file:line` of the row.
    let location: String
    /// What is wrong with it.
    let problem: String

    /// Location and problem.
    var description: String { "\(location): \(problem)" }
}

extension Processor {
    /// The prompt of some of a row's turns, up to the start of the assistant's next turn.
    ///
    /// - Parameters:
    ///   - sample: The row.
    ///   - turns: Which of its turns.
    /// - Returns: The row with boxes and names of objects in place of their placeholders, as the model writes them, and
    ///   the prompt.
    /// - Throws: `RowError`, `SampleError` or `ImageError`, which name the row.
    public func prompt(
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
                throw RowError(location: sample.location, problem: "\(error)")
            }
        }
        let filled = try Self.filled(sample, visuals)
        do {
            return (filled, try prompt(Array(turns(filled)), visuals: visuals))
        } catch {
            throw RowError(location: sample.location, problem: "\(error)")
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
            throw RowError(
                location: sample.location,
                problem:
                    "\"objects\" fill <bbox> and <ref-object>, but the prompt has no picture that they refer to"
            )
        }
        return sample.filled(writing)
    }
}
