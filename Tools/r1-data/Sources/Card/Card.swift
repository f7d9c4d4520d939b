// r1-data card: what a set of rows is, for the people who use it.
import ArgumentParser
import DataEngine
import Foundation
import Outputs
import Settings
import ToolKit

/// `r1-data card INPUT --output card.md --html card.html`.
struct Card: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "card",
        abstract: "Describe a set of rows: counts, licenses, lengths, difficulty, samples, hash, recipe.",
        discussion: """
            Pictures of samples are inside the pages, so that each is one file.

              r1-data card Examples/handwritten/test.jsonl --output card.md --html card.html
            """)

    @Argument(help: "The rows.", transform: files.argument) var input: String

    @Option(help: ArgumentHelp("The Markdown page to write.", valueName: "file.md")) var output: String?

    @Option(help: ArgumentHelp("The HTML page to write.", valueName: "file.html")) var html: String?

    @Option(help: ArgumentHelp("Ratings of the rows, for their difficulty.", valueName: "file.jsonl"))
    var ratings: String?

    @Option(help: ArgumentHelp("The recipe that makes the rows; it is printed.", valueName: "file.yaml"))
    var recipe: String?

    @Option(help: "The heading. (default: the file's name)") var title: String?

    @Option(help: "Samples of each task. (default: 2)", transform: Accepted.whole(0...100).argument)
    var samples: Int?

    @OptionGroup var overwriting: OverwriteOption

    /// Checks that there is an output.
    func validate() throws {
        if output == nil, html == nil {
            throw ValidationError("nothing to write; give --output, --html or both")
        }
    }

    func run() throws {
        let inputs = [input] + [ratings, recipe].compactMap { $0 }
        let (page, pageHTML) = (
            try output.map { try overwriting.claim($0, inputs: inputs) },
            try html.map { try overwriting.claim($0, inputs: inputs) }
        )
        if let page, let pageHTML, page.isSame(as: pageHTML) {
            throw ValidationError("--output and --html are one file; choose two")
        }
        var card = DataCard()
        card.title = title ?? URL(fileURLWithPath: input).lastPathComponent
        card.samples = samples ?? card.samples
        card.recipe = try recipe.map { try textFile($0) } ?? ""
        try card.run(
            RowFile(input), ratings: try ratings.map { try RatingTable($0) }, markdown: page, html: pageHTML)
        console.summarize("written: " + [output, html].compactMap { $0 }.joined(separator: ", "))
    }
}
