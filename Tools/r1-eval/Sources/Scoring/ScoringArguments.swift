// Options of the commands that score runs.
import ArgumentParser
import Basics
import BenchmarkRuns
import Checkpoint
import EvaluationReports
import Foundation
import Rewards
import ToolKit
import TrainingRuns
import VisionLanguageModel

/// How runs are scored.
struct ScoringArguments: ParsableArguments {
    @Option(
        name: .customLong("rules"),
        help: ArgumentHelp(
            "Only these rules: r1, official, vlmevalkit, lmms; may be repeated. (default: all that a benchmark has)",
            valueName: "id"))
    var rules: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            The stage that takes the answer out of its tags before every rule; r1-eval rules lists them. (default: r1)
            """, valueName: "id"))
    var strip: String?

    @Flag(help: "Give the raw text to the rules, with its tags.")
    var raw = false

    @Option(
        help: ArgumentHelp(
            """
            Where a set is now that was at another path when it was asked; the content must be the same. May be \
            repeated.
            """, valueName: "old=new"))
    var data: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            The checkpoint whose embedding table compares captions (BMAS), for custom rows of the task open.
            """, valueName: "model"), transform: paths.argument)
    var embeddings: String?

    @Option(
        help: ArgumentHelp(
            "The configuration of a training run whose rewards score custom rows. (default: the default rewards)",
            valueName: "file.yaml"), transform: paths.argument)
    var config: String?

    @Option(
        help: """
            The plane of answered boxes, for answers of a server that was asked without --box-plane: pixels (of the \
            picture as sent), unit or thousandths.
            """)
    var boxPlane: BoxPlane?

    func validate() throws {
        guard !(raw && strip != nil) else {
            throw ValidationError("--raw leaves out every stage; give --strip or --raw")
        }
        guard data.allSatisfy({ $0.split(separator: "=").count == 2 }) else {
            throw ValidationError("--data expects OLD=NEW, two paths")
        }
    }

    /// The options.
    func options() throws -> ScoringOptions {
        var options = ScoringOptions()
        options.ruleSets = rules
        options.boxPlane = boxPlane
        options.strip = raw ? nil : strip ?? options.strip
        for pair in data {
            let parts = pair.split(separator: "=").map(String.init)
            options.paths[parts[0]] = parts[1]
        }
        guard embeddings != nil || config != nil else { return options }
        let rewards = try RunConfiguration.read(file: config, assignments: []).rewards
        let table = try embeddings.map { path in
            try LoadedModel(openCheckpoint(path), compute: .float32).embeddingTable(dtype: .float32)
        }
        options.rewards = try RewardRouter(options: rewards, embedding: table)
        return options
    }

    /// The runs with their answers scored, named by the last parts of their paths that tell them apart.
    func evaluated(_ folders: [String]) throws -> [EvaluatedRun] {
        let options = try options()
        let names = Self.names(of: folders)
        return try zip(folders, names).map { try RunScores($0, options).evaluated(as: $1) }
    }

    /// The last part of each path, or the whole path where parts are equal.
    private static func names(of folders: [String]) -> [String] {
        let short = folders.map { URL(fileURLWithPath: $0).lastPathComponent }
        return Set(short).count == short.count ? short : folders
    }
}
