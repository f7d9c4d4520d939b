// r1-infer: the command line. The model and the engine are in Packages/VisionLanguageModel.
import ArgumentParser
import ToolKit

/// The command line of `r1-infer`.
@main
struct R1Infer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "r1-infer",
        abstract:
            "Run a vision-language model: chat, serve it, answer a file of questions, or score given answers.",
        discussion: """
            MODEL is an HDF5 checkpoint, BASE+DELTA, or a directory of safetensors, with its side files.

              r1-infer chat model.h5 --image cat.jpg      a conversation
              r1-infer generate model.h5 --input questions.jsonl --output answers.jsonl
              r1-infer score model.h5 --input answered.jsonl
              r1-infer serve model.h5                     OpenAI's protocol and a web page
              r1-infer tokenize model.h5 "some text"
              r1-infer inspect model.h5                   sizes, memory, template

            Exit code 0 is success, 1 an error (one line on stderr), 64 a wrong command line, 130 Ctrl-C.
            """,
        version: "r1-infer \(toolVersion)",
        subcommands: [Chat.self, Generate.self, Score.self, Serve.self, Tokenize.self, Inspect.self])

    static func main() { runTool(R1Infer.self, console: console) }
}
