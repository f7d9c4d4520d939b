// r1-convert SOURCE DEST: one whole model into another form.
import ArgumentParser
import Checkpoint

/// `r1-convert SOURCE DEST`.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert SOURCE to DEST (what r1-convert does without a subcommand).")

    @Argument(help: "A directory with safetensors and config.json, an HDF5 checkpoint, or BASE+DELTA.")
    var source: String

    @Argument(help: "The file NAME.h5 to write, or a directory to write.")
    var destination: String

    @OptionGroup var form: Form
    @OptionGroup var writing: Writing

    /// Chooses the direction and converts.
    func run() throws {
        let reader = try openCheckpoint(source)
        if let directory = reader as? SafetensorsDirectory {
            guard destination.hasSuffix(".h5") || form.changesModel else {
                throw ValidationError(
                    "\(source) holds safetensors, so DEST ends in .h5; found \(destination)")
            }
            if !directory.leftOut.isEmpty {
                note("left out, no part of the checkpoint: \(directory.leftOut.joined(separator: ", "))")
            }
        }
        try form.write(reader, to: destination, writing)
    }
}
