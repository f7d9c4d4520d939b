// Rows of the record to prompts: pictures decoded, conversations laid out. docs/data.md describes the record.
import ImageInput
import Tokenizer
import TrainingData
import VisionLanguageModel

/// Reads the rows of a file and looks for all their images before any work is done.
func readRows(_ path: String) throws -> [Sample] {
    let samples = try SampleReader.read(path, requireSolution: false).samples
    try checkImages(samples)
    if let sample = samples.first(where: { !$0.videos.isEmpty }) {
        throw InferError.badRow(location: sample.location, problem: "expected images only, found a video")
    }
    return samples
}

extension Processor {
    /// The prompt of some of a row's turns, up to the start of the assistant's next turn.
    func prompt(_ sample: Sample, turns: [ChatMessage]) throws -> Prompt {
        let images = try sample.images.indices.map { index in
            let path = sample.imagePath(index)
            let name = path.hasPrefix("data:") ? "image \(index + 1)" : "image \(path)"
            return try image(Array(sample.imageData(index)), name: "\(sample.location): \(name)")
        }
        do {
            return try prompt(turns, visuals: images)
        } catch {
            throw InferError.badRow(location: sample.location, problem: "\(error)")
        }
    }
}
