// Rows of the record as prompts: images and videos are decoded. docs/data.md describes the record.
import Foundation
import ImageInput
import Tokenizer
import TrainingData
import VisionLanguageModel

/// Reads the rows of a file, or of standard input for `-`, and checks that all their images and videos exist.
///
/// Paths of images in standard input are relative to the working directory.
func readRows(_ path: String) throws -> [Sample] {
    let samples =
        path == "-"
        ? try SampleReader.read(
            FileHandle.standardInput.readToEnd() ?? Data(), of: "standard input", requireSolution: false
        ).samples
        : try SampleReader.read(path, requireSolution: false).samples
    try checkImages(samples)
    return samples
}

extension Processor {
    /// The prompt of some of a row's turns, up to the start of the assistant's next turn.
    func prompt(_ sample: Sample, turns: [ChatMessage]) throws -> Prompt {
        let visuals = try visuals(turns) { index in
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
        do {
            return try prompt(turns, visuals: visuals)
        } catch {
            throw InferError.badRow(location: sample.location, problem: "\(error)")
        }
    }
}
