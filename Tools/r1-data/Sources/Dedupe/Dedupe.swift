// r1-data dedupe: rows that repeat others, and rows that leak an evaluation set.
import ArgumentParser
import DataEngine
import Settings
import ToolKit

/// `r1-data dedupe INPUT --output F --against EVAL.jsonl...`.
struct Dedupe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dedupe",
        abstract: "Remove rows that repeat an earlier row or a row of an evaluation set.",
        discussion: """
            Two rows are the same when their texts are (after Unicode's compatibility forms, in lower case, with single \
            spaces) and their pictures have the same bytes or look the same: perceptual hashes of 64 bits that \
            differ in at most --distance bits. The first row stays, and the order is kept.

              r1-data dedupe Examples/handwritten/train.jsonl --output unique.jsonl \
            --against Examples/handwritten/test.jsonl --report removed.jsonl
            """)

    @Argument(help: "The rows.", transform: files.argument) var input: String

    @Option(
        help: ArgumentHelp("The file of rows to write.", valueName: "file.jsonl"), transform: files.argument)
    var output: String

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Evaluation sets; rows that are in them are removed.", valueName: "file.jsonl"))
    var against: [String] = []

    @Option(
        help: ArgumentHelp(
            "The file that lists the removed rows, one JSON object a line.", valueName: "file.jsonl"))
    var report: String?

    @Option(
        help: "The most different bits of pictures that look the same, 0 to 16. (default: 4)",
        transform: Accepted.whole(0...16).argument)
    var distance: Int?

    @Flag(help: "Compare only the bytes of pictures; decodes none.")
    var exact = false

    @Option(
        help: """
            What a leak is: question (the same text and pictures) or picture (the same pictures, whatever is asked). \
            (default: question)
            """,
        transform: Accepted<Deduplication.Leak>.choice().argument)
    var leak: Deduplication.Leak?

    @OptionGroup var overwriting: OverwriteOption

    /// Checks that options do not contradict one another.
    func validate() throws {
        if exact, distance != nil {
            throw ValidationError("--exact compares no looks, so it takes no --distance")
        }
    }

    func run() throws {
        var options = Deduplication()
        options.distance = exact ? nil : distance ?? options.distance
        options.leak = leak ?? options.leak
        let claim = try overwriting.claim(output, inputs: [input] + against)
        let listing = try report.map { try overwriting.claim($0, inputs: [input, output] + against) }
        let count = try options.run(
            RowFile(input), against: against.map { RowFile($0) }, to: claim, report: listing)
        console.summarize(count.text)
        if count.sharedPictures > 0 {
            console.summarize(
                "\(count.sharedPictures) kept rows ask something else about a picture of an evaluation set; "
                    + "--leak picture removes them")
        }
    }
}
