// r1-diff: what differs between two stored models.
import ArgumentParser
import Checkpoint
import Foundation

/// The command line of `r1-diff`.
@main
struct R1Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "r1-diff",
        abstract: "Compare two stored models: structure, values, side files.",
        discussion: """
            A and B are any two of: an HDF5 checkpoint, a directory of safetensors, a safetensors file. Without \
            tolerances equal means the same bits. Tensors are matched by name; training state is not compared.

              r1-diff model.h5 run/step-000100.h5             what did training change?
              r1-diff --atol 1e-6 a.h5 b-directory            equal within rounding?
              r1-diff --json a.h5 b.h5 > difference.json

            Exit code 0: same. 1: different. 2: trouble (one line on stderr). 64: a wrong command line.
            """)

    @Argument(help: "The first model.")
    var a: String

    @Argument(help: "The second model.")
    var b: String

    @Option(help: "Absolute distance that still counts as equal.")
    var atol = 0.0

    @Option(help: "Distance relative to |b| that still counts as equal.")
    var rtol = 0.0

    @Option(help: "How many tensors to list, largest difference first.")
    var top = 20

    @Flag(help: "Print everything as JSON.")
    var json = false

    /// Checks that the numbers make sense together.
    func validate() throws {
        guard atol >= 0, rtol >= 0, atol.isFinite, rtol.isFinite else {
            throw ValidationError("--atol and --rtol are numbers from 0 up")
        }
        guard top >= 0 else { throw ValidationError("--top is a number from 0 up") }
    }

    /// Compares and prints; exit code 1 says that the models differ.
    func run() throws {
        let comparison = try CheckpointComparison.compare(
            openCheckpoint(a), openCheckpoint(b), tolerances: Tolerances(absolute: atol, relative: rtol))
        FileHandle.standardOutput.write(
            json ? Data(try comparison.json()) : Data(comparison.text(top: top).utf8))
        if !comparison.isSame { throw ExitCode(1) }
    }

    /// Runs the command; what goes wrong becomes one line on stderr and exit code 2.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error where exitCode(for: error) == .failure && !(error is ExitCode) {
            let line = "r1-diff: error: \(error)".replacingOccurrences(of: "\n", with: " ")
            FileHandle.standardError.write(Data("\(line)\n".utf8))
            exit(withError: ExitCode(2))
        } catch {
            exit(withError: error)
        }
    }
}
