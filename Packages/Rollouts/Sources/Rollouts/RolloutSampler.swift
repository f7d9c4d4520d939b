// Answers to questions, and their rewards.
internal import Basics
public import Rewards
public import Tokenizer
public import VisionLanguageModel

/// A question with its group of answers.
public struct Rollout: Sendable {
    /// The question.
    public let question: Question
    /// The answers as tokens.
    public let answers: [Generation]
    /// The answers as text.
    public let texts: [String]
    /// What each answer earned.
    public let rewards: [RewardResult]

    /// Total rewards; nil for an answer that must not count.
    public var totals: [Double?] { rewards.map { $0.isExcluded ? nil : $0.total } }

    /// Whether the group teaches nothing, because all its rewards are equal.
    public var hasNoSpread: Bool { deviation(totals.compactMap { $0 }, .population) <= smallestSpread }
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
    /// - Returns: For each question its answers.
    /// - Throws: `Interruption.Stopped`, or `ModelError`.
    public func answers(
        _ questions: [Question], numbers: [UInt64], count: Int, options: SamplingOptions,
        cacheTokens: Int? = nil, interruption: Interruption
    ) throws -> [[Generation]] {
        let requests = zip(questions, numbers).map {
            GenerationRequest(prompt: $0.prompt, answerCount: count, number: $1)
        }
        let answers = try engine.generate(
            requests, options: options, cacheTokens: cacheTokens, shouldStop: { interruption.isRequested })
        try interruption.check()
        return answers
    }

    /// Scores the answers on all threads; the results do not depend on the number of threads.
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
        var rest = scored[...]
        return zip(questions, answers).map { question, answers in
            let group = rest.prefix(answers.count)
            rest = rest.dropFirst(answers.count)
            return Rollout(
                question: question, answers: answers, texts: group.map(\.text), rewards: group.map(\.reward))
        }
    }
}
