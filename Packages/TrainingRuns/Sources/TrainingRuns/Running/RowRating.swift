// Rates rows: the model answers each of them several times, and the rewards and answers are written, one line a row.
//
// The line of a row depends on model, settings and the row's number only, so a rating that was stopped continues
// with the bytes that it would have had.
internal import Basics
internal import Checkpoint
public import Collectives
public import DataEngine
internal import Foundation
public import Outputs
internal import PolicyOptimization
internal import Rewards
public import Rollouts
internal import TrainingData
internal import VisionLanguageModel

/// Rates the rows of a file by a model's answers.
public struct RowRating {
    private let configuration: RunConfiguration
    private let interruption: Interruption

    /// A rating with a run's rewards and rollout settings.
    ///
    /// - Parameters:
    ///   - input: The rows; their settings are those of `data`.
    ///   - model: The checkpoint that answers; nil for the configuration's own.
    ///   - configuration: Settings of a training run: `grpo.groupSize` answers at `grpo.temperature`.
    ///   - interruption: Stops the rating; what was rated stays.
    /// - Throws: `RunError.badSetting`.
    public init(
        _ input: String, model: String?, configuration: RunConfiguration, interruption: Interruption
    ) throws {
        var configuration = configuration
        configuration.data.train = input
        // A row that has no gold, such as one of the supervised warm start, is rated as such instead of ending the rest.
        configuration.data.rejects = .collect
        if let model { configuration.model = model }
        try configuration.validate()
        (self.configuration, self.interruption) = (configuration, interruption)
    }

    /// What decides the ratings besides the rows: the model's content and the settings, as a text.
    ///
    /// - Throws: What opening the model throws.
    public func identity() throws -> String {
        let checkpoint = try openCheckpoint(configuration.model)
        let model = try checkpoint.identity ?? computedIdentity(of: checkpoint)
        return
            "\(model) \(try settings()) \(configuration.evaluation.batchSize)"
    }

    /// The settings that decide the answers and rewards.
    ///
    /// - Throws: What encoding throws.
    public func settings() throws -> RatingSettings {
        var relevant = RunConfiguration()
        (relevant.data, relevant.dtype, relevant.rewards) = (
            configuration.data, configuration.dtype, configuration.rewards
        )
        (relevant.data.train, relevant.data.test) = ("", "")
        let grpo = configuration.grpo
        return RatingSettings(
            answers: grpo.groupSize, maxNewTokens: grpo.maxNewTokens, seed: configuration.seed,
            temperature: grpo.temperature, hash: sha256(Array(try RunIdentity.encoder.encode(relevant))))
    }

    /// Writes a line for each row, in the order of the rows; continues a file that the same rating began.
    ///
    /// Several processes share the rows: each rates whole batches, the same ones as one process, and process 0 writes
    /// them in order.
    ///
    /// - Parameters:
    ///   - output: Claims the file, in process 0; it grows batch by batch. It must not be one that the rating reads.
    ///   - startsAgain: Whether what the file has is left out instead of continued.
    ///   - world: The processes that share the rows.
    ///   - report: Receives a line after each round.
    /// - Throws: `RunError` when the file has ratings of other rows, by another model or with other settings;
    ///   `Interruption.Stopped`; `WorldError`; what claiming, reading, rating or writing throws, naming the file.
    public func run(
        to output: () throws -> OutputClaim, startsAgain: Bool = false,
        in world: any World = SingleProcess(), report: (String) -> Void
    ) throws {
        let output = world.rank == 0 ? try output() : nil
        Threads.set(configuration.threads)
        let checkpoint = try openCheckpoint(configuration.model)
        try output?.requireNoInput([configuration.data.train] + checkpoint.sourceFiles)
        try checkpoint.requireSound()
        var loaded = try LoadedModel(checkpoint, compute: configuration.dtype)
        try loaded.apply(configuration.data, report: report)
        let router = try RewardRouter(
            options: configuration.rewards,
            embedding: loaded.embeddingTable(dtype: configuration.dtype))
        let rows = try configuration.data.rows(
            configuration.data.train, router, for: loaded.processor, keepsLines: true, report: report)
        let plan = try RatingPlan(
            rows, of: configuration.data.train, batchSize: configuration.evaluation.batchSize,
            model: try checkpoint.identity ?? computedIdentity(of: checkpoint), settings: settings())
        try world.requireSame(Array(try plan.identity().utf8), "rows, model and settings")
        let file = try output.map { try RatingFile($0, plan, startsAgain: startsAgain, report: report) }
        defer { try? file?.handle.close() }  // Every batch is written and synchronized before.
        let prompts = PromptBuilder(loaded.processor)
        let sampler = RolloutSampler(
            engine: loaded.engine(.rollouts), tokenizer: loaded.processor.tokenizer, router: router)
        let batches = plan.batches(after: try world.fromFirst(file?.lineCount))
        for first in stride(from: 0, to: batches.count, by: world.size) {
            let (own, last) = (first + world.rank, min(first + world.size, batches.count) - 1)
            var warning = ""
            let lines: [UInt8]
            do {
                lines = try world.together("answers", interruption) {
                    guard own < batches.count else { return [] }
                    let ratings: [Rating]
                    (ratings, warning) = try rate(batches[own], plan, rows.samples, prompts, sampler)
                    let encoder = RunIdentity.encoder
                    return try ratings.flatMap { try encoder.encode($0) + [UInt8(ascii: "\n")] }
                }
            } catch let failure as OtherProcessFailed {
                // The process that failed ends the others.
                try world.barrier()
                throw failure
            }
            let batchLines = try world.gather(lines)
            try file?.write(batchLines)
            for text in try world.gather(Array(warning.utf8)) where !text.isEmpty {
                report("warning: \(String(decoding: text, as: UTF8.self))")
            }
            report("rated \(batches[last].upperBound) of \(plan.ratings.count) rows")
        }
    }

    /// The ratings of a range of rows, and what to warn of; empty for nothing.
    private func rate(
        _ batch: Range<Int>, _ plan: RatingPlan, _ samples: [Sample], _ prompts: PromptBuilder,
        _ sampler: RolloutSampler
    ) throws -> (ratings: [Rating], warning: String) {
        var ratings = Array(plan.ratings[batch])
        let places = batch.compactMap { place in plan.samples[place].map { (place - batch.lowerBound, $0) } }
        var sampling = SamplingOptions()
        sampling.temperature = configuration.grpo.temperature
        sampling.maxNewTokens = configuration.grpo.maxNewTokens
        sampling.seed = configuration.seed
        let questions = try prompts.questions(places.map { samples[$0.1] })
        let answers = try sampler.answers(
            questions, numbers: places.map { UInt64($0.1) }, count: configuration.grpo.groupSize,
            options: sampling, interruption: interruption)
        let rollouts = try sampler.score(questions, answers)
        for ((place, _), rollout) in zip(places, rollouts) {
            for (text, reward) in zip(rollout.texts, rollout.rewards) {
                ratings[place].add(
                    text, accuracy: reward.accuracy, format: reward.format, total: reward.total,
                    status: reward.status.rawValue)
            }
        }
        return (ratings, rollouts.map(\.outcome).failures?.notice ?? "")
    }
}

/// The file of ratings, open behind those that stay.
private struct RatingFile {
    let handle: FileHandle
    /// Ratings of an earlier process that stay.
    let lineCount: Int
    private let path: String

    init(_ claim: OutputClaim, _ plan: RatingPlan, startsAgain: Bool, report: (String) -> Void) throws {
        let done = startsAgain ? (lines: 0, bytes: 0) : try plan.progress(in: claim.path)
        if done.lines > 0 { report("continuing after \(done.lines) of \(plan.ratings.count) rows") }
        (handle, lineCount, path) = (try claim.open(keeping: done.bytes), done.lines, claim.path)
    }

    func write(_ batches: [[UInt8]]) throws {
        do {
            try handle.write(contentsOf: Data(batches.joined()))
            try handle.synchronize()
        } catch {
            throw RunError.cannotWrite(path: path, reason: systemReason(of: error))
        }
    }
}
