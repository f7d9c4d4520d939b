// r1-data export: rows in the layout of another trainer.
import ArgumentParser
import DataEngine
import Settings
import ToolKit

/// `r1-data export INPUT --to ms-swift --output F`.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write rows in the layout of another trainer.",
        discussion: """
            The output is one JSON list when its name ends in .json, otherwise one object a line. Keys that a layout \
            cannot hold, and rows that it cannot express, are counted and named. `parquet` is one file with EasyR1's keys \
            and the bytes of the pictures, as Hugging Face's datasets read it.

              r1-data export Examples/handwritten/test.jsonl --to ms-swift --output test-swift.jsonl
              r1-data export Examples/handwritten/test.jsonl --to llava --output test-llava.json
            """)

    @Argument(help: "The rows.", transform: files.argument) var input: String

    @Option(
        help: ArgumentHelp("The layout: record, ms-swift, easyr1, llava or parquet.", valueName: "layout"),
        transform: Accepted<ExportLayout>.choice().argument)
    var to: ExportLayout

    @Option(help: ArgumentHelp("The file to write.", valueName: "file"), transform: files.argument)
    var output: String

    @Flag(
        help: """
            End each row with the answer that a supervised warm start would teach: <think>, rationale, gold. LLaVA's \
            rows always do.
            """)
    var withAnswers = false

    @OptionGroup var overwriting: OverwriteOption

    func run() throws {
        let claim = try overwriting.claim(output, inputs: [input])
        var export = RowExport(to)
        export.withAnswers = withAnswers
        let report = try export.run(RowFile(input), to: claim)
        console.summarize(String(report.text.dropLast()))
    }
}
