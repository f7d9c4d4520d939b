// r1-convert SOURCE DEST: converts a whole model.
import ArgumentParser
import Checkpoint
import ModelFamilies
import ToolKit

/// `r1-convert SOURCE DEST`.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert SOURCE to DEST (the default subcommand).")

    @Argument(
        help: """
            A directory with config.json and safetensors (also in FP8, which become bfloat16) or weights of PyTorch \
            (pytorch_model.bin, .pt, .pth), an HDF5 checkpoint, or BASE+DELTA.
            """,
        transform: paths.argument)
    var source: String

    @Argument(help: "The file NAME.h5 to write, or a directory to write.", transform: paths.argument)
    var destination: String

    @Option(
        help: ArgumentHelp(
            """
            Merge this LoRA adapter into SOURCE: a folder of PEFT with adapter_config.json, or a checkpoint of a run of \
            LoRA.
            """, valueName: "adapter"), transform: paths.argument)
    var adapter: String?

    @OptionGroup var form: Form
    @OptionGroup var writing: Writing

    /// Chooses the direction and converts.
    func run() throws {
        let reader = try openCheckpoint(source, orForeign: true)
        if let directory = reader as? SafetensorsDirectory {
            guard destination.hasSuffix(".h5") || form.changesModel || adapter != nil else {
                throw ValidationError(
                    "\(source) has safetensors, so DEST must end in .h5; found \(destination)")
            }
            if !directory.leftOut.isEmpty {
                let names = directory.leftOut.joined(separator: ", ")
                console.note("left out, not part of the checkpoint: \(names)")
            }
        }
        guard let adapter else { return try form.write(reader, to: destination, writing) }
        if !reader.trainingTensors.isEmpty || reader.trainerState != nil {
            console.note("left out: the training state, which is that of the model without the adapter")
        }
        try form.write(merging(reader, adapter: adapter), to: destination, inputs: [adapter], writing)
    }
}
