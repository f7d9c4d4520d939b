// r1-eval selfcheck: what a user runs after installing.
import ArgumentParser
import BenchmarkRuns
import Foundation
import ModelOptions
import ToolKit

/// `r1-eval selfcheck`.
struct Selfcheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selfcheck",
        abstract: "Check the installation: small sets in every layout, asked, answered and judged.",
        discussion: """
            Reads the same rows of each benchmark from all its layouts, lets the shipped model answer them, and judges \
            stored answers by all rules: prompts, pictures, golds, answers and verdicts must agree. Takes seconds. Exit \
            code 1 if something differs.

              r1-eval selfcheck
              r1-eval selfcheck --model model.h5 --data Examples/benchmarks
            """)

    @Option(
        help: "The model. (default: Checkpoints/small-qwen25vl.h5)", transform: paths.argument)
    var model: String?

    @Option(help: "The folder of the rows. (default: Examples/benchmarks)", transform: paths.argument)
    var data: String?

    func run() throws {
        let check = try BenchmarkRuns.Selfcheck(folder: data ?? "Examples/benchmarks")
        let loading = try LoadingOptions.parse([])
        let loaded = try loading.load(model ?? "Checkpoints/small-qwen25vl.h5", console: console)
        let answering = try CheckpointModel(
            loaded, limits: EngineArguments.parse([]).options, settings: loading.manifest,
            interruption: watchedInterruption())
        var settings = AnswerSettings()
        settings.maxNewTokens = 24
        let results = try check.run(answering, settings)
        let lines = results.map { result in
            result.problem.map { "FAIL  \(result.name): \($0)" } ?? "ok    \(result.name)"
        }
        try console.write(lines.joined(separator: "\n") + "\n")
        let failures = results.count { $0.problem != nil }
        guard failures == 0 else {
            console.note("\(failures) of \(results.count) checks failed")
            throw ExitCode.failure
        }
        console.note("all is well")
    }
}
