// r1-eval report: the table of runs, as text for papers and as a page.
import ArgumentParser
import BenchmarkRuns
import EvaluationReports
import Foundation
import Outputs
import ToolKit

/// How a table is printed.
enum ReportForm: String, ExpressibleByArgument, CaseIterable {
    case markdown, json, latex
}

/// `r1-eval report RUN...`.
struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Print the table of runs: one line a run, one column a benchmark.",
        discussion: """
            The page of --html is one file that needs no network: the table, plots by category, letters, unread and \
            cut-off answers, examples with their pictures.

              r1-eval report evals/before evals/after
              r1-eval report evals/before evals/after --form latex > table.tex
              r1-eval report evals/after --html after.html
            """)

    @Argument(help: "The folders of runs.", transform: paths.argument) var folders: [String] = []

    @OptionGroup var scoring: ScoringArguments

    @Option(help: ArgumentHelp("The rules of the main table. (default: r1)", valueName: "id")) var by: String?

    @Option(help: "How the table is printed.")
    var form = ReportForm.markdown

    @Option(help: ArgumentHelp("Also write a page.", valueName: "file"), transform: paths.argument) var html:
        String?

    @OptionGroup var overwriting: OverwriteOption

    func run() throws {
        let claim = try html.map { try overwriting.claim($0, inputs: folders) }
        let report = try EvaluationReport(scoring.evaluated(folders), rule: by)
        if let claim { try claim.write(Data(try report.html().utf8)) }
        let text =
            switch form {
            case .markdown: report.markdown
            case .json: report.json
            case .latex: report.latex
            }
        try console.write(text)
    }
}
