// r1-convert SOURCE DEST: converts a whole model.
import ArgumentParser
import Checkpoint
import ToolKit

/// `r1-convert SOURCE DEST`.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert SOURCE to DEST (the default subcommand).")

    @Argument(
        help: "A directory with safetensors and config.json, an HDF5 checkpoint, or BASE+DELTA.",
        transform: paths.argument)
    var source: String

    @Argument(help: "The file NAME.h5 to write, or a directory to write.", transform: paths.argument)
    var destination: String

    @OptionGroup var form: Form
    @OptionGroup var writing: Writing

    /// Chooses the direction and converts.
    func run() throws {
        let reader = try openCheckpoint(source)
        if let directory = reader as? SafetensorsDirectory {
            guard destination.hasSuffix(".h5") || form.changesModel else {
                throw ValidationError(
                    "\(source) has safetensors, so DEST must end in .h5; found \(destination)")
            }
            if !directory.leftOut.isEmpty {
                let names = directory.leftOut.joined(separator: ", ")
                console.note("left out, not part of the checkpoint: \(names)")
            }
        }
        try form.write(reader, to: destination, writing)
    }
}
