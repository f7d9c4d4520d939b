// r1-train filter: the Mixed-R1 paper's filter of training rows.
import ArgumentParser
import Foundation
import Outputs
import Rollouts
import Settings
import ToolKit
import TrainingRuns

/// `r1-train filter`.
struct FilterRows: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "filter",
        abstract: "Keep the training rows that the model answers sometimes right and sometimes wrong.",
        discussion: """
            Answers every row of data.train grpo.groupSize times at grpo.temperature. A row whose task \
            rewards are all equal teaches GRPO nothing and is left out (the data engine of the Mixed-R1 \
            paper); the others are copied unchanged.

            Example:
              r1-train filter --config Examples/handwritten/grpo.yaml --epsilon 0.25 \
            --set data.train=Examples/handwritten/train.jsonl --output train-filtered.jsonl
            """)

    @Option(help: ArgumentHelp("Settings to lay over the defaults.", valueName: "file.yaml"))
    var config: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "One setting, for example grpo.groupSize=4. May be repeated.", valueName: "path=value"))
    var assignments: [String] = []

    @Option(
        help: "The largest spread of a row's rewards that counts as all equal, 0 to below 1. (default: 0)",
        transform: Accepted.number(from: 0, below: 1).argument)
    var epsilon: Double?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Keep at most this many rows of a task, the first ones. May be repeated.", valueName: "task=count"
        ))
    var limit: [String] = []

    @Option(
        help: ArgumentHelp("The file of rows to write.", valueName: "file.jsonl"),
        transform: files.argument)
    var output: String

    @OptionGroup var template: KnownTemplate
    @OptionGroup var overwriting: OverwriteOption

    /// The limits by task.
    private func limits() throws -> [String: Int] {
        var limits: [String: Int] = [:]
        for text in limit {
            let parts = text.split(separator: "=")
            guard parts.count == 2, let count = Int(parts[1]), count >= 0 else {
                throw ValidationError("--limit is task=count, found \(text)")
            }
            limits[String(parts[0])] = count
        }
        return limits
    }

    func run() throws {
        let claim = try overwriting.claim(output, inputs: config.map { [$0] } ?? [])
        let limits = try limits()
        let configuration = try RunConfiguration.read(
            file: config, assignments: assignments + template.assignments)
        let signals = watchedInterruption()
        do {
            let counts = try RowFilter(configuration, interruption: signals)
                .run(to: claim, epsilon: epsilon ?? 0, limits: limits, report: report)
            for (task, count) in counts.sorted(by: { $0.key < $1.key }) {
                console.summarize("\(task): kept \(count.kept) of \(count.rows)")
            }
        } catch let stop as Interruption.Stopped {
            report("stopped; nothing written")
            throw ExitCode(128 + stop.signal)
        }
    }
}
