// The paper's filter: a question whose answers all earn the same reward teaches nothing, so it is left out.
//
// The model answers every row several times at temperature 1; a row is kept when its rewards differ. For
// continuous rewards (IoU, BMAS) "differ" needs a limit: the spread max - min must exceed epsilon (ours; the
// paper says "identical").
internal import Basics
internal import Checkpoint
internal import Foundation
public import Outputs
internal import PolicyOptimization
internal import Rewards
public import Rollouts
internal import TrainingData
internal import VisionLanguageModel

/// How many rows of one task a filter read and kept.
public struct FilterCount: Sendable, Equatable {
    /// Rows read, rows kept.
    public var rows = 0, kept = 0
}

/// Rates rows by a model's answers and keeps those with spread.
public struct RowFilter {
    private let configuration: RunConfiguration
    private let interruption: Interruption

    /// A filter with a run's model, rows, rewards and rollout settings.
    ///
    /// - Throws: `RunError.badSetting`.
    public init(_ configuration: RunConfiguration, interruption: Interruption) throws {
        try configuration.validate()
        guard !configuration.data.train.isEmpty else {
            throw RunError.badSetting(
                path: "data.train", expected: "the path of a JSON-lines file", found: "nothing")
        }
        self.configuration = configuration
        self.interruption = interruption
    }

    /// Copies the lines of rows whose task rewards spread by more than `epsilon`, unchanged and in order.
    ///
    /// - Parameters:
    ///   - output: The file to write; it appears when it is complete. It must not be one that the filter reads.
    ///   - epsilon: The largest spread that counts as "all equal"; 0 is the paper's rule for 0/1 rewards.
    ///   - limits: The most rows of a task to keep, the first ones; a task without a limit keeps all.
    ///   - report: Receives a line after each batch.
    /// - Returns: Counts by task.
    /// - Throws: What reading, rating or writing throws, naming the file.
    public func run(
        to output: OutputClaim, epsilon: Double, limits: [String: Int] = [:], report: (String) -> Void
    ) throws -> [String: FilterCount] {
        Threads.set(configuration.threads)
        let data = configuration.data
        let checkpoint = try openCheckpoint(configuration.model)
        try output.requireNoInput([data.train, data.test] + checkpoint.sourceFiles)
        try checkpoint.requireSound()
        var loaded = try LoadedModel(checkpoint, compute: configuration.dtype)
        try loaded.apply(configuration.data, report: report)
        let router = try RewardRouter(
            options: configuration.rewards,
            embedding: loaded.embeddingTable(dtype: configuration.dtype))
        let prompts = PromptBuilder(loaded.processor)
        let sampler = RolloutSampler(
            engine: loaded.engine, tokenizer: loaded.processor.tokenizer, router: router)
        let samples = try data.rows(data.train, router, keepsLines: true, report: report).samples
        var (counts, kept): ([String: FilterCount], [[UInt8]]) = ([:], [])
        for start in stride(from: 0, to: samples.count, by: configuration.evaluation.batchSize) {
            let rows = start..<min(samples.count, start + configuration.evaluation.batchSize)
            for rollout in try rate(Array(samples[rows]), rows, prompts, sampler) {
                let (sample, task) = (rollout.question.sample, rollout.question.sample.task.rawValue)
                let rewards = rollout.rewards.filter { !$0.isExcluded }.map(\.accuracy)
                let spread = (rewards.max() ?? 0) - (rewards.min() ?? 0)
                counts[task, default: FilterCount()].rows += 1
                guard spread > epsilon, counts[task]?.kept ?? 0 < limits[task] ?? .max else { continue }
                counts[task]?.kept += 1
                kept.append(sample.sourceLine ?? [])
            }
            report("rated \(rows.upperBound)/\(samples.count) rows, kept \(kept.count)")
        }
        guard !kept.isEmpty else {
            throw RunError.badFile(
                file: data.train,
                problem: "no row has rewards that spread by more than \(epsilon); nothing written")
        }
        try output.write(Data(kept.flatMap { $0 + [UInt8(ascii: "\n")] }))
        return counts
    }

    private func rate(
        _ samples: [Sample], _ rows: Range<Int>, _ prompts: PromptBuilder, _ sampler: RolloutSampler
    ) throws -> [Rollout] {
        var sampling = SamplingOptions()
        sampling.temperature = configuration.grpo.temperature
        sampling.maxNewTokens = configuration.grpo.maxNewTokens
        sampling.seed = configuration.seed
        let questions = try prompts.questions(samples)
        let answers = try sampler.answers(
            questions, numbers: rows.map(UInt64.init), count: configuration.grpo.groupSize, options: sampling,
            interruption: interruption)
        return try sampler.score(questions, answers)
    }
}

extension DataOptions {
    /// The usable rows of a file; reports how many were set aside.
    func rows(
        _ path: String, _ router: RewardRouter, keepsLines: Bool = false, needs: RowNeeds = .gold,
        report: (String) -> Void
    ) throws -> UsableRows {
        let rows = try UsableRows(
            path, router: router, rejects: rejects, keepsLines: keepsLines, needs: needs,
            task: task.isEmpty ? nil : Sample.Task(rawValue: task),
            map: RowMap(map.split(separator: " ").map(String.init)))
        reportGuesses(rows.samples, of: path, report)
        if let first = rows.rejects.first {
            let count = rows.rejects.count
            let total = count + rows.samples.count
            report("\(path): set aside \(count) of \(total) rows; the first: \(first.reason)")
        }
        return rows
    }

    /// Reports how many rows got their task by their gold; rows of a training set say so once.
    private func reportGuesses(_ samples: [Sample], of path: String, _ report: (String) -> Void) {
        let guessed = Dictionary(grouping: samples.filter(\.isTaskGuessed), by: \.task.rawValue)
        guard !guessed.isEmpty else { return }
        let counts = guessed.map { "\($0.value.count) \($0.key)" }.sorted().joined(separator: ", ")
        report("\(path): rows without a task got one by their gold: \(counts); data.task sets it")
    }
}
