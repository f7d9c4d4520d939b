// r1-data mix: a mixture of rows by task and source.
import ArgumentParser
import DataEngine
import Settings
import ToolKit

/// `r1-data mix INPUT... --output F`.
struct Mix: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mix",
        abstract: "Choose rows of several files by counts or weights per task and source.",
        discussion: """
            A group of rows is a task (chart), a source (:chartqa), or both (chart:chartqa); a row belongs to the \
            most exact group that is named. Rows outside all groups are left out and counted. The same rows, numbers \
            and seed give the same file.

              r1-data mix Examples/handwritten/train.jsonl --output mixed.jsonl --total 1000 --seed 1
              r1-data mix Examples/handwritten/train.jsonl --output mixed.jsonl --count grounding=200 \
            --weight yorn=1 --weight mcq=2 --total 800
            """)

    @Argument(help: "Files of rows.", transform: files.argument) var inputs: [String]

    @Option(
        help: ArgumentHelp("The file of rows to write.", valueName: "file.jsonl"), transform: files.argument)
    var output: String

    @Option(
        help: "Rows of the mixture. (default: as many as counts and weights allow)",
        transform: Accepted.whole(1...1_000_000_000).argument)
    var total: Int?

    @Option(
        help: "Selects the rows. (default: 0)", transform: Accepted.whole(UInt64.min...UInt64.max).argument)
    var seed: UInt64?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Rows of a group. May be repeated.", valueName: "group=count"))
    var count: [String] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "The weight of a group among the rows that counts leave. May be repeated.",
            valueName: "group=weight"))
    var weight: [String] = []

    @Flag(
        name: .customLong("repeat"), help: "Repeat the rows of a group that has too few; otherwise an error.")
    var repeats = false

    @Flag(name: .customLong("prefix-ids"), help: "Write the file's name before each id.")
    var prefixesIDs = false

    @OptionGroup var overwriting: OverwriteOption

    func run() throws {
        var mixture = Mixture()
        (mixture.total, mixture.repeats, mixture.prefixesIDs) = (total, repeats, prefixesIDs)
        mixture.seed = seed ?? 0
        mixture.counts = try values(count, "count", "group=count", wholeNumber)
        mixture.weights = try values(weight, "weight", "group=weight, above 0") { text in
            Double(text).flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
        }
        let claim = try overwriting.claim(output, inputs: inputs)
        let (counts, outside) = try mixture.run(inputs.map { RowFile($0) }, to: claim)
        for count in counts { console.summarize("\(count.group): \(count.taken) of \(count.rows)") }
        if outside > 0 { console.summarize("in no group: 0 of \(outside)") }
    }
}
