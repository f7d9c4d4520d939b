// r1-train: parse, run, print. The work is in Packages/TrainingRuns.
import ArgumentParser
import Foundation
import ModelOptions
import Outputs
import Rollouts
import Settings
import TensorMath
import ToolKit
import TrainingRuns
import VisionLanguageModel

/// The command.
@main
struct R1Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "r1-train",
        abstract:
            "Post-train a vision-language model: supervised warm start, then GRPO under the mixed reward.",
        discussion: """
            A YAML file describes a run; every setting can also be given with --set. The run directory \
            contains the resolved settings, one line of metrics per step, sampled answers, checkpoints and a \
            summary.

            Examples:
              r1-train grpo --config Examples/handwritten/grpo.yaml --run runs/first
              r1-train grpo --config my.yaml --run runs/hot --set grpo.temperature=1.2 --set steps=50
              r1-train sft --config Examples/handwritten/sft.yaml --run runs/start
              r1-train resume runs/first
              r1-train launch my.yaml --run runs/wide --processes 4
              r1-train compare runs/first runs/hot
              r1-train plan my.yaml                   (memory, disk and time of a run)
              r1-train grpo --print-config            (all settings with their defaults)

            Exit code 0 is success, 1 an error (one line on stderr), 3 a plan that does not fit, 64 a wrong command line. SIGINT, SIGTERM \
            and SIGHUP save the completed steps and exit with 128 plus the signal; SIGUSR1 saves and continues. A \
            console that is closed or cannot be written does not stop a run.
            """,
        version: "r1-train \(toolVersion)",
        subcommands: [
            NewRun<Supervised>.self, NewRun<Policy>.self, Resume.self, Launch.self, Plan.self, Report.self,
            Compare.self,
            Initialize.self, Export.self, ListSettings.self,
        ])

    static func main() { runTool(R1Train.self, console: console, message: text) }
}

/// A command that starts a run: what differs between the methods.
protocol NewRunMethod {
    static var kind: TrainingMethodKind { get }
    static var help: CommandConfiguration { get }
}

/// `r1-train sft`.
enum Supervised: NewRunMethod {
    static let kind = TrainingMethodKind.sft
    static let help = CommandConfiguration(
        commandName: "sft",
        abstract: "Supervised warm start on the rows' own answers, loss masked to the answer.",
        discussion: """
            Example:
              r1-train sft --config Examples/handwritten/sft.yaml --run runs/start
            """)
}

/// `r1-train grpo`.
enum Policy: NewRunMethod {
    static let kind = TrainingMethodKind.grpo
    static let help = CommandConfiguration(
        commandName: "grpo",
        abstract: "Group-relative policy optimization under the mixed reward.",
        discussion: """
            Examples:
              r1-train grpo --config Examples/handwritten/grpo.yaml --run runs/first
              r1-train grpo --config my.yaml --print-config       (what a run would use)
            """)
}

/// Starts a run.
struct NewRun<Method: NewRunMethod>: ParsableCommand {
    static var configuration: CommandConfiguration { Method.help }

    @OptionGroup var settings: SettingsOptions

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The run directory; must not contain a run.", valueName: "folder"),
        transform: folders.argument)
    var folder: String?

    @OptionGroup var template: KnownTemplateOption

    @Flag(help: "Print the resolved settings and stop.")
    var printConfig = false

    @OptionGroup(title: "Processes") var processes: WorldOptions

    /// Reads the settings and runs them.
    func run() throws {
        var configuration = try RunConfiguration.read(
            file: settings.file, assignments: settings.assignments + template.assignments)
        configuration.method = Method.kind
        if printConfig { return try console.write(try configuration.yaml()) }
        guard let folder else {
            throw ValidationError("--run is required: the folder that the run writes to")
        }
        try finish(folder, processes) {
            try TrainingRun(
                new: configuration, in: RunDirectory(folder), interruption: $1, world: $0, progress: $2)
        }
    }
}

/// `r1-train resume`.
struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract:
            "Resume an interrupted run; it ends with the same weights as one that was not interrupted.",
        discussion: """
            Starts from the newest checkpoint, after checking its hashes, and drops what was recorded after \
            it. With --from it starts from an older one; the later checkpoints and the records as they were \
            move to a folder set-aside-1 (or 2, 3, ...) in the run directory.

            Settings, model, rows, pictures and records are compared with those that the checkpoint was saved \
            with. Changes that change no weight (threads, steps, evaluation, checkpoints) are written to \
            changes.jsonl; others end the command, and --accept continues in spite of them.

            Examples:
              r1-train resume runs/first
              r1-train resume runs/first --from 100
              r1-train resume runs/first --accept records
            """)
    @Argument(help: "The run directory.", transform: folders.argument) var folder: String

    @Option(
        help: ArgumentHelp(
            "Start from the checkpoint after this many steps; 0 is the run's model. (default: the newest)",
            valueName: "step"),
        transform: Accepted.whole(0...1_000_000_000, "steps").argument)
    var from: Int?

    @Option(
        name: .customLong("accept"), parsing: .singleValue,
        help: ArgumentHelp(
            "Continue with changed records, rows or pictures. May be repeated.", valueName: "kind"))
    var accepted: [AcceptedKind] = []

    @OptionGroup(title: "Processes") var processes: WorldOptions

    @Flag(
        help: ArgumentHelp(
            """
            Process 0 sends the settings and the checkpoint to processes that do not see them, into a folder of the same \
            path. Without it, all machines share the run directory.
            """))
    var broadcast = false

    /// Kinds of changes that a user may accept.
    enum AcceptedKind: String, CaseIterable, ExpressibleByArgument {
        case records, rows, pictures

        var change: AcceptedChange {
            switch self {
            case .records: .records
            case .rows: .rows
            case .pictures: .pictures
            }
        }
    }

    func run() throws {
        try finish(folder, processes) {
            try TrainingRun(
                resuming: RunDirectory(folder), from: from, accepting: Set(accepted.map(\.change)),
                broadcasts: broadcast, interruption: $1, world: $0, progress: $2)
        }
    }
}

/// `r1-train init`.
struct Initialize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a checkpoint with random weights, to train a small model from scratch.",
        discussion: """
            FOLDER contains config.json, the tokenizer and the other side files; weights are scaled by fan-in.

            Example:
              r1-train init Examples/handwritten/small-model runs/random.h5 --seed 1
            """)
    @Argument(help: "Folder with config.json and the other side files.", transform: folders.argument)
    var folder: String
    @Argument(help: "The checkpoint to write.", transform: files.argument) var output: String
    @Option(help: "Selects the weights. (default: 0)", transform: SamplingOptions.seeds.argument)
    var seed: UInt64?
    @OptionGroup var overwriting: OverwriteOption

    func run() throws {
        let claim = try overwriting.claim(output, inputs: [folder])
        // A folder that cannot be listed is refused with its reason when its config.json is read.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        try claim.requireNoInput(names.map { "\(folder)/\($0)" })
        try writeRandomModel(sideFiles: folder, to: claim.path, seed: seed ?? 0)
    }
}
