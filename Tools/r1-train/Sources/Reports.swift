// `r1-train report` and `r1-train compare`: what runs made, as pages and tables.
import ArgumentParser
import Foundation
import Outputs
import RunReports
import Settings
import ToolKit
import TrainingRuns

/// `r1-train report`.
struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write the page about a run: curves, answers with their pictures, diagnosis.",
        discussion: """
            A run writes report.html in its folder while it goes; this writes it again, of a run that goes on, was \
            interrupted, or is finished. The page is one file that needs no network.

            Examples:
              r1-train report runs/first
              r1-train report runs/first --output first.html --overwrite
            """)
    @Argument(help: "The run directory.", transform: folders.argument) var folder: String
    @Option(
        help: ArgumentHelp("The page to write. (default: report.html in the folder)", valueName: "file"),
        transform: files.argument)
    var output: String?
    @OptionGroup var overwriting: OverwriteOption

    func run() throws {
        // The page in the run's folder is the run's own output, which the run replaces, too.
        let own = RunDirectory(folder).page
        let claim =
            try output.map { try overwriting.claim($0, inputs: [folder]) }
            ?? OutputClaim(own, existing: .replaced)
        let page = try RunRecords(folder: folder).htmlReport()
        try claim.write(Data(page.utf8))
        report("written to \(output ?? own)")
    }
}

/// `r1-train compare`.
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare runs: before, after, and paired differences on the rows that they share.",
        discussion: """
            The first run is the one that the others are compared with. An interval is that of a paired bootstrap over \
            the test rows with the same id, and covers 95%.

            Examples:
              r1-train compare runs/first runs/second
              r1-train compare runs/first runs/second --html compare.html
            """)
    @Argument(help: "Two run directories or more.", transform: folders.argument) var runs: [String] = []
    @Option(
        help: ArgumentHelp("Also write a page with the curves.", valueName: "file"), transform: files.argument
    )
    var html: String?
    @OptionGroup var overwriting: OverwriteOption

    func validate() throws {
        guard runs.count > 1 else { throw ValidationError("two run directories or more are required") }
    }

    func run() throws {
        let found = comparison(of: try runs.map { try RunRecords(folder: $0) })
        if let html {
            let claim = try overwriting.claim(html, inputs: runs)
            try claim.write(Data(found.html.utf8))
        }
        try console.write(found.text.hasSuffix("\n") ? found.text : found.text + "\n")
    }
}
