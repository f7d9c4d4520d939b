// The option that allows a command to replace an existing file.
import ArgumentParser
import Checkpoint
import Foundation

/// Whether a result may replace an existing file.
struct Replacing: ParsableArguments {
    @Flag(help: "Replace an existing output; it remains until the new one is complete.")
    var overwrite = false

    /// Throws when the file exists and must not be replaced.
    func check(_ path: String) throws {
        guard !overwrite, FileManager.default.fileExists(atPath: path) else { return }
        throw CheckpointError.cannotWrite(file: path, reason: "it already exists; --overwrite replaces it")
    }
}
