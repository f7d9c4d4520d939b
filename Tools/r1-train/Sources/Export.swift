// r1-train export: weights without training state, in a chosen element type.
import ArgumentParser
import Basics
import Checkpoint
import Outputs
import TensorMath
import ToolKit
import VisionLanguageModel

/// `r1-train export`.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Copy a checkpoint's weights and side files, without training state.",
        discussion: """
            Weights are rounded to nearest even; float32 keeps them exactly. A checkpoint of LoRA becomes a folder that \
            PEFT reads, and that r1-convert --adapter merges into its base.

            Examples:
              r1-train export runs/first/checkpoints/step-000200.h5 first.h5 --dtype bfloat16
              r1-train export runs/lora/checkpoints/step-000200.h5 adapter
            """)

    /// Element types of stored weights.
    enum Element: String, CaseIterable, ExpressibleByArgument {
        case float32, bfloat16, float16

        var dtype: DType {
            switch self {
            case .float32: .float32
            case .bfloat16: .bfloat16
            case .float16: .float16
            }
        }
    }

    @Argument(help: "The checkpoint to read.", transform: files.argument) var checkpoint: String
    @Argument(help: "The checkpoint to write.", transform: files.argument) var output: String
    @Option(help: "Type of the stored weights. (default: float32)") var dtype: Element?
    @OptionGroup var overwriting: OverwriteOption

    func run() throws {
        let source = try openCheckpoint(checkpoint)
        if source.sideFileNames.contains("adapter_config.json") {
            guard dtype ?? .float32 == .float32 else {
                throw ValidationError("--dtype: the changes of LoRA are exported in float32")
            }
            let claim = try overwriting.claim(output, as: .directory, inputs: source.sourceFiles)
            return try writeSafetensors(
                source, to: claim.path, file: SafetensorsDirectory.adapterName,
                replacing: overwriting.overwrite)
        }
        let claim = try overwriting.claim(output, inputs: source.sourceFiles)
        try source.requireSound()
        try LoadedModel(source).save(to: claim.path, dtype: (dtype ?? .float32).dtype)
    }
}
