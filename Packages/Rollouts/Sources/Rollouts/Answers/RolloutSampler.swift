// Answers to questions, and their rewards.
internal import Basics
internal import Foundation
public import Rewards
public import Tokenizer
public import TrainingData
public import VisionLanguageModel

/// The logits of a question are not finite, so that no answer can be sampled.
public struct NonFiniteLogits: Error, CustomStringConvertible, Equatable {
    /// Location and task of the question's row.
    public let row: String
    /// Index of the token in the answer.
    public let token: Int

    /// One sentence for the user.
    public var description: String {
        "\(row): the model's logits for token \(token + 1) of an answer are not finite: the checkpoint is damaged "
            + "(r1-convert verify tells) or was trained until it broke (try a lower learningRate.peak), or its "
            + "numbers are too large for bfloat16 (dtype: float32 is exact)"
    }
}

extension Sample {
    /// Location and task, as messages name a row.
    public var label: String { "\(location) (task \(task))" }
}

extension EngineOptions {
    /// An engine for many answers at once, at the full speed of the library's products.
    public static var rollouts: EngineOptions {
        var options = EngineOptions()
        options.isolation = .none
        return options
    }

    /// An engine whose answers in float32 do not depend on those beside them, so that processes may share them.
    public static var sharedRollouts: EngineOptions {
        var options = EngineOptions()
        options.isolation = .float32
        return options
    }
}

/// Samples answers from a model and scores them.
public struct RolloutSampler {
    private let engine: GenerationEngine
    private let tokenizer: Tokenizer
    private let router: RewardRouter

    /// A sampler.
    ///
    /// - Parameters:
    ///   - engine: Generates the answers.
    ///   - tokenizer: Turns answers into text.
    ///   - router: Scores the texts.
    public init(engine: GenerationEngine, tokenizer: Tokenizer, router: RewardRouter) {
        (self.engine, self.tokenizer, self.router) = (engine, tokenizer, router)
    }

    /// Tokens that are never sampled, because only an input may contain them.
    public var bannedTokenIDs: [Int32] { engine.bannedTokenIDs }

    /// Samples `count` answers to every question.
    ///
    /// - Parameters:
    ///   - questions: Questions.
    ///   - numbers: Identify the questions in the random numbers; equal numbers give equal answers.
    ///   - count: Answers per question.
    ///   - options: How tokens are sampled.
    ///   - cacheTokens: The most tokens whose keys and values are in memory at once; nil for no limit.
    ///   - interruption: Checked after every token.
    ///   - onToken: Called for each token as it is sampled.
    /// - Returns: For each question its answers.
    /// - Throws: `Interruption.Stopped`, `NonFiniteLogits` or `ModelError`.
    public func answers(
        _ questions: [Question], numbers: [UInt64], count: Int, options: SamplingOptions,
        cacheTokens: Int? = nil, interruption: Interruption, onToken: () -> Void = {}
    ) throws -> [[Generation]] {
        try answers(
            questions, numbers: numbers, kinds: [(count, options)], cacheTokens: cacheTokens,
            interruption: interruption, onToken: onToken)[0]
    }

    /// Samples several kinds of answers to every question, whose prompt is computed once for all of them.
    ///
    /// - Parameters:
    ///   - questions: Questions.
    ///   - numbers: Identify the questions in the random numbers.
    ///   - kinds: How many answers of each kind, and how their tokens are sampled.
    ///   - cacheTokens: The most tokens whose keys and values are in memory at once; nil for no limit.
    ///   - interruption: Checked after every token.
    ///   - onToken: Called for each token as it is sampled.
    /// - Returns: For each kind and each question its answers.
    /// - Throws: `Interruption.Stopped`, `NonFiniteLogits` or `ModelError`.
    func answers(
        _ questions: [Question], numbers: [UInt64], kinds: [(count: Int, options: SamplingOptions)],
        cacheTokens: Int? = nil, interruption: Interruption, onToken: () -> Void = {}
    ) throws -> [[[Generation]]] {
        let requests = zip(questions, numbers).flatMap { question, number in
            kinds.map {
                GenerationRequest(
                    prompt: question.prompt, answerCount: $0.count, number: number, options: $0.options)
            }
        }
        do {
            let answers = try engine.generate(
                requests, cacheTokens: cacheTokens, shouldStop: { interruption.isRequested },
                onToken: { _, _, _ in onToken() })
            try interruption.check()
            return kinds.indices.map { kind in
                stride(from: kind, to: answers.count, by: kinds.count).map { answers[$0] }
            }
        } catch ModelError.notFinite(let request, let token) {
            throw NonFiniteLogits(row: questions[request / kinds.count].sample.label, token: token)
        }
    }

    /// Scores the answers on all threads; the results do not depend on the number of threads.
    ///
    /// - Throws: `RewardError.scorerFails` when an external scorer has failed too often in a row.
    public func score(_ questions: [Question], _ answers: [[Generation]]) throws -> [Rollout] {
        let (tokenizer, router) = (tokenizer, router)
        let places = answers.indices.flatMap { group in answers[group].indices.map { (group, $0) } }
        let scored = try parallelMap(places.count) { index in
            let (group, place) = places[index]
            let (question, answer) = (questions[group], answers[group][place])
            let text = tokenizer.decode(answer.ids, skipSpecialTokens: true)
            let reward = router.score(
                text, truncated: answer.finishReason == .length, for: question.sample,
                context: question.context)
            return (text: text, reward: reward)
        }
        try router.checkScorers()
        var rest = scored[...]
        return zip(questions, answers).map { question, answers in
            let group = rest.prefix(answers.count)
            rest = rest.dropFirst(answers.count)
            return Rollout(
                question: question, answers: answers, texts: group.map(\.text), rewards: group.map(\.reward))
        }
    }
}
