// r1-convert delta and apply: stores a model as its difference from another one, and restores it.
import ArgumentParser
import Basics
import Checkpoint
import ModelFamilies
import Outputs
import ToolKit

/// `r1-convert delta BASE NEW -o DELTA`.
struct MakeDelta: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delta",
        abstract: "Store NEW as its difference from BASE.",
        discussion: """
            Equal data takes no space. The delta names BASE by its identity and can only be used with it, so keep \
            BASE. BASE may itself be a model with deltas, which makes a chain.

              r1-convert delta model.h5 step-100.h5 -o 100.delta
              r1-convert delta model.h5+100.delta step-200.h5 -o 200.delta
            """)

    @Argument(
        help: "The model that the delta will depend on: HDF5, a directory, or BASE+DELTA.",
        transform: paths.argument)
    var base: String

    @Argument(help: "The model to store.", transform: paths.argument)
    var new: String

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "delta"),
        transform: paths.argument)
    var output: String

    @OptionGroup var writing: Writing

    /// Writes the delta and prints what it saves.
    func run() throws {
        let (old, reader) = (try openCheckpoint(base), try openCheckpoint(new))
        let claim = try writing.output.claim(output, inputs: old.sourceFiles + reader.sourceFiles)
        defer { withExtendedLifetime(claim) {} }
        if !reader.trainingTensors.isEmpty || reader.trainerState != nil {
            console.note("left out: the training state, which deltas cannot hold")
        }
        try reader.requireKnownModel()
        try writing.showingProgress { try writeDelta(from: old, to: reader, at: output, progress: $0) }
        console.summarize(
            "\(output): \(reader.tensors.count) tensors against \(base), "
                + "\(byteText(try size(of: output))) for \(byteText(reader.tensorByteCount))")
    }
}

/// `r1-convert apply BASE DELTA... -o DEST`.
struct ApplyDelta: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Restore a whole model from BASE and deltas.",
        discussion: """
            Each delta is applied to the result of those before it. A delta that was made from another base is \
            refused. The result is checked against the hashes that the delta records: every tensor and side file has \
            the same bytes as in NEW. The file itself may differ from NEW's: it has the layout that --layout asks for \
            (mapped without it) and no training state.

              r1-convert apply model.h5 100.delta 200.delta -o step-200.h5
            """)

    @Argument(help: "The model that the first delta was made from.", transform: paths.argument)
    var base: String

    @Argument(help: "The deltas, oldest first.", transform: paths.argument)
    var deltas: [String]

    @Option(
        name: .shortAndLong, help: ArgumentHelp("NAME.h5, or a directory.", valueName: "destination"),
        transform: paths.argument)
    var output: String

    @OptionGroup var form: Form
    @OptionGroup var writing: Writing

    /// Restores the model and writes it.
    func run() throws {
        let model = try deltas.reduce(try openCheckpoint(base)) { try DeltaCheckpoint($1, base: $0) }
        try form.write(model, to: output, writing)
    }
}
