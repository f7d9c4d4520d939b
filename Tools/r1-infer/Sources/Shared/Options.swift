// The model on the command line.
import ArgumentParser
import ModelOptions
import ToolKit
import VisionLanguageModel

/// The model and how it processes images and videos.
struct ModelArguments: ParsableArguments {
    @Argument(
        help: "An HDF5 checkpoint, a directory of safetensors, or a LoRA adapter.", transform: paths.argument)
    var model: String

    @OptionGroup var loading: LoadingOptions

    /// Opens the model; prints warnings about it.
    func load(_ console: Console = console) throws -> LoadedModel {
        try loading.load(model, console: console)
    }
}
