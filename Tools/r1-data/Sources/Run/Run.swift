// r1-data run: a whole recipe, from sources to rows and card.
import ArgumentParser
import DataEngine
import Foundation
import Rewards
import Rollouts
import ToolKit

/// `r1-data run RECIPE.yaml`.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Make a set of rows by a recipe: import, check, dedupe, rate, filter, mix, export, card.",
        discussion: """
            Every stage keeps its files in the work folder. A stage runs again only when its inputs, its settings or \
            its files have changed. A run that was stopped or killed continues when the command is given again, and \
            ends with the same bytes.

              r1-data run Examples/mixed-small.yaml --work runs/mixed-small

            SIGINT, SIGTERM and SIGHUP stop a rating at once and other stages at their end; what is done stays. The \
            exit code is then 128 plus the signal.
            """)

    @Argument(help: "The recipe.", transform: files.argument) var recipe: String

    @Option(help: ArgumentHelp("The work folder, instead of the recipe's.", valueName: "folder"))
    var work: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "One setting, for example mix.total=100. May be repeated.", valueName: "path=value"))
    var assignments: [String] = []

    func run() throws {
        var settings = try Recipe(file: recipe, assignments: assignments)
        settings.work = work ?? settings.work
        let interruption = try watchedInterruption()
        var tools = RecipeTools(
            importer: { try importSource($0, to: $1) }, importerVersion: "layouts 1",
            rater: ModelRater(interruption: interruption), router: try RewardRouter(embedding: nil),
            report: report)
        tools.check = { try interruption.check() }
        do {
            let made = try RecipeRun(settings, text: try textFile(recipe), tools: tools).run()
            console.summarize("\(made.rows)\nSHA-256 \(made.hash)")
        } catch let stop as Interruption.Stopped {
            report("stopped; the same command continues the recipe")
            throw ExitCode(128 + stop.signal)
        }
    }
}
