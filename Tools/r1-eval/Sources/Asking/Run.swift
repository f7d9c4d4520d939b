// r1-eval run: asks the questions of sets and stores the answers.
import ArgumentParser
import BenchmarkRuns
import Benchmarks
import Collectives
import Foundation
import ModelFamilies
import ModelOptions
import Rollouts
import Settings
import StrictJSON
import ToolKit
import VisionLanguageModel

/// `r1-eval run MODEL SET... --run FOLDER`.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Ask a model the questions of benchmarks and store its answers.",
        discussion: """
            A SET is a file, a folder of shards or a quoted pattern, in any layout of MathVista, MathVision, MMMU, \
            MMStar, MMBench, AI2D, ChartQA or RefCOCO (TSV of VLMEvalKit, Parquet of Hugging Face, the official JSON), \
            or rows of the project's own record. BENCHMARK=PATH names the benchmark where columns and names do not tell.

            The folder gets answers.jsonl and manifest.json, which names everything that can change a score. An \
            answer depends on the row and the manifest alone: a run that was killed and resumed has the same bytes.

              r1-eval run model.h5 MMStar.tsv data/MMMU/ --run evals/first
              r1-eval run model.h5 mathvista=testmini.parquet --run evals/think --style think --system-file system.txt
              r1-eval run --server http://127.0.0.1:8080/v1 MMStar.tsv --run evals/server
              mpirun -n 4 r1-eval run model.h5 MMStar.tsv --run evals/first   (4 processes share the questions)
            """)

    @Argument(help: ArgumentHelp("The model (not with --server), then the sets.", valueName: "model set..."))
    var inputs: [String] = []

    @Option(name: .customLong("run"), help: "The folder of the run.", transform: paths.argument)
    var folder: String

    @Flag(help: "Continue a run that was stopped.")
    var resume = false

    @Flag(help: "Start an existing run again; its answers are gone.")
    var overwrite = false

    @OptionGroup(title: "Sets") var sets: SetOptions

    @OptionGroup(title: "Prompts") var prompts: PromptOptions

    @OptionGroup(title: "Answers") var answers: AnswerOptions

    @OptionGroup(title: "Server") var server: ServerOptions

    @OptionGroup(title: "Model") var loading: LoadingOptions

    @OptionGroup(title: "Engine") var engine: EngineArguments

    @Option(
        help: "Questions answered together; answers do not depend on it. (default: 64)",
        transform: Accepted.whole(1...4096, "questions").argument)
    var batchSize: Int?

    func validate() throws {
        guard !(resume && overwrite) else {
            throw ValidationError("--resume keeps the answers, --overwrite does not; give one of them")
        }
        guard inputs.count >= (server.url == nil ? 2 : 1) else {
            throw ValidationError(
                server.url == nil ? "expected a model and at least one set" : "expected at least one set")
        }
        guard server.url == nil || (loading.minPixels ?? loading.maxPixels) == nil else {
            throw ValidationError("--min-pixels and --max-pixels belong to a checkpoint, not to --server")
        }
    }

    @OptionGroup(title: "Processes") var processes: WorldOptions

    func run() throws {
        let interruption = try watchedInterruption()
        try processes.join(console) { world in try ask(in: world, interruption) }
    }

    private func ask(in world: any World, _ interruption: Interruption) throws {
        let style = try prompts.chosen()
        let requests = try inputs.dropFirst(server.url == nil ? 1 : 0).map(sets.request)
        let console = console.once(in: world)
        if let url = server.url {
            let planned = try plan(requests, style, family: nil, console)
            let model = try server.model(at: url, interruption)
            try ask(model, planned, style, in: world, interruption)
        } else {
            let loaded = try loading.load(inputs[0], console: console)
            let planned = try plan(
                requests, style, family: loaded.model.configuration.modelType, console)
            let model = try CheckpointModel(
                loaded, limits: engine.options, settings: loading.manifest, interruption: interruption)
            try ask(model, planned, style, in: world, interruption)
        }
    }

    private func plan(
        _ requests: [SetRequest], _ style: PromptStyle, family: String?, _ console: Console
    ) throws -> [PlannedSet] {
        let planned = try requests.map { request in
            try PlannedSet(request) {
                try answers.settings(for: $0, family: family, thinks: style.id == "think")
            }
        }
        for set in planned {
            for note in set.notes { console.note("\(set.manifest.path): \(note)") }
            console.note(
                "\(set.manifest.path): \(set.manifest.rows) rows of \(set.manifest.benchmark) as set \(set.manifest.name)"
            )
        }
        return planned
    }

    private func ask(
        _ model: some AnsweringModel, _ sets: [PlannedSet], _ style: PromptStyle, in world: any World,
        _ interruption: Interruption
    ) throws {
        let manifest = RunManifest(
            tool: "r1-eval \(toolVersion)", model: model.manifest, style: style.id,
            system: style.system, sets: sets.map(\.manifest))
        let run = BenchmarkRun(folder, manifest, sets: sets, style: style)
        let console = console.once(in: world)
        let line = world.rank == 0 ? ProgressLine() : nil
        let start = ContinuousClock.now
        do {
            try run.run(
                model, existing: resume ? .resumed : overwrite ? .replaced : .refused,
                batchSize: batchSize ?? 64, in: world, interruption: interruption
            ) { done, total in line?.show(done: done, of: total) }
        } catch let stop as Interruption.Stopped {
            line?.clear()
            console.note("stopped; the answers so far stay, and --resume goes on")
            throw ExitCode(128 + stop.signal)
        }
        line?.clear()
        let seconds = String(format: "%.1f", (ContinuousClock.now - start) / .seconds(1))
        console.summarize("answered: \(folder) (\(seconds) s); r1-eval score \(folder) scores it")
    }
}
