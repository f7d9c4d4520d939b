// The paper's filter: a question whose answers all earn the same teaches nothing, so it is left out.
//
// The model at hand answers every row several times at temperature 1; a row stays when the rewards differ.
// For continuous rewards (IoU, BMAS) "differ" needs a bound: the spread max - min must exceed epsilon (ours; the
// paper says "identical").
internal import Basics
internal import Foundation
internal import Rewards
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// What a filter kept of one task.
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
        self.configuration = configuration
        self.interruption = interruption
    }

    /// Copies the lines of rows whose task rewards spread by more than `epsilon`, unchanged and in order.
    ///
    /// - Parameters:
    ///   - output: The file to write; it appears when it is complete.
    ///   - epsilon: The largest spread that counts as "all the same"; 0 is the paper's rule for 0/1 rewards.
    ///   - limits: The most rows of a task to keep, the first ones; tasks without a limit keep all.
    ///   - report: Gets a line now and then.
    /// - Returns: Counts by task.
    /// - Throws: What reading, rating or writing throws, naming the file.
    public func run(
        to output: String, epsilon: Double, limits: [String: Int] = [:], report: (String) -> Void
    ) throws -> [String: FilterCount] {
        Threads.set(configuration.threads)
        var loaded = try LoadedModel(path: configuration.model, compute: configuration.dtype)
        try loaded.processor.apply(configuration.data)
        let router = try RewardRouter(
            options: configuration.rewards,
            embedding: loaded.tokenEmbeddings(
                dtype: configuration.dtype, keeping: configuration.rewards.bmas.cachedRows))
        let maker = QuestionMaker(processor: loaded.processor)
        let rollouts = RolloutMaker(
            engine: loaded.engine, tokenizer: loaded.processor.tokenizer, router: router)
        let samples = try SampleReader.read(configuration.data.train).samples
        try router.validate(samples)
        try checkImages(samples)
        let lines = try String(contentsOfFile: configuration.data.train, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        var (counts, kept): ([String: FilterCount], [Substring]) = ([:], [])
        let size = configuration.evaluation.batchSize
        for start in stride(from: 0, to: samples.count, by: size) {
            let rows = start..<min(samples.count, start + size)
            for rollout in try rate(samples[rows], rows, maker, rollouts) {
                let (sample, task) = (rollout.question.sample, rollout.question.sample.task.rawValue)
                let rewards = rollout.rewards.filter { !$0.isExcluded }.map(\.accuracy)
                let spread = (rewards.max() ?? 0) - (rewards.min() ?? 0)
                counts[task, default: FilterCount()].rows += 1
                guard spread > epsilon, counts[task]?.kept ?? 0 < limits[task] ?? .max else { continue }
                counts[task]?.kept += 1
                kept.append(lines[sample.line - 1])
            }
            report("rated \(rows.upperBound)/\(samples.count) rows, kept \(kept.count)")
        }
        guard !kept.isEmpty else {
            throw RunError.badFile(
                file: configuration.data.train,
                problem: "no row has rewards that spread by more than \(epsilon); nothing written")
        }
        do {
            try Data((kept.joined(separator: "\n") + "\n").utf8).write(
                to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            throw RunError.cannotWrite(path: output, reason: error.localizedDescription)
        }
        return counts
    }

    private func rate(
        _ samples: ArraySlice<Sample>, _ rows: Range<Int>, _ maker: QuestionMaker, _ rollouts: RolloutMaker
    ) throws -> [Rollout] {
        let questions = try samples.map { try maker.question($0) }
        var sampling = SamplingOptions()
        sampling.temperature = configuration.grpo.temperature
        sampling.maxNewTokens = configuration.grpo.maxNewTokens
        sampling.seed = configuration.seed
        let answers = try rollouts.rollouts(
            questions, numbers: rows.map(UInt64.init), count: configuration.grpo.groupSize, options: sampling,
            shouldStop: { interruption.isAsked })
        try interruption.check()
        return rollouts.score(questions, answers)
    }
}
