// r1-data import: rows of any layout become rows of the record, with their pictures beside them.
import ArgumentParser
import Basics
import Foundation
import Outputs
import ToolKit
import TrainingData

/// `r1-data import INPUT... --output rows.jsonl`.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Turn rows of any public layout into rows of the record.",
        discussion: """
            Inputs are files, folders, patterns or - (standard input): JSON lines, JSON, TSV or CSV, WebDataset tar, \
            Parquet; JSON and tables may be compressed with gzip or zstd. The kind is found by the bytes, the layout by \
            the keys of each row; docs/data-layouts.md lists the layouts.

            Pictures inside rows are written to --images, by their content. Every picture is opened. A row that cannot \
            be used ends the command, or is written to --rejects with file, line, key and reason.

              r1-data import llava.json --output rows.jsonl --explain
              r1-data import data/*.parquet --output rows.jsonl --rejects rejects.jsonl --task math
              r1-data import odd.jsonl --output rows.jsonl --map question=text solution=gold images=picture task=mcq
            """)

    @Argument(
        help: ArgumentHelp("Files, folders or patterns of rows; - is standard input.", valueName: "input"))
    var inputs: [String]

    @Option(help: ArgumentHelp("The file of JSON lines to write.", valueName: "file"))
    var output: String

    @OptionGroup var overwriting: OverwriteOption

    @Option(
        help: ArgumentHelp(
            "The file for rows that cannot be used. (default: the first ends the command)", valueName: "file")
    )
    var rejects: String?

    @Option(
        help: ArgumentHelp(
            "The task of rows that name none. (default: guessed by the gold)", valueName: "task"))
    var task: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Which key of a row is which key of the record, or a YAML file of such lines; a text is in double quotes.",
            valueName: "key=value"))
    var map: [String] = []

    @Option(help: ArgumentHelp("The source of rows that name none.", valueName: "name"))
    var source: String?

    @Option(
        help: ArgumentHelp(
            "The folder for pictures inside rows. (default: images beside the output)", valueName: "folder"))
    var images: String?

    @Option(help: ArgumentHelp("Put before the id of every row.", valueName: "text"))
    var idPrefix = ""

    @Flag(help: "Number the rows: ids are the prefix and 1, 2, ...")
    var renumber = false

    @Flag(help: "Decode every picture fully.")
    var decode = false

    @Flag(help: "Print which layout was found and what became of each key.")
    var explain = false

    /// Imports all rows and prints what was done.
    func run() throws {
        let files = try RowFiles.find(inputs)
        let named = files.filter { $0 != "-" }
        let claim = try overwriting.claim(output, inputs: named)
        let rejectClaim = try rejects.map { try overwriting.claim($0, inputs: named) }
        var options = RowOptions()
        options.needs = .nothing
        options.keepsExtra = false
        options.task = task.map(Sample.Task.init(rawValue:))
        options.map = try RowMap(map)
        let outputFolder = folder(ofFile: claim.path)
        let pictures = RowPictures(
            outputFolder: outputFolder, folder: images ?? "\(outputFolder)/images", decodes: decode)
        var importer = RowImport(
            files: files, options: options, pictures: pictures, source: source,
            naming: .init(prefix: idPrefix, isNumbered: renumber), collectsRejects: rejectClaim != nil,
            explains: explain)
        var rejected: [UInt8] = []
        try claim.stream { append in
            try importer.run(write: append) { reject in
                rejected += try Array(JSONEncoder.forLines().line(reject))
            }
        }
        try rejectClaim?.write(Data(rejected))
        let report = importer.report
        if explain { console.aside(report.explanation(files: files)) }
        console.summarize(report.summary(output: output, rejects: rejects))
        guard report.written > 0 else {
            throw DataError.noRows(count: report.rejected, first: report.firstReason)
        }
    }
}

/// The folder of a path; "." for a bare name.
func folder(ofFile path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}
