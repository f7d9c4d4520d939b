// r1-diff: compares two stored models.
import ArgumentParser
import Checkpoint
import CheckpointDiff
import Foundation
import Outputs
import Settings
import ToolKit

/// The command line of `r1-diff`.
@main
struct R1Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "r1-diff",
        abstract: "Compare two stored models: structure, side files, values.",
        discussion: """
            Each of A and B is an HDF5 checkpoint of either layout, a directory of safetensors, one safetensors \
            file, or a delta with its base as BASE+DELTA. Without tolerances, elements are equal when their bits are. \
            Tensors are matched by name, then by content. Training state is not compared.

              r1-diff model.h5 run/step-000100.h5             what did training change?
              r1-diff --atol 1e-6 a.h5 b-directory            equal within rounding?
              r1-diff --only 'model.layers.*' --top 5 a b     only these tensors
              r1-diff --map 'net.*=model.*' ours.h5 theirs    same tensors, other names
              r1-diff --html report.html a.h5 b.h5            a page with a map of changes
              r1-diff --json a.h5 b.h5 > difference.json

            A pattern matches whole names: * matches any run of characters and ? one. A plain name also matches \
            everything below it.

            Exit code 0: same. 1: different. 2: error (one line on stderr). 64: wrong command line. Files of equal \
            models may differ in their bytes: in layout, order, names of tensors, compression or training state.
            """,
        version: "r1-diff \(toolVersion)")

    @Argument(help: "The first model.", transform: paths.argument)
    var a: String

    @Argument(help: "The second model.", transform: paths.argument)
    var b: String

    @OptionGroup(title: "What counts as equal")
    var equality: Equality

    @OptionGroup(title: "What is compared")
    var selection: Selection

    @Option(
        help: "How many tensors, layers and names to list, largest difference first. (default: 20)",
        transform: Accepted.whole(0...1_000_000_000).argument)
    var top: Int?

    @Flag(help: "Print the whole comparison as JSON.")
    var json = false

    @Option(
        help: ArgumentHelp("Write a report as one HTML page.", valueName: "file"), transform: paths.argument)
    var html: String?

    @Option(
        help: ArgumentHelp("Write the map of layers and modules as an SVG image.", valueName: "file"),
        transform: paths.argument)
    var svg: String?

    @OptionGroup var output: OverwriteOption

    /// Compares and prints; exit code 1 means that the models differ.
    func run() throws {
        let models = (try openCheckpoint(a), try openCheckpoint(b))
        let inputs = models.0.sourceFiles + models.1.sourceFiles
        let page = try html.map { try output.claim($0, inputs: inputs) }
        let map = try svg.map { try output.claim($0, inputs: inputs) }
        if let page, let map, page.isSame(as: map) {
            throw ValidationError("--html and --svg name the same file")
        }
        let options = try selection.options(equality.tolerances)
        let line = ProgressLine()
        let comparison: CheckpointComparison
        do {
            defer { line.clear() }
            comparison = try CheckpointComparison.compare(models.0, models.1, options) {
                line.show(done: $0.doneByteCount, of: $0.totalByteCount)
            }
        }
        try page?.write(Data(comparison.html().utf8))
        try map?.write(Data(comparison.svg().utf8))
        let report =
            json ? String(decoding: try comparison.json(), as: UTF8.self) : comparison.text(top: top ?? 20)
        try console.write(report)
        if !comparison.isSame { throw ExitCode(1) }
    }

    static func main() {
        runTool(R1Diff.self, console: console, failure: ExitCode(2))
    }
}

/// Where r1-diff prints results, messages and errors.
private let console = Console(program: "r1-diff")

/// Paths on the command line.
private let paths = Accepted<String>.nonEmpty("a path")
