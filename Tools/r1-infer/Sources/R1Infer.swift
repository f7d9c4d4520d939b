// r1-infer: parse, run, print. The model and the engine are in Packages/VisionLanguageModel.
import ArgumentParser
import Foundation

/// The command line of `r1-infer`.
@main
struct R1Infer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "r1-infer",
        abstract:
            "Run a vision-language model: chat with it, answer files of questions, score given answers.",
        discussion: """
            MODEL is an HDF5 checkpoint or a directory of safetensors; all side files come from it.

              r1-infer chat model.h5 --image cat.jpg      a conversation
              r1-infer generate model.h5 --input questions.jsonl --output answers.jsonl
              r1-infer score model.h5 --input answered.jsonl
              r1-infer tokenize model.h5 "some text"
              r1-infer inspect model.h5                   sizes, memory, template

            Exit code 0 is success, 1 trouble (one line on stderr), 64 a wrong command line, 130 Ctrl-C.
            """,
        subcommands: [Chat.self, Generate.self, Score.self, Tokenize.self, Inspect.self])

    /// Runs the command; what goes wrong becomes one line on stderr and exit code 1.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error where !(error is ExitCode) && exitCode(for: error) == .failure {
            Console.note("error: \(error)")
            exit(withError: ExitCode.failure)
        } catch {
            exit(withError: error)
        }
    }
}
