// Small text files that a command reads whole.
import Basics
import TrainingRuns

/// The text of a file; throws `RunError.badFile`.
func textFile(_ path: String) throws -> String {
    do {
        guard let text = String(validating: try readRegularFile(path, atMost: 1 << 24), as: UTF8.self) else {
            throw RunError.badFile(file: path, problem: "not UTF-8 text")
        }
        return text
    } catch let error as FileError { throw RunError.badFile(file: path, problem: error.reason) }
}
