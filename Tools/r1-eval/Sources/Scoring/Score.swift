// r1-eval score: verdicts on the stored answers of a run.
import ArgumentParser
import BenchmarkRuns
import EvaluationReports
import Foundation
import Outputs
import StrictJSON
import ToolKit

/// `r1-eval score RUN`.
struct Score: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Score the stored answers of a run by all rules.",
        discussion: """
            Needs no model. Refuses a run that is not finished, and data that are not those that were asked. Writes \
            scored.jsonl into the folder, one line for each answer and rule, and prints the scores: each benchmark's \
            headline by every rule, its groups, and how many answers were unread or cut off.

              r1-eval score evals/first
              r1-eval score evals/first --rules official --json
            """)

    @Argument(help: "The folder of a run.", transform: paths.argument) var folder: String

    @OptionGroup var scoring: ScoringArguments

    @Flag(help: "Print the scores as JSON.") var json = false

    func run() throws {
        let scores = try RunScores(folder, scoring.options())
        let report = try EvaluationReport([
            scores.evaluated(as: URL(fileURLWithPath: folder).lastPathComponent)
        ])
        let claim = try OutputClaim("\(folder)/scored.jsonl", existing: .replaced)
        try claim.write(scores.lines())
        if scores.hiddenCount > 0 {
            console.note(
                "\(scores.hiddenCount) answers are to rows whose gold is not published; they are not scored")
        }
        try console.write(json ? report.json : report.markdown)
    }
}
