// A run from start or resume to its summary: evaluate, step, save, evaluate.
internal import Basics
internal import Checkpoint
public import Collectives
internal import Foundation
internal import ModelFamilies
internal import Outputs
internal import PolicyOptimization
internal import Rewards
public import Rollouts
internal import StrictJSON
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// One training run, or one process's part of it.
///
/// All processes make the same steps. Process 0 reads and writes the run directory, and decides what the records
/// decide: whether an evaluation is due, what is saved, when a budget is spent.
public final class TrainingRun {
    private let configuration: RunConfiguration
    private let directory: RunDirectory
    private let interruption: Interruption
    /// The processes that share every step.
    private let world: MeasuredWorld
    private let loaded: LoadedModel
    private let start: LoadedModel
    private let optimizerStep: OptimizerStep
    private var method: any TrainingMethod
    /// Says in words why GRPO does not learn.
    private var diagnosis: RunDiagnosis?
    private let evaluator: Evaluator?
    /// The benchmarks of `evaluation.sets`.
    private let sets: SetScoring?
    private let rejects: [Reject]
    private let inputs: RunInputs
    private var identity: RunIdentity
    private var completedSteps = 0
    /// What the completed steps have cost.
    private var spending = Spending()
    /// Keeps other processes out of the directory.
    private var lock: FileLock?
    private let progress: (RunProgress) -> Void
    /// Event files and the page; from the first step or evaluation on.
    private var publisher: RunPublisher?

    /// Starts a new run: reads model and data, checks everything, creates the run directory.
    ///
    /// - Parameters:
    ///   - configuration: The settings.
    ///   - directory: A folder without a run.
    ///   - interruption: Checked between phases.
    ///   - world: The processes that share every step.
    ///   - progress: Receives what the run tells.
    /// - Throws: An error that names what is wrong with settings, model or data.
    public convenience init(
        new configuration: RunConfiguration, in directory: RunDirectory, interruption: Interruption,
        world: any World = SingleProcess(), progress: @escaping (RunProgress) -> Void
    ) throws {
        var configuration = configuration
        try configuration.takeAdapter()
        try configuration.validate()
        try configuration.requireUnits(for: world.size)
        let held = try world.rank == 0 ? directory.lockUnused() : nil
        let checkpoint = try openCheckpoint(configuration.model)
        try checkpoint.requireSound()
        let start = try configuration.trained(checkpoint)
        try self.init(
            configuration, directory, loaded: start, start: nil, interruption: interruption, world: world,
            progress: progress)
        guard world.rank == 0 else { return }
        identity.run = try identity.hash()
        lock = try directory.create(configuration, held: held)
        try directory.write(identity)
        try inputs.write(to: directory)
        try writeRejects(rejects, to: directory.rejectsPath)
    }

    /// Resumes a run after its newest checkpoint, or after another one.
    ///
    /// The checkpoint is verified first. What was recorded after it is recorded again; checkpoints after it
    /// move into a folder `set-aside-N`.
    ///
    /// - Parameters:
    ///   - directory: The folder of the run.
    ///   - step: The completed steps of the checkpoint; nil for the newest, 0 for the run's model.
    ///   - accepted: Differences to what the run was that do not matter to the user.
    ///   - broadcasts: Whether process 0 sends settings and checkpoint to processes that do not see them.
    ///   - interruption: Checked between phases.
    ///   - world: The processes that share every step.
    ///   - progress: Receives what the run tells.
    /// - Throws: `RunError`, or what reading the model, checkpoint or data throws.
    public convenience init(
        resuming directory: RunDirectory, from step: Int? = nil, accepting accepted: Set<AcceptedChange> = [],
        broadcasts: Bool = false, interruption: Interruption, world: any World = SingleProcess(),
        progress: @escaping (RunProgress) -> Void
    ) throws {
        let seesRun = world.rank == 0 || !broadcasts
        if seesRun { try directory.requireRun() }
        let lock = try world.rank == 0 ? directory.lock() : nil
        let known = try seesRun ? directory.settings(for: world.size) : nil
        let own = try world.rank == 0 ? directory.resumePoint(from: step) : nil
        // 0 for no checkpoint, else one more than its steps.
        let number = try world.largest(own.map { $0.checkpoint == nil ? 0 : $0.step + 1 } ?? 0)
        let chosen = number > 0 ? number - 1 : nil
        if broadcasts {
            let sent = try directory.broadcast(after: chosen, over: world)
            if world.rank == 0, !sent.isEmpty {
                progress(.line("sent to machines without them: \(sent.joined(separator: ", "))"))
            }
        }
        let configuration = try known ?? directory.settings(for: world.size)
        let point = try own ?? directory.sharedPoint(after: chosen)
        let model = try openCheckpoint(configuration.model)
        try model.requireSound()
        let loaded: LoadedModel, start: LoadedModel?
        if let checkpoint = point.checkpoint, configuration.lora.rank == 0 {
            loaded = try configuration.trained(model, saved: checkpoint)
            start = try configuration.reference(model)
        } else {
            (loaded, start) = (try configuration.trained(model, saved: point.checkpoint), nil)
        }
        try self.init(
            configuration, directory, loaded: loaded, start: start, interruption: interruption, world: world,
            progress: progress)
        let state = try point.checkpoint.map {
            try TrainerState($0.trainerState, in: directory.checkpoint(point.step))
        }
        if writes {
            self.lock = lock
            try check(point, state, accepted)
        }
        try restore(point, state)
        if writes { try rewind(to: point, state) }
    }

    /// Builds the parts; `start` is the model that the run started from, nil when that is `loaded`,
    /// untrained.
    private init(
        _ configuration: RunConfiguration, _ directory: RunDirectory, loaded: LoadedModel,
        start: LoadedModel?, interruption: Interruption, world: any World,
        progress: @escaping (RunProgress) -> Void
    ) throws {
        (self.configuration, self.directory) = (configuration, directory)
        (self.interruption, self.progress) = (interruption, progress)
        let world = MeasuredWorld(world)
        self.world = world
        let report: (String) -> Void = { if world.rank == 0 { progress(.line($0)) } }
        Threads.set(configuration.threads)
        let parts = try RunParts(
            configuration, loaded: loaded, start: start, interruption: interruption, world: world,
            recorder: try NonFiniteFolder(directory, configuration, process: world.rank), report: report)
        (self.loaded, self.start, optimizerStep) = (parts.loaded, parts.start, parts.optimizerStep)
        (method, evaluator, rejects) = (parts.method, parts.evaluator, parts.rows.rejects)
        inputs = RunInputs(train: parts.rows.train?.identities, test: parts.rows.test?.identities)
        let model = self.start.checkpoint
        identity = try RunIdentity(
            configuration, model: model.identity ?? computedIdentity(of: model), inputs: inputs,
            adapter: configuration.lora.adapter.isEmpty
                ? nil : TrainableAdapter(configuration.lora.adapter).identity())
        diagnosis =
            configuration.method == .grpo && world.rank == 0
            ? RunDiagnosis(maxNewTokens: configuration.grpo.maxNewTokens) : nil
        sets = try SetScoring(configuration, parts.loaded, parts.router, interruption)
        for note in sets?.notes ?? [] { report(note) }
    }

    /// Whether this process has the run directory.
    private var writes: Bool { world.rank == 0 }

    private func report(_ line: String) { if writes { progress(.line(line)) } }

    /// What process 0 decides for all processes.
    private func decided(_ decision: () throws -> Bool) throws -> Bool {
        try world.largest(writes && decision() ? 1 : 0) == 1
    }

    // MARK: - The run

    /// Runs to the end.
    ///
    /// - Returns: The content of `summary.json`; in another process than 0 it has no scores.
    /// - Throws: `Interruption.Stopped`, after saving, when the run was asked to stop.
    public func run() throws -> RunSummary {
        if writes { publisher = try RunPublisher(directory, from: completedSteps + 1) }
        defer { progress(.ended) }
        var summary = RunSummary()
        do {
            summary.before = try evaluation(after: 0)
            try train()
            summary.after = try evaluation(after: completedSteps)
            summary.steps = completedSteps
        } catch let stop as Interruption.Stopped {
            try saveCompleted()
            publishPage(isLast: true)
            throw stop
        } catch let failure as RewardError {
            // Rewards come before the update: the weights are those after the last completed step.
            try saveCompleted()
            throw failure
        } catch let failure as OtherProcessFailed {
            try saveCompleted()
            // The process that failed ends the others.
            try world.barrier()
            throw failure
        }
        return writes ? try finished(summary) : summary
    }

    /// Completes and writes what is known at the end.
    private func finished(_ made: RunSummary) throws -> RunSummary {
        var summary = made
        if completedSteps > 0 { summary.checkpoint = directory.checkpoint(completedSteps) }
        if completedSteps < configuration.steps { summary.stoppedBy = spent }
        if configuration.checkpoints.keepBest, let best = try directory.bestStep() {
            summary.best = directory.checkpoint(best)
            // The last evaluation may have found a better one.
            try removeOldCheckpoints()
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try directory.write(
            String(decoding: try encoder.encode(summary), as: UTF8.self) + "\n", to: "summary.json")
        try directory.write(try report(on: summary).text, to: "report.md")
        publishPage(isLast: true)
        return summary
    }

    /// Saves the completed steps unless they are saved already; an evaluation alone has nothing to save.
    private func saveCompleted() throws {
        let isMissing = try decided {
            try configuration.steps > 0 && !directory.checkpointSteps().contains(completedSteps)
        }
        if isMissing { try save() }
    }

    private func report(on summary: RunSummary) throws -> RunReport {
        let lines = try directory.lines(of: "metrics.jsonl").map(\.numbers)
        let tenth = max(1, lines.count / 10)
        func means(_ lines: some Sequence<[String: Double]>) -> [String: Double] {
            let lines = Array(lines)
            let keys = Set(lines.flatMap(\.keys))
            return Dictionary(
                uniqueKeysWithValues: keys.map { key in (key, average(lines.compactMap { $0[key] })) })
        }
        return RunReport(
            summary: summary, configuration: configuration, first: means(lines.prefix(tenth)),
            last: means(lines.suffix(tenth)), findings: diagnosis?.findings ?? [])
    }

    private func train() throws {
        var pace = Pace(done: completedSteps, total: configuration.steps)
        if writes {
            let lines = try directory.lines(of: "metrics.jsonl").map(\.numbers)
            progress(.began(steps: configuration.steps, completed: lines))
        }
        // A run that ended between a save and the evaluation after it.
        try evaluateIfDue()
        while try decided({ completedSteps < configuration.steps && spent == nil }) {
            MemoryStatistics.resetPeak()
            _ = world.takeCost()
            let record = try method.step(completedSteps)
            completedSteps += 1
            if writes { try publish(record, &pace) }
            try saveIfDue()
            try evaluateIfDue()
            try world.together("end of the step", interruption) { try interruption.check() }
        }
    }

    /// Records a step and shows it.
    private func publish(_ made: StepRecord, _ pace: inout Pace) throws {
        var record = made
        let seconds = pace.step()
        record.timings["step_time"] = seconds
        record.timings["tokens_per_second"] = (record.metrics["step_tokens"] ?? 0) / seconds
        record.timings["memory/peak_bytes"] = Double(MemoryStatistics.peakBytes)
        if world.size > 1 {
            let cost = world.takeCost()
            let hidden = record.timings["timing/communication_hidden"] ?? 0
            record.timings["timing/communication"] = max(0, cost.seconds - hidden)
            record.timings["communication/sent_bytes"] = cost.sentBytes
            record.timings["tokens_per_second/process"] =
                (record.timings["tokens_per_second"] ?? 0) / Double(world.size)
        }
        try write(record)
        progress(
            .step(
                CompletedStep(
                    step: completedSteps, metrics: record.metrics, timings: record.timings,
                    secondsLeft: pace.secondsLeft,
                    line: "step \(completedSteps)/\(configuration.steps)  \(record.headline)  "
                        + "\(fixed(seconds, 2)) s/step  \(pace.left) left")))
        let notices = record.notices + (try diagnose(record))
        for notice in notices { report("step \(completedSteps): \(notice)") }
        try publisher?.add(record, notices: notices, step: completedSteps)
        spending.add(metrics: record.metrics, timings: record.timings)
        if let spent { report("step \(completedSteps): the run ends by \(spent)") }
        publishPage(isLast: false)
    }

    /// Records what is wrong since this step, and returns it as lines.
    private func diagnose(_ record: StepRecord) throws -> [String] {
        let found = diagnosis?.add(record.metrics.filter(\.value.isFinite), examples: record.unreadable) ?? []
        try directory.append(
            found.map {
                [
                    "step": .integer(completedSteps), "task": $0.task.map(JSONValue.string) ?? .null,
                    "cause": .string($0.cause.rawValue), "text": .string($0.text),
                ]
            }, to: "diagnosis.jsonl")
        return found.map(\.line)
    }

    private func publishPage(isLast: Bool) {
        if let problem = publisher?.writePage(isLast: isLast) { report(problem) }
    }

    /// The limit of the budget that is reached.
    private var spent: String? { spending.exhausted(configuration.budget) }

    private func evaluateIfDue() throws {
        let every = configuration.evaluation.every
        let isDue = try decided {
            every > 0 && completedSteps > 0 && completedSteps % every == 0
                && completedSteps < configuration.steps && spent == nil
        }
        guard isDue else { return }
        _ = try evaluation(after: completedSteps)
        let isBest = try decided {
            try configuration.checkpoints.keepBest && directory.bestStep() == completedSteps
                && !directory.checkpointSteps().contains(completedSteps)
        }
        guard isBest else { return }
        report("after step \(completedSteps): the best mean so far, saved")
        try save()
    }

    /// Saves at the end and at each interval, except while updates are skipped: the weights have not changed
    /// since, and an older checkpoint from before the trouble would have to go.
    private func saveIfDue() throws {
        let every = configuration.checkpoints.every
        let isDue = every > 0 && completedSteps % every == 0 && optimizerStep.skippedInARow == 0
        let isLast = writes && (completedSteps == configuration.steps || spent != nil)
        // Any process may have got the request.
        let wants = isLast || isDue || interruption.takeSaveRequest()
        if try world.largest(wants ? 1 : 0) == 1 { try save() }
    }

    /// Appends a step's numbers; one that is not finite is left out, because JSON cannot represent it.
    private func write(_ record: StepRecord) throws {
        func line(_ values: [String: Double]) -> [JSONObject] {
            var line = JSONObject(values.filter(\.value.isFinite).mapValues(JSONValue.number))
            line["step"] = .integer(completedSteps)
            return [line]
        }
        try directory.append(line(record.metrics), to: "metrics.jsonl")
        try directory.append(line(record.timings), to: "timing.jsonl")
        try directory.append(
            record.samples.map { $0.merging(["step": .integer(completedSteps)]) { $1 } }, to: "samples.jsonl")
    }

    /// Scores the test rows, or reads the scores when they were recorded before an interruption; nil in another process
    /// than 0.
    private func evaluation(after step: Int) throws -> EvaluationReport? {
        try scoreSets(after: step)
        guard let evaluator else { return nil }
        let known = try writes ? recordedScores(after: step) : nil
        guard try decided({ known == nil && step == completedSteps }) else { return known }
        report("evaluating \(evaluator.samples.count) test rows after step \(step)")
        let found: Evaluation
        do { found = try evaluator.evaluate(world: world) } catch let error as NonFiniteLogits {
            throw RunError.notFinite(place: "evaluation after step \(step)", reason: "\(error)")
        }
        guard writes else { return nil }
        let scores = found.report
        let answers = try directory.write(found.answers, to: directory.answersName(step))
        let value = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(scores))
        try directory.append(
            [["step": .integer(step), "report": value, "answers": .string(answers)]], to: "evaluations.jsonl")
        try publisher?.add(scores, step: step)
        report("after step \(step): mean \(fixed(scores.mean, 3)), greedy \(fixed(scores.greedyMean, 3))")
        if let notice = found.notice { report("after step \(step): \(notice)") }
        return scores
    }

    /// The scores that were recorded before an interruption.
    private func recordedScores(after step: Int) throws -> EvaluationReport? {
        let known = try directory.lines(of: "evaluations.jsonl").first { $0["step"] == .integer(step) }
        guard let report = known?["report"] else { return nil }
        return try JSONDecoder().decode(EvaluationReport.self, from: JSONEncoder().encode(report))
    }

    /// Scores the benchmarks, unless their scores were recorded before an interruption.
    private func scoreSets(after step: Int) throws {
        guard let sets else { return }
        let isDue = try decided {
            try step == completedSteps
                && !directory.lines(of: "sets.jsonl").contains { $0["step"] == .integer(step) }
        }
        guard isDue else { return }
        report("asking \(configuration.evaluation.sets.count) benchmarks after step \(step)")
        guard let (line, scalars, text) = try sets.scores(after: step, world, interruption) else { return }
        try directory.append([line], to: "sets.jsonl")
        try publisher?.add(sets: scalars, step: step)
        report("after step \(step): \(text)")
    }

    // MARK: - Saving and resuming

    /// Saves the completed steps; all processes do it together, and process 0 writes.
    private func save() throws {
        world.enter(phase: "saving")
        let state = TrainerState(
            completedSteps: completedSteps, optimizerSteps: optimizerStep.optimizer.stepCount,
            skippedInARow: optimizerStep.skippedInARow, method: method.saved, identity: identity,
            records: try writes ? directory.recordIdentities() : [:])
        try loaded.save(
            to: directory.checkpoint(completedSteps),
            training: SavedTraining(
                optimizer: optimizerStep.optimizer, state: Array(try RunIdentity.encoder.encode(state)),
                reference: follower), writes: writes)
        if writes { try removeOldCheckpoints() }
    }

    /// The weights of the reference that follows the policy; nil for none.
    private var follower: ParameterStore? {
        configuration.followsPolicy ? start.model.parameters : nil
    }

    private func removeOldCheckpoints() throws {
        try directory.removeOldCheckpoints(
            keeping: configuration.checkpoints.keepLast,
            best: configuration.checkpoints.keepBest ? directory.bestStep() : nil)
    }

    /// Compares the run with its checkpoint, or without one with its start.
    private func check(
        _ point: ResumePoint, _ saved: TrainerState?, _ accepted: Set<AcceptedChange>
    ) throws {
        if let crashed = lock?.crashed { report("\(crashed) ended without releasing the run") }
        let (began, step) = (try directory.identity(), point.checkpoint == nil ? nil : point.step)
        var check = ResumeCheck(place: step.map { String(format: "step-%06d.h5", $0) } ?? "its start")
        if let step, let saved {
            try check.compare(saved, step: step, began: began, directory, configuration)
        }
        guard let old = saved?.identity ?? began else {
            throw RunError.notARun(
                path: directory.path,
                problem: "run.json is missing, and there is no checkpoint; start a new run")
        }
        try ResumeCheck.requireWhole(configuration, directory.configurationPath, old)
        try check.compare(old, with: identity, known: RunInputs(of: directory), inputs: inputs, configuration)
        try check.require(accepting: accepted, directory.path)
        identity.run = old.run
        try directory.record(check, at: step ?? 0)
        if began == nil { try directory.write(old) }
        if step == nil { report("\(directory.path) starts again from its model, without a checkpoint") }
    }

    /// Makes the run directory ready to go on after a resume point.
    private func rewind(to point: ResumePoint, _ saved: TrainerState?) throws {
        if let (folder, count) = try directory.setAside(after: point) {
            report(
                "moved \(count) checkpoints after step \(point.step) to \(folder), with the records as they were; "
                    + "remove it when it is not needed")
        }
        try directory.rewind(to: point.lastRecordedStep, recorded: saved?.records ?? [:])
        spending = try directory.spending()
        for line in try directory.lines(of: "metrics.jsonl") { _ = diagnosis?.add(line.numbers) }
        try inputs.write(to: directory)
        try writeRejects(rejects, to: directory.rejectsPath)
    }

    /// Takes over the state of a checkpoint.
    private func restore(_ point: ResumePoint, _ state: TrainerState?) throws {
        guard let state else { return }
        completedSteps = state.completedSteps
        optimizerStep.restore(skippedInARow: state.skippedInARow)
        if let saved = state.method { method.saved = saved }
        try loaded.restore(
            optimizerStep.optimizer, from: point.checkpoint, stepCount: state.optimizerSteps,
            reference: follower)
    }
}
