// A run from start or resume to its summary: evaluate, step, save, evaluate.
internal import Basics
internal import Checkpoint
internal import Collectives
internal import Foundation
internal import ImageInput
internal import Rewards
internal import StrictJSON
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// What the trainer keeps in a checkpoint besides weights and moments.
///
/// There is no state of random numbers:
/// they are functions of seed, step and position.
struct TrainerState: Codable, Equatable {
    var version = 1
    var method: Method
    var completedSteps: Int
    var optimizerSteps: Int
    /// Identity of the model the run started from, when its file carries one.
    var startIdentity: String?
}

/// Numbers of a finished run, as `summary.json` holds them.
public struct RunSummary: Codable, Sendable, Equatable {
    /// Scores before the first step and after the last; absent without test rows.
    public var before, after: EvaluationReport?
    /// Steps made.
    public var steps = 0
    /// The last checkpoint.
    public var checkpoint = ""
}

/// One training run.
public final class TrainingRun {
    /// The resolved settings.
    public let configuration: RunConfiguration
    /// Where everything is written.
    public let directory: RunDirectory
    private let interruption: Interruption
    private let loaded: LoadedModel
    private let start: LoadedModel
    private let updater: Updater
    private let method: any TrainingMethod
    private let evaluator: Evaluator?
    private var completedSteps = 0
    private let report: (String) -> Void

    /// Starts a new run: reads model and data, checks everything, makes the run directory.
    ///
    /// - Parameters:
    ///   - configuration: The settings.
    ///   - directory: A folder that holds no run yet.
    ///   - interruption: Asked between phases whether to stop.
    ///   - report: Gets lines for the console.
    /// - Throws: An error that names what is wrong with settings, model or data.
    public convenience init(
        new configuration: RunConfiguration, in directory: RunDirectory, interruption: Interruption,
        report: @escaping (String) -> Void
    ) throws {
        try configuration.validate()
        let start = try LoadedModel(path: configuration.model)
        try self.init(
            configuration, directory, loaded: start, start: nil, interruption: interruption, report: report)
        try directory.create(configuration)
    }

    /// Goes on with a run after its newest checkpoint.
    public convenience init(
        resuming directory: RunDirectory, interruption: Interruption, report: @escaping (String) -> Void
    ) throws {
        guard FileManager.default.fileExists(atPath: directory.configurationPath) else {
            throw RunError.notARun(path: directory.path, problem: "no config.yaml")
        }
        let configuration = try RunConfiguration.read(file: directory.configurationPath)
        guard let step = try directory.checkpointSteps().last else {
            let start = try LoadedModel(path: configuration.model)
            try self.init(
                configuration, directory, loaded: start, start: nil, interruption: interruption,
                report: report)
            try directory.rewind(to: -1)
            return
        }
        let start = try LoadedModel(path: configuration.model, compute: configuration.dtype)
        let loaded = try LoadedModel(path: directory.checkpoint(step))
        try self.init(
            configuration, directory, loaded: loaded, start: start, interruption: interruption, report: report
        )
        try restore()
        try directory.rewind(to: step)
    }

    /// Puts the parts together; `start` is the model the run began with, nil when that is `loaded`, untrained.
    private init(
        _ configuration: RunConfiguration, _ directory: RunDirectory, loaded: LoadedModel,
        start: LoadedModel?,
        interruption: Interruption, report: @escaping (String) -> Void
    ) throws {
        self.configuration = configuration
        self.directory = directory
        self.interruption = interruption
        self.report = report
        Threads.set(configuration.threads)
        let needsReference = configuration.method == .grpo && configuration.grpo.loss.klCoefficient > 0
        self.start =
            try start
            ?? (needsReference
                ? LoadedModel(path: configuration.model, compute: configuration.dtype) : loaded)
        var loaded = loaded
        try loaded.processor.apply(configuration.data)
        self.loaded = loaded
        let store = loaded.model.parameters
        try Self.checkFrozen(configuration.frozen, store)
        store.freeze(prefixes: configuration.frozen)
        store.setComputeType(configuration.dtype)
        loaded.model.checkpointsGradients = configuration.gradientCheckpointing
        let world = SingleProcess()
        updater = Updater(loaded.model, configuration, world: world)
        let maker = QuestionMaker(processor: loaded.processor)
        let router = try RewardRouter(
            options: configuration.rewards,
            embedding: self.start.tokenEmbeddings(
                dtype: configuration.dtype, keeping: configuration.rewards.bmas.cachedRows))
        let rolloutMaker = RolloutMaker(
            engine: loaded.engine, tokenizer: loaded.processor.tokenizer, router: router)
        let train = try Self.samples(configuration.data.train, router)
        switch configuration.method {
        case .sft:
            method = SupervisedMethod(
                configuration: configuration, model: loaded.model, samples: train, maker: maker,
                updater: updater,
                interruption: interruption, world: world)
        case .grpo:
            method = GRPOMethod(
                configuration: configuration, model: loaded.model,
                reference: needsReference ? self.start.model : nil, samples: train, maker: maker,
                rolloutMaker: rolloutMaker, updater: updater, interruption: interruption, world: world)
        }
        var test = try configuration.data.test.isEmpty ? [] : Self.samples(configuration.data.test, router)
        if configuration.evaluation.rowLimit > 0 {
            test = Array(test.prefix(configuration.evaluation.rowLimit))
        }
        evaluator =
            test.isEmpty
            ? nil
            : Evaluator(
                options: configuration.evaluation, seed: configuration.seed, samples: test, maker: maker,
                rolloutMaker: rolloutMaker, interruption: interruption)
    }

    private static func samples(_ path: String, _ router: RewardRouter) throws -> [Sample] {
        let samples = try SampleReader.read(path).samples
        try router.validate(samples)
        try checkImages(samples)
        return samples
    }

    private static func checkFrozen(_ prefixes: [String], _ store: ParameterStore) throws {
        for prefix in prefixes where !store.all.contains(where: { $0.name.hasPrefix(prefix) }) {
            throw RunError.badSetting(path: "frozen", expected: "the start of a weight's name", found: prefix)
        }
    }

    // MARK: - The run

    /// Runs to the end.
    ///
    /// - Returns: What `summary.json` holds.
    /// - Throws: `Interruption.Stopped` after saving, when a signal asked for it.
    public func run() throws -> RunSummary {
        var summary = RunSummary(
            steps: configuration.steps, checkpoint: directory.checkpoint(configuration.steps))
        do {
            summary.before = try evaluation(after: 0)
            try train()
            summary.after = try evaluation(after: configuration.steps)
        } catch let stop as Interruption.Stopped {
            if !(try directory.checkpointSteps().contains(completedSteps)) { try save() }
            throw stop
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try directory.write(
            String(decoding: try encoder.encode(summary), as: UTF8.self) + "\n", to: "summary.json")
        try directory.write(try report(on: summary).text, to: "report.md")
        return summary
    }

    private func report(on summary: RunSummary) throws -> RunReport {
        let lines = try directory.lines(of: "metrics.jsonl").map { $0.compactMapValues(\.double) }
        let tenth = max(1, lines.count / 10)
        func means(_ lines: some Sequence<[String: Double]>) -> [String: Double] {
            let lines = Array(lines)
            let keys = Set(lines.flatMap(\.keys))
            return Dictionary(
                uniqueKeysWithValues: keys.map { key in (key, average(lines.compactMap { $0[key] })) })
        }
        return RunReport(
            summary: summary, configuration: configuration, first: means(lines.prefix(tenth)),
            last: means(lines.suffix(tenth)))
    }

    private func train() throws {
        var pace = Pace(done: completedSteps, total: configuration.steps)
        while completedSteps < configuration.steps {
            TensorMemory.resetPeak()
            var record = try method.step(completedSteps)
            completedSteps += 1
            let seconds = pace.step()
            record.timings["step_time"] = seconds
            record.timings["tokens_per_second"] = (record.metrics["num_tokens"] ?? 0) / seconds
            record.timings["memory/peak_bytes"] = Double(TensorMemory.peakBytes)
            try write(record)
            report(
                "step \(completedSteps)/\(configuration.steps)  \(record.headline)  \(fixed(seconds, 2)) s/step  \(pace.left) left"
            )
            try saveIfDue()
            let every = configuration.evaluation.every
            if every > 0 && completedSteps % every == 0 && completedSteps < configuration.steps {
                _ = try evaluation(after: completedSteps)
            }
            try interruption.check()
        }
    }

    private func saveIfDue() throws {
        let every = configuration.checkpoints.every
        let isDue = completedSteps == configuration.steps || (every > 0 && completedSteps % every == 0)
        if isDue || interruption.takeSaveRequest() { try save() }
    }

    private func write(_ record: StepRecord) throws {
        func line(_ values: [String: Double]) -> [[String: JSONValue]] {
            [values.mapValues(JSONValue.number).merging(["step": .integer(completedSteps)]) { $1 }]
        }
        try directory.append(line(record.metrics), to: "metrics.jsonl")
        try directory.append(line(record.timings), to: "timing.jsonl")
        try directory.append(
            record.samples.map { $0.merging(["step": .integer(completedSteps)]) { $1 } }, to: "samples.jsonl")
    }

    /// Scores the test rows, or reads the scores when this point was passed before an interruption.
    private func evaluation(after step: Int) throws -> EvaluationReport? {
        guard let evaluator else { return nil }
        let known = try directory.lines(of: "evaluations.jsonl").first { $0["step"] == .integer(step) }
        if let known, let report = known["report"] {
            return try JSONDecoder().decode(EvaluationReport.self, from: JSONEncoder().encode(report))
        }
        guard step == completedSteps else { return nil }
        report("evaluating \(evaluator.samples.count) test rows after step \(step)")
        let scores = try evaluator.evaluate()
        let value = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(scores))
        try directory.append([["step": .integer(step), "report": value]], to: "evaluations.jsonl")
        report("after step \(step): mean \(fixed(scores.mean, 3)), greedy \(fixed(scores.greedyMean, 3))")
        return scores
    }

    // MARK: - Saving and resuming

    private func save() throws {
        let state = TrainerState(
            method: configuration.method, completedSteps: completedSteps,
            optimizerSteps: updater.optimizer.stepCount, startIdentity: start.checkpoint.identity)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys  // Without it the order changes from one process to the next.
        try loaded.save(
            to: directory.checkpoint(completedSteps),
            training: SavedTraining(optimizer: updater.optimizer, state: Array(try encoder.encode(state))))
        try directory.removeOldCheckpoints(keeping: configuration.checkpoints.keepLast)
    }

    private func restore() throws {
        let file = loaded.checkpoint.location
        guard let json = loaded.checkpoint.trainerState,
            let state = try? JSONDecoder().decode(TrainerState.self, from: Data(json)), state.version == 1
        else {
            throw RunError.notARun(
                path: directory.path, problem: "\(file) holds no trainer state this version reads")
        }
        guard state.startIdentity == start.checkpoint.identity else {
            throw RunError.notARun(
                path: directory.path, problem: "\(configuration.model) is not the model the run started from")
        }
        completedSteps = state.completedSteps
        try loaded.restore(updater.optimizer, stepCount: state.optimizerSteps)
    }
}

/// Seconds per step and what is left.
private struct Pace {
    private var watch = Stopwatch()
    private var recent: [Double] = []
    private var done: Int
    private let total: Int

    init(done: Int, total: Int) {
        self.done = done
        self.total = total
    }

    /// Ends a step; returns its seconds.
    mutating func step() -> Double {
        let seconds = watch.lap()
        recent = Array((recent + [seconds]).suffix(20))
        done += 1
        return seconds
    }

    /// Estimated time left, as minutes and seconds.
    var left: String {
        let seconds = Int(average(recent) * Double(total - done))
        return "\(seconds / 60):" + String(format: "%02d", seconds % 60)
    }
}
