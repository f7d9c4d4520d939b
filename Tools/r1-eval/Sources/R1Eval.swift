// r1-eval: the command line. Rules, readers, runs and reports are packages.
import ArgumentParser
import ToolKit

/// The command line of `r1-eval`.
@main
struct R1Eval: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "r1-eval",
        abstract: "Evaluate a vision-language model on benchmarks, without a judge model.",
        discussion: """
            run asks once and stores the answers; score, report and compare read them and need no model.

              r1-eval run model.h5 MMStar.tsv --run evals/first
              r1-eval score evals/first
              r1-eval report evals/first --html report.html
              r1-eval compare evals/first evals/second --html compare.html
              r1-eval judge --rule mathvision.official --input answers.jsonl
              r1-eval selfcheck

            Exit code 0 is success, 1 an error (one line on stderr), 64 a wrong command line, 130 Ctrl-C.
            """,
        version: "r1-eval \(toolVersion)",
        subcommands: [
            Run.self, Score.self, Report.self, Compare.self, Judge.self, Rules.self, Selfcheck.self,
        ])

    static func main() { runTool(R1Eval.self, console: console) }
}
