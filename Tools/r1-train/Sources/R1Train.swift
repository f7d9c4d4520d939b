// r1-train: parse, run, print. The work is in Packages/GRPO.
import ArgumentParser
import Foundation
import GRPO
import TensorMath
import VisionLanguageModel

/// The command.
@main
struct R1Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "r1-train",
        abstract:
            "Post-train a vision-language model: supervised warm start, then GRPO under the mixed reward.",
        discussion: """
            A run is described by a YAML file; every setting can also be given with --set. The run directory \
            gets the resolved settings, one line of metrics per step, sampled answers, checkpoints and a summary.

            Examples:
              r1-train grpo --config Examples/handwritten/grpo.yaml --run runs/first
              r1-train grpo --config my.yaml --run runs/hot --set grpo.temperature=1.2 --set steps=50
              r1-train sft --config Examples/handwritten/sft.yaml --run runs/start
              r1-train resume runs/first
              r1-train grpo --print-config            (all settings with their defaults)

            Exit code 0 is success, 1 trouble (one line on stderr), 64 a wrong command line. SIGINT and SIGTERM \
            save what is done and leave with 128 plus the signal; SIGUSR1 saves and goes on.
            """,
        subcommands: [
            Supervised.self, Policy.self, Resume.self, FilterRows.self, Initialize.self, Export.self,
        ])

    /// Runs the command; what goes wrong becomes one line on stderr and exit code 1.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error where exitCode(for: error) == .failure && !(error is ExitCode) {
            Console.report("r1-train: error: \(error)".replacingOccurrences(of: "\n", with: " "))
            exit(withError: ExitCode.failure)
        } catch {
            exit(withError: error)
        }
    }
}

/// Options of a new run.
struct NewRun: ParsableArguments {
    @Option(help: ArgumentHelp("Settings to lay over the defaults.", valueName: "file.yaml"))
    var config: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "One setting, for example grpo.groupSize=4. May be repeated.", valueName: "path=value"))
    var assignments: [String] = []

    @Option(help: ArgumentHelp("The run directory; must not hold a run yet.", valueName: "folder"))
    var run: String?

    @Flag(help: "Print the resolved settings and stop.")
    var printConfig = false

    /// Reads the settings and runs them.
    func start(_ method: Method) throws {
        var configuration = try RunConfiguration.read(file: config, assignments: assignments)
        configuration.method = method
        if printConfig { return print(try configuration.yaml(), terminator: "") }
        guard let run else { throw ValidationError("--run names the folder that the run writes to") }
        let signals = Interruption()
        signals.watch()
        try Console.run(run) {
            try TrainingRun(
                new: configuration, in: RunDirectory(run), interruption: signals, report: Console.report)
        }
    }
}

/// `r1-train sft`.
struct Supervised: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sft",
        abstract: "Supervised warm start on the rows' own answers, loss masked to the answer.",
        discussion: """
            Example:
              r1-train sft --config Examples/handwritten/sft.yaml --run runs/start
            """)
    @OptionGroup var new: NewRun

    func run() throws { try new.start(.sft) }
}

/// `r1-train grpo`.
struct Policy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grpo",
        abstract: "Group-relative policy optimisation under the mixed reward.",
        discussion: """
            Examples:
              r1-train grpo --config Examples/handwritten/grpo.yaml --run runs/first
              r1-train grpo --config my.yaml --print-config       (what a run would use)
            """)
    @OptionGroup var new: NewRun

    func run() throws { try new.start(.grpo) }
}

/// `r1-train resume`.
struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract:
            "Go on with an interrupted run; ends with the same weights as one that was not interrupted.",
        discussion: """
            Starts from the newest checkpoint and drops what was recorded after it.

            Example:
              r1-train resume runs/first
            """)
    @Argument(help: "The run directory.") var folder: String

    func run() throws {
        let signals = Interruption()
        signals.watch()
        try Console.run(folder) {
            try TrainingRun(resuming: RunDirectory(folder), interruption: signals, report: Console.report)
        }
    }
}

/// `r1-train init`.
struct Initialize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a checkpoint with random weights: the start of a small model of one's own.",
        discussion: """
            FOLDER holds config.json, the tokenizer and the other side files; weights are drawn by fan-in.

            Example:
              r1-train init Examples/handwritten/small-model runs/random.h5 --seed 1
            """)
    @Argument(help: "Folder with config.json and the other side files.") var folder: String
    @Argument(help: "The checkpoint to write.") var output: String
    @Option(help: "Chooses the weights.") var seed: UInt64 = 0
    @OptionGroup var replacing: Replacing

    func run() throws {
        try replacing.check(output)
        try writeRandomModel(sideFiles: folder, to: output, seed: seed)
    }
}

/// What the user sees.
enum Console {
    static func report(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    static func run(_ folder: String, _ make: () throws -> TrainingRun) throws {
        do {
            let run = try make()
            warnAboutBLAS()
            print(try run.run().table)
            report("written to \(folder)")
        } catch let stop as Interruption.Stopped {
            report("stopped and saved; go on with: r1-train resume \(folder)")
            throw ExitCode(128 + stop.signal)
        }
    }

    private static func warnAboutBLAS() {
        guard let warning = blasWarning() else { return }
        report("r1-train: warning: \(warning)")
    }
}
