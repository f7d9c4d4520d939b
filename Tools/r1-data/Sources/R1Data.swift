// r1-data: the data engine's command line. The work is in the packages; this tool parses, calls and prints.
import ArgumentParser
import ToolKit

/// The command.
@main
struct R1Data: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "r1-data",
        abstract: "Prepare and examine the rows of training and evaluation data.",
        discussion: """
            Exit code 0 is success, 1 an error (one line on stderr), 64 a wrong command line.
            """,
        subcommands: [
            Run.self, Import.self, Check.self, Dedupe.self, Rate.self, Filter.self, Mix.self, Export.self,
            Card.self, View.self, Score.self,
        ])

    static func main() { runTool(R1Data.self, console: console) }
}
