// A set on the command line: a path, with the benchmark in front where its files do not tell.
import ArgumentParser
import BenchmarkRuns
import Benchmarks
import Settings
import ToolKit

/// How sets are read.
struct SetOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The split, where a folder of shards has several.", valueName: "name"))
    var split: String?

    @Flag(
        help: """
            Read cells as pandas does: "None", "NA", "nan" and the like are missing, and such options vanish from \
            prompts, as in VLMEvalKit. By default only an empty cell is missing.
            """)
    var pandasMissing = false

    @Option(
        help: "Ask only the first questions of each set, with all rotations of their options. (default: all)",
        transform: Accepted.whole(1...1 << 30, "questions").argument)
    var limit: Int?

    /// What to read for an argument: `PATH` or `BENCHMARK=PATH`.
    func request(_ argument: String) throws -> SetRequest {
        var request = SetRequest(argument: argument)
        request.reading.split = split
        request.reading.pandasMissing = pandasMissing
        request.limit = limit ?? 0
        return request
    }
}
