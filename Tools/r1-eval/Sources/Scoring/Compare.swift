// r1-eval compare: paired differences between runs.
import ArgumentParser
import EvaluationReports
import Foundation
import Outputs
import ToolKit

/// `r1-eval compare RUN RUN...`.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare runs on the questions that they share.",
        discussion: """
            The other runs are compared with the first: difference, interval of a paired bootstrap over questions, \
            McNemar's exact test, p corrected for the number of benchmarks (Holm), the smallest difference that would \
            be found. The page of --html has a gallery: fixed, broken, both wrong.

              r1-eval compare evals/before evals/after
              r1-eval compare evals/before evals/after --html compare.html
            """)

    @Argument(help: "The folders of two runs or more.", transform: paths.argument) var folders: [String] = []

    @OptionGroup var scoring: ScoringArguments

    @Option(help: ArgumentHelp("The rules of the tables and the gallery. (default: r1)", valueName: "id"))
    var by: String?

    @Flag(help: "Print the comparison as JSON.") var json = false

    @Option(help: ArgumentHelp("Also write a page.", valueName: "file"), transform: paths.argument) var html:
        String?

    @OptionGroup var overwriting: OverwriteOption

    func validate() throws {
        guard folders.count > 1 else { throw ValidationError("expected two runs or more") }
    }

    func run() throws {
        let claim = try html.map { try overwriting.claim($0, inputs: folders) }
        let comparison = try EvaluationComparison(scoring.evaluated(folders), rule: by)
        if let claim { try claim.write(Data(try comparison.html().utf8)) }
        try console.write(json ? comparison.json : comparison.markdown)
    }
}
