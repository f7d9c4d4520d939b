// The rows as a plan uses them: how long their prompts are, those of the first steps, and the longest.
internal import Basics
internal import Rollouts
internal import TrainingData
internal import VisionLanguageModel

/// Measured rows.
struct PlannedRows {
    let train: [Sample]
    let test: [Sample]
    /// Tokens of the measured prompts.
    private(set) var lengths: [Int] = []
    private var longestTrain: [Sample] = []
    private var longestTest: [Sample] = []
    private let order: BatchOrder?

    /// Measures the prompts of some rows, evenly spaced over each file.
    ///
    /// - Throws: As building a prompt.
    init(_ rows: RunRows, seed: UInt64, prompts: PromptBuilder, most: Int) throws {
        (train, test) = (rows.train?.samples ?? [], rows.test?.samples ?? [])
        order = train.isEmpty ? nil : BatchOrder(sampleCount: train.count, seed: seed)
        let measured = try Self.measured(train, prompts, most)
        lengths = measured.map(\.tokens)
        longestTrain = measured.sorted { $0.tokens > $1.tokens }.map(\.sample)
        longestTest = try Self.measured(test, prompts, most).sorted { $0.tokens > $1.tokens }.map(\.sample)
    }

    private static func measured(
        _ samples: [Sample], _ prompts: PromptBuilder, _ most: Int
    ) throws -> [(sample: Sample, tokens: Int)] {
        let count = min(samples.count, max(1, most))
        var measured: [(sample: Sample, tokens: Int)] = []
        // A part at a time: prepared pictures are large.
        for start in stride(from: 0, to: count, by: 64) {
            let part = (start..<min(count, start + 64)).map { samples[$0 * samples.count / count] }
            measured += zip(part, try prompts.questions(part)).map { ($0, $1.prompt.ids.count) }
        }
        return measured
    }

    /// The rows of step `number`, from 0, of `count` rows.
    func step(_ number: Int, of count: Int) -> [Sample] {
        order?.indices(at: number * count..<(number + 1) * count).map { train[$0] } ?? []
    }

    /// The longest measured rows; they repeat if there are too few.
    func longest(_ count: Int) -> [Sample] { Self.first(count, of: longestTrain) }

    /// The longest measured test rows, at most as many as there are.
    func longestTests(_ count: Int) -> [Sample] {
        Self.first(min(count, test.count), of: longestTest)
    }

    private static func first(_ count: Int, of samples: [Sample]) -> [Sample] {
        samples.isEmpty ? [] : (0..<count).map { samples[$0 % samples.count] }
    }
}
