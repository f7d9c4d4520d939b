// The rows of a file. docs/data.md describes the record.
import TrainingData

/// Reads the rows of a file, or of standard input for `-`, and checks that all their images and videos exist.
///
/// Paths of images in standard input are relative to the working directory.
func readRows(_ path: String) throws -> [Sample] {
    let samples = try SampleReader.read(path, requireSolution: false).samples
    try checkImages(samples)
    return samples
}
