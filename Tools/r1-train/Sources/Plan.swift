// r1-train plan: the memory, disk and time of a run before it starts.
import ArgumentParser
import Basics
import Foundation
import Rollouts
import Settings
import ToolKit
import TrainingRuns
import VisionLanguageModel

/// `r1-train plan`.
struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Predict the memory, disk and time of a run, and find settings that fit.",
        discussion: """
            Memory comes from a rehearsal: the code of the run on tensors that are counted but not computed. Time comes \
            from a trial: real passes over the run's own rows. Nothing is written except a file of 32 MiB beside the \
            run, for a moment.

            Exit code 0: it fits; 3: it does not, and the last lines say what to change.

            Examples:
              r1-train plan Examples/handwritten/grpo.yaml
              r1-train plan my.yaml --set lora.rank=32 --memory 24GiB --json
              r1-train plan my.yaml --solve microBatchTokens --memory 24GiB
              r1-train plan my.yaml --solve steps --hours 8
              r1-train plan my.yaml --processes 8 --link 25
            """)

    /// What a run does.
    enum Method: String, CaseIterable, ExpressibleByArgument { case sft, grpo }

    @Argument(
        help: ArgumentHelp("Settings of a training run, laid over the defaults.", valueName: "file.yaml"),
        transform: files.argument)
    var config: String

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("One setting. May be repeated.", valueName: "path=value"))
    var assignments: [String] = []

    @Option(help: "What the run does. (default: method in the file, else grpo)")
    var method: Method?

    @Option(
        help: ArgumentHelp(
            "Memory that the run may take, such as 24GiB. (default: what is free)", valueName: "size"),
        transform: Plan.size)
    var memory: Int?

    @Option(
        help: ArgumentHelp("Hours that the run may take.", valueName: "number"),
        transform: Accepted<Double>.positive.argument)
    var hours: Double?

    @Option(
        help: ArgumentHelp(
            "Find the largest value of a setting that fits, such as microBatchTokens.", valueName: "setting"))
    var solve: String?

    @Option(
        help: ArgumentHelp("Seconds for the trial; 0 makes none. (default: 60)", valueName: "number"),
        transform: Accepted<Double>.nonNegative().argument)
    var trial: Double?

    @Option(
        help: ArgumentHelp(
            "Mean tokens of an answer. (default: those of the trial, else grpo.maxNewTokens)",
            valueName: "number"),
        transform: SamplingOptions.tokens.argument)
    var answerTokens: Int?

    @Option(
        help: ArgumentHelp("Rows whose prompts are measured. (default: 1000)", valueName: "number"),
        transform: Accepted.whole(1...1_000_000_000, "rows").argument)
    var rows: Int?

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp(
            "A folder on the disk that the run will write to. (default: the working folder)",
            valueName: "folder"), transform: folders.argument)
    var folder: String?

    @Option(
        help: ArgumentHelp(
            "Processes that share the run, each with the memory and the cores that this one has. (default: 1)",
            valueName: "number"), transform: Accepted.whole(1...4096, "processes").argument)
    var processes: Int?

    @Option(
        help: ArgumentHelp(
            "Speed of the link between two processes in each direction, in Gbit/s. (default: 10)",
            valueName: "number"), transform: Accepted<Double>.positive.argument)
    var link: Double?

    @Flag(help: "Print one JSON object.")
    var json = false

    /// A number of bytes with a unit: KiB, MiB, GiB or TiB; KB, MB, GB and TB are powers of a thousand.
    static func size(_ text: String) throws -> Int {
        let units = [
            "KiB": 0x1p10, "MiB": 0x1p20, "GiB": 0x1p30, "TiB": 0x1p40, "KB": 1e3, "MB": 1e6, "GB": 1e9,
            "TB": 1e12,
        ]
        let number = text.prefix { $0.isNumber || $0 == "." }
        let unit = text.dropFirst(number.count).drop { $0 == " " }
        guard let value = Double(number), let scale = units[String(unit)], value > 0, value * scale < 0x1p60
        else { throw ValidationError("expected a size such as 24GiB or 512MiB, found \(text)") }
        return Int(value * scale)
    }

    func run() throws {
        var configuration = try RunConfiguration.read(file: config, assignments: assignments)
        if let method { configuration.method = method == .sft ? .sft : .grpo }
        var request = PlanRequest()
        (request.memoryLimit, request.secondsLimit) = (memory, hours.map { $0 * 3600 })
        (request.solved, request.answerTokens) = (solve, answerTokens)
        request.trialSeconds = trial ?? request.trialSeconds
        request.measuredRows = rows ?? request.measuredRows
        request.folder = folder ?? request.folder
        request.processes = processes ?? request.processes
        request.linkBits = link.map { $0 * 1e9 } ?? request.linkBits
        let line = ProgressLine()
        let plan: RunPlan
        do {
            plan = try RunPlanner(
                configuration, request, interruption: try watchedInterruption(), report: line.show
            ).plan()
        } catch let stop as Interruption.Stopped {
            throw ExitCode(128 + stop.signal)
        }
        line.clear()
        try console.write(
            json ? String(decoding: try JSONEncoder.forReports().line(plan), as: UTF8.self) : plan.text)
        let isSolved = plan.solution.map { $0.value != nil }
        if !(isSolved ?? plan.fits) { throw ExitCode(3) }
    }
}
