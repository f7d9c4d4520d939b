// r1-data rate: what a model's answers to rows earn, the measure of how much a row can teach.
import ArgumentParser
import Collectives
import Foundation
import ModelOptions
import Outputs
import Rollouts
import TensorMath
import ToolKit
import TrainingRuns

/// `r1-data rate INPUT --model M --output ratings.jsonl`.
struct Rate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rate",
        abstract: "Let a model answer every row several times, and keep rewards and answers.",
        discussion: """
            Answers every row grpo.groupSize times (8) at grpo.temperature (1), as training would, and writes one line \
            a row: id, a hash of the row, the rewards and texts of all answers, mean and spread of the task's reward. \
            r1-data filter selects by these lines.

            A rating that was stopped or killed continues where it was when the command is given again; it refuses \
            to continue with another model, other rows or other settings.

              r1-data rate Examples/handwritten/train.jsonl --config Examples/handwritten/grpo.yaml \
            --output ratings.jsonl
              mpirun -n 4 r1-data rate rows.jsonl --config my.yaml --output ratings.jsonl   (4 processes share the rows)

            SIGINT, SIGTERM and SIGHUP keep what is rated and exit with 128 plus the signal.
            """)

    @Argument(help: "The rows, one JSON object per line.", transform: files.argument) var input: String

    @Option(
        help: ArgumentHelp("The checkpoint that answers; otherwise that of --config.", valueName: "model"))
    var model: String?

    @Option(
        help: ArgumentHelp("The file of ratings to write or continue.", valueName: "file.jsonl"),
        transform: files.argument)
    var output: String

    @OptionGroup var given: SettingsOptions

    @OptionGroup var template: KnownTemplateOption

    @Flag(help: "Start again instead of continuing a file of ratings.")
    var overwrite = false

    @OptionGroup(title: "Processes") var processes: WorldOptions

    func run() throws {
        let interruption = try watchedInterruption()
        try processes.join(console) { try rate(in: $0, interruption) }
    }

    private func rate(in world: any World, _ interruption: Interruption) throws {
        let console = console.once(in: world)
        func report(_ line: String) { console.aside(line + "\n") }
        let settings = try RunConfiguration.read(
            file: given.file, assignments: given.assignments + template.assignments)
        let rating = try RowRating(input, model: model, configuration: settings, interruption: interruption)
        if let warning = blasWarning() { console.warn("\(warning)") }
        do {
            try rating.run(
                to: {
                    try OutputClaim(
                        output, existing: .replaced, inputs: [input] + (given.file.map { [$0] } ?? []))
                }, startsAgain: overwrite, in: world, report: report)
        } catch let stop as Interruption.Stopped {
            report("stopped; what is rated stays, and the same command continues it")
            throw ExitCode(128 + stop.signal)
        }
        console.summarize("rated: \(output)")
    }
}
