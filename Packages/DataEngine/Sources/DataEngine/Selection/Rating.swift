// The rating of a row: what several answers of a model to it earned. One JSON object a line; docs/data-engine.md
// describes the file.
internal import Foundation
internal import StrictJSON

/// What decides a row's answers besides the row and the model.
public struct RatingSettings: Codable, Sendable, Equatable {
    /// Answers per row.
    public var answers: Int
    /// The most tokens of an answer.
    public var maxNewTokens: Int
    /// Selects the random numbers.
    public var seed: UInt64
    /// Softmax temperature.
    public var temperature: Double
    /// SHA-256 of all settings that change answers or rewards, such as the limits on pixels.
    public var hash: String

    /// Settings of a rating.
    public init(answers: Int, maxNewTokens: Int, seed: UInt64, temperature: Double, hash: String) {
        (self.answers, self.maxNewTokens, self.seed) = (answers, maxNewTokens, seed)
        (self.temperature, self.hash) = (temperature, hash)
    }
}

/// The rating of one row.
public struct Rating: Codable, Sendable, Equatable {
    /// The row's id.
    public var id: String
    /// The hash of the row's content, as `rowHash` computes it.
    public var row: String
    /// The row's task.
    public var task: String
    /// What each answer earned: the task's reward, the format reward, both together, and how reading it ended.
    public var accuracy: [Double] = [], format: [Double] = [], total: [Double] = [], status: [String] = []
    /// Mean and largest difference of the accuracies that count; 0 when none counts.
    public var mean = 0.0, spread = 0.0
    /// The whole answers.
    public var answers: [String] = []
    /// Why the row was not answered, such as a gold that cannot be read; then there are no answers.
    public var problem: String?
    /// The identity of the model that answered: a SHA-256 over its weights.
    public var model: String
    /// How the answers were made.
    public var settings: RatingSettings

    /// The rating of a row without answers.
    public init(
        id: String, row: String, task: String, problem: String? = nil, model: String, settings: RatingSettings
    ) {
        (self.id, self.row, self.task, self.problem) = (id, row, task, problem)
        (self.model, self.settings) = (model, settings)
    }

    /// Adds an answer and what it earned.
    ///
    /// - Parameters:
    ///   - answer: The whole text.
    ///   - accuracy: The task's reward.
    ///   - format: The format reward.
    ///   - total: Both together.
    ///   - status: How reading the answer ended; `badGold` and `error` do not count.
    public mutating func add(
        _ answer: String, accuracy: Double, format: Double, total: Double, status: String
    ) {
        answers.append(answer)
        self.accuracy.append(accuracy)
        self.format.append(format)
        self.total.append(total)
        self.status.append(status)
        (mean, spread) = Spread(self.accuracy, status: self.status).values
    }
}

/// Mean and spread of the rewards that count.
struct Spread {
    var mean = 0.0, spread = 0.0

    /// Both as a pair.
    var values: (mean: Double, spread: Double) { (mean, spread) }

    /// The spread of rewards; those with the status `badGold` or `error` do not count.
    init(_ rewards: [Double], status: [String]) {
        let counted = zip(rewards, status).filter { $1 != "badGold" && $1 != "error" }.map(\.0)
        guard let least = counted.min(), let most = counted.max() else { return }
        mean = counted.reduce(0, +) / Double(counted.count)
        spread = most - least
    }
}

/// The rewards that a selection looks at.
public enum RatedReward: String, Sendable, CaseIterable {
    /// The task's reward.
    case accuracy
    /// The task's reward and the format's share.
    case total
}
