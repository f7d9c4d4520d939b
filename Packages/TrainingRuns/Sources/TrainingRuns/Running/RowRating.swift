// Rates rows: the model answers each of them several times, and the rewards and answers are written, one line a row.
//
// The line of a row depends on model, settings and the row's number only, so a rating that was stopped continues
// with the bytes that it would have had.
internal import Basics
internal import Checkpoint
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
    /// - Parameters:
    ///   - output: The file; it grows batch by batch. It must not be one that the rating reads.
    ///   - startsAgain: Whether what the file has is left out instead of continued.
    ///   - report: Receives a line after each batch.
    /// - Throws: `RunError` when the file has ratings of other rows, by another model or with other settings;
    ///   `Interruption.Stopped`; what reading, rating or writing throws, naming the file.
    public func run(
        to output: OutputClaim, startsAgain: Bool = false, report: (String) -> Void
    ) throws {
        Threads.set(configuration.threads)
        let checkpoint = try openCheckpoint(configuration.model)
        try output.requireNoInput([configuration.data.train] + checkpoint.sourceFiles)
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
        let done = startsAgain ? (lines: 0, bytes: 0) : try plan.progress(in: output.path)
        if done.lines > 0 { report("continuing after \(done.lines) of \(plan.ratings.count) rows") }
        let file = try output.open(keeping: done.bytes)
        defer { try? file.close() }  // Every batch is written and synchronized before.
        let prompts = PromptBuilder(loaded.processor)
        let sampler = RolloutSampler(
            engine: loaded.engine(.rollouts), tokenizer: loaded.processor.tokenizer, router: router)
        for batch in plan.batches(after: done.lines) {
            let ratings = try rate(batch, plan, rows.samples, prompts, sampler, report)
            let encoder = RunIdentity.encoder
            let lines = try ratings.map { try encoder.encode($0) + [UInt8(ascii: "\n")] }
            do {
                try file.write(contentsOf: Data(lines.joined()))
                try file.synchronize()
            } catch {
                throw RunError.cannotWrite(path: output.path, reason: systemReason(of: error))
            }
            report("rated \(batch.upperBound) of \(plan.ratings.count) rows")
        }
    }

    /// The ratings of a range of rows.
    private func rate(
        _ batch: Range<Int>, _ plan: RatingPlan, _ samples: [Sample], _ prompts: PromptBuilder,
        _ sampler: RolloutSampler, _ report: (String) -> Void
    ) throws -> [Rating] {
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
        if let failures = rollouts.map(\.outcome).failures { report("warning: \(failures.notice)") }
        for ((place, _), rollout) in zip(places, rollouts) {
            for (text, reward) in zip(rollout.texts, rollout.rewards) {
                ratings[place].add(
                    text, accuracy: reward.accuracy, format: reward.format, total: reward.total,
                    status: reward.status.rawValue)
            }
        }
        return ratings
    }
}
