// r1-convert: converts checkpoints between formats, layouts and types, makes deltas, inspects and verifies files.
import ArgumentParser
import ToolKit

/// The command line of `r1-convert`.
@main
struct R1Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "r1-convert",
        abstract: "Turn public weights into one HDF5 checkpoint, and back.",
        usage: """
            r1-convert [<options>] <source> <destination>
            r1-convert delta <base> <new> -o <delta>
            r1-convert apply <base> <delta> ... -o <destination>
            r1-convert verify <file>
            r1-convert inspect [--json] <file>
            """,
        discussion: """
            SOURCE sets the direction. A directory of safetensors becomes one HDF5 file with all tensors, the \
            side files byte for byte and a SHA-256 of each. An HDF5 file becomes the directory it came from, with \
            the same shards, or, when DEST ends in .h5, an HDF5 file in another layout. Weights of PyTorch \
            (pytorch_model.bin, .pt, .pth) are read without executing anything in them, and safetensors in FP8 become \
            bfloat16.

              r1-convert Qwen2.5-VL-3B-Instruct model.h5      public weights to HDF5
              r1-convert run/step-000100.h5 exported          export a trained model
              r1-convert --layout compressed model.h5 small.h5   the same model in a smaller file
              r1-convert --style nested model.h5 exported     with the names that newer programs use
              r1-convert --dtype f32 model.h5 wide.h5         in another element type
              r1-convert --adapter lora model.h5 merged.h5    with a LoRA adapter of PEFT merged in
              r1-convert delta model.h5 step.h5 -o step.delta   only the differences
              r1-convert apply model.h5 step.delta -o step.h5   the whole model again
              r1-convert verify model.h5                      recompute every hash
              r1-convert inspect model.h5                     tree, sizes, types, memory

            BASE+DELTA can be used wherever a model is read: r1-convert inspect model.h5+step.delta. An existing \
            destination is refused unless --overwrite is given, and kept until the new one is complete: the result \
            appears whole or not at all. After a kill, the same command resumes. Exit code 0 is success, 1 an error \
            (one line on stderr), 64 a wrong command line.
            """,
        version: "r1-convert \(toolVersion)",
        subcommands: [Convert.self, MakeDelta.self, ApplyDelta.self, Verify.self, Inspect.self],
        defaultSubcommand: Convert.self)

    static func main() { runTool(R1Convert.self, console: console) }
}
