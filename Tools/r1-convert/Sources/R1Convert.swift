// r1-convert: public weights to one HDF5 file and back, in another form, as deltas; what a file holds and whether it
// is sound.
import ArgumentParser
import Foundation

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
            The direction follows from what SOURCE is. A directory of safetensors becomes one HDF5 file with \
            all tensors, the side files byte for byte and a SHA-256 for each; an HDF5 file becomes the directory \
            it came from, with the same shards, or, when DEST ends in .h5, an HDF5 file in another layout.

              r1-convert Qwen2.5-VL-3B-Instruct model.h5      public weights to HDF5
              r1-convert run/step-000100.h5 exported          a trained model back
              r1-convert --layout compressed model.h5 small.h5   the same model in a smaller file
              r1-convert --style nested model.h5 exported     under the names of newer programs
              r1-convert --dtype f32 model.h5 wide.h5         in another element type
              r1-convert delta model.h5 step.h5 -o step.delta   only what differs
              r1-convert apply model.h5 step.delta -o step.h5   and whole again
              r1-convert verify model.h5                      recompute every hash
              r1-convert inspect model.h5                     tree, sizes, types, memory

            BASE+DELTA is a model wherever one is read: r1-convert inspect model.h5+step.delta. An existing \
            destination is refused unless --overwrite is given, and stays until the new one is \
            complete: the result appears under its name whole or not at all. The same command after a kill goes on \
            where it was. Exit code 0 is success, 1 trouble (one line on stderr), 64 a wrong command line.
            """,
        subcommands: [Convert.self, MakeDelta.self, ApplyDelta.self, Verify.self, Inspect.self],
        defaultSubcommand: Convert.self)

    /// Runs the command; what goes wrong becomes one line on stderr and exit code 1.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error where exitCode(for: error) == .failure && !(error is ExitCode) {
            let line = "error: \(error)".replacingOccurrences(of: "\n", with: " ")
            note(line)
            exit(withError: ExitCode(1))
        } catch {
            exit(withError: error)
        }
    }
}

/// One line on stderr that says who speaks.
func note(_ text: String) {
    FileHandle.standardError.write(Data("r1-convert: \(text)\n".utf8))
}
