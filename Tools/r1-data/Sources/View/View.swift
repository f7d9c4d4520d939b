// r1-data view: rows with pictures and boxes in a browser.
import ArgumentParser
import DataEngine
import Settings
import ToolKit

/// `r1-data view INPUT --output rows.html`.
struct View: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "view",
        abstract: "Write an HTML page of rows with their pictures and boxes.",
        discussion: """
            The page is one file and fetches nothing. Boxes are drawn over the first picture of a row.

              r1-data view Examples/handwritten/test.jsonl --output rows.html --task grounding --limit 20
            """)

    @Argument(help: "The rows.", transform: files.argument) var input: String

    @Option(
        help: ArgumentHelp("The page to write.", valueName: "file.html"), transform: files.argument)
    var output: String

    @Option(help: "Show only rows of this task.") var task: String?

    @Option(
        help: "The first row to show, from 1. (default: 1)",
        transform: Accepted.whole(1...1_000_000_000).argument)
    var from: Int?

    @Option(help: "The most rows. (default: 200)", transform: Accepted.whole(1...100_000).argument)
    var limit: Int?

    @Option(
        help: "The longest side of a picture in the page, in pixels. (default: 512)",
        transform: Accepted.whole(16...4096).argument)
    var side: Int?

    @OptionGroup var overwriting: OverwriteOption

    func run() throws {
        let claim = try overwriting.claim(output, inputs: [input])
        var view = RowView()
        view.task = task
        view.offset = (from ?? 1) - 1
        view.limit = limit ?? view.limit
        view.side = side ?? view.side
        console.summarize("\(try view.run(RowFile(input), to: claim)) rows in \(output)")
    }
}
