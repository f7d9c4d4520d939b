// The option under which a command may write over a file that is there.
import ArgumentParser
import Checkpoint
import Foundation

/// Whether a result may take the place of an existing file.
struct Replacing: ParsableArguments {
    @Flag(help: "Replace an existing output; it stays until the new one is complete.")
    var overwrite = false

    /// Throws when something stands there that may not be replaced.
    func check(_ path: String) throws {
        guard !overwrite, FileManager.default.fileExists(atPath: path) else { return }
        throw CheckpointError.cannotWrite(file: path, reason: "it already exists; --overwrite replaces it")
    }
}
