// r1-data filter: the rows that can teach, by their ratings.
import ArgumentParser
import DataEngine
import Foundation
import Settings
import ToolKit

/// `r1-data filter INPUT --ratings R --output F`.
struct Filter: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "filter",
        abstract: "Keep the rows that a model answers sometimes right and sometimes wrong.",
        discussion: """
            Reads the ratings of r1-data rate. A row whose rewards are all equal teaches GRPO nothing and is left out \
            (the data engine of the Mixed-R1 paper); the others are copied in order. No model is read, so another \
            threshold costs nothing.

              r1-data filter Examples/handwritten/train.jsonl --ratings ratings.jsonl --output kept.jsonl
              r1-data filter Examples/handwritten/train.jsonl --ratings ratings.jsonl --output kept.jsonl \
            --epsilon 0.25 --limit chart=150
            """)

    @Argument(help: "The rated rows.", transform: files.argument) var input: String

    @Option(
        help: ArgumentHelp("The ratings of these rows.", valueName: "file.jsonl"), transform: files.argument)
    var ratings: String

    @Option(
        help: ArgumentHelp("The file of rows to write.", valueName: "file.jsonl"), transform: files.argument)
    var output: String

    @Option(
        help: "The largest spread of a row's rewards that counts as all equal, 0 to below 2. (default: 0)",
        transform: Accepted.number(from: 0, below: 2).argument)
    var epsilon: Double?

    @Option(
        help: "The least mean reward of a kept row, -1 to 2: leaves out what is too hard. (default: none)",
        transform: Accepted.number(from: -1, to: 2).argument)
    var meanFrom: Double?

    @Option(
        help: "The largest mean reward of a kept row, -1 to 2: leaves out what is too easy. (default: none)",
        transform: Accepted.number(from: -1, to: 2).argument)
    var meanTo: Double?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Keep at most this many rows of a task, the first ones. May be repeated.", valueName: "task=count"
        ))
    var limit: [String] = []

    @Option(
        help:
            "The rewards to compare: accuracy (the task's) or total (with the format's share). (default: accuracy)",
        transform: Accepted<RatedReward>.choice().argument)
    var reward: RatedReward?

    @Option(
        help: "What happens to a row without a rating: stop (an error), keep or drop. (default: stop)",
        transform: Accepted<RowSelection.Missing>.choice().argument)
    var missing: RowSelection.Missing?

    @OptionGroup var overwriting: OverwriteOption

    /// Checks the band.
    func validate() throws {
        if let meanFrom, let meanTo, meanFrom > meanTo {
            throw ValidationError("--mean-from \(meanFrom) is above --mean-to \(meanTo); no row can be kept")
        }
    }

    func run() throws {
        var selection = RowSelection()
        selection.limits = try values(limit, "limit", "task=count", wholeNumber)
        selection.epsilon = epsilon ?? 0
        (selection.meanFrom, selection.meanTo) = (meanFrom, meanTo)
        (selection.reward, selection.missing) = (reward ?? .accuracy, missing ?? .stop)
        let claim = try overwriting.claim(output, inputs: [input, ratings])
        let counts = try selection.run(RowFile(input), ratings: RatingTable(ratings), to: claim)
        for (task, count) in counts.sorted(by: { $0.key < $1.key }) {
            console.summarize("\(task): \(count.text)")
        }
    }
}
