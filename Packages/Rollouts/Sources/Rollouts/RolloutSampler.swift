// Answers to questions, and their rewards.
internal import Rewards
internal import Tokenizer
internal import VisionLanguageModel

/// A question with its group of answers.
struct Rollout {
    let question: Question
    let answers: [Generation]
    let texts: [String]
    let rewards: [RewardResult]

    /// Total rewards; nil where the answer must not count.
    var totals: [Double?] { rewards.map { $0.isExcluded ? nil : $0.total } }

    /// Whether the group teaches nothing: all its rewards are equal.
    var hasNoSpread: Bool { deviation(totals.compactMap { $0 }, .population) <= smallestSpread }
}

/// Lets the policy answer and scores what it says.
struct RolloutMaker {
    let engine: GenerationEngine
    let tokenizer: Tokenizer
    let router: RewardRouter

    /// Answers every question `count` times; `numbers` name the questions in the random numbers.
    func rollouts(
        _ questions: [Question], numbers: [UInt64], count: Int, options: SamplingOptions,
        shouldStop: () -> Bool
    ) throws -> [[Generation]] {
        let requests = zip(questions, numbers).map {
            GenerationRequest(prompt: $0.prompt, answerCount: count, number: $1)
        }
        return try engine.generate(requests, options: options, shouldStop: shouldStop)
    }

    /// Reads and scores the answers.
    func score(_ questions: [Question], _ answers: [[Generation]]) -> [Rollout] {
        zip(questions, answers).map { question, answers in
            let texts = answers.map { tokenizer.decode($0.ids, skipSpecialTokens: true) }
            let rewards = zip(texts, answers).map { text, answer in
                router.score(
                    text, truncated: answer.finishReason == .length, for: question.sample,
                    context: question.context)
            }
            return Rollout(question: question, answers: answers, texts: texts, rewards: rewards)
        }
    }
}
