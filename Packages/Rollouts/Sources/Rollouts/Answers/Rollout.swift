// A question with its answers and their rewards, and what processes tell one another of it.
internal import Foundation
public import Rewards
public import StrictJSON
internal import Tokenizer
internal import TrainingData
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

    /// What metrics and reports need of it.
    public var outcome: RolloutOutcome {
        RolloutOutcome(
            task: question.sample.task.rawValue, promptTokens: question.prompt.ids.count,
            lengths: answers.map(\.ids.count), truncated: answers.map { $0.finishReason == .length },
            rewards: rewards,
            unreadable: rewards.firstIndex { $0.status == .badParse || $0.status == .noAnswer }
                .map { texts[$0] })
    }
}

extension Rollout {
    /// The answers as JSON objects: row, question, gold, text, rewards.
    public var records: [JSONObject] {
        texts.indices.map { index in
            let (sample, reward) = (question.sample, rewards[index])
            return [
                "id": .string(sample.id), "task": .string(sample.task.rawValue),
                "question": .string(sample.question),
                "gold": .array(sample.solutions.map(JSONValue.string)), "answer": .string(texts[index]),
                "accuracy": .number(reward.accuracy), "format": .number(reward.format),
                "reward": .number(reward.total), "status": .string(reward.status.rawValue),
                "detail": reward.detail.map(JSONValue.string) ?? .null,
                "finish_reason": .string(answers[index].finishReason.rawValue),
            ]
        }
    }
}

extension Rollout {
    /// The pictures of the question as a JSON object: `images` with the paths of those that are files, relative to the
    /// working directory if they are inside, and, where the question has a first picture and gold boxes, its
    /// `image_size` and the `gold_boxes`, both in original pixels.
    public var pictures: JSONObject {
        let sample = question.sample
        var object = JSONObject()
        let here = FileManager.default.currentDirectoryPath + "/"
        let paths = sample.imagePaths.filter { !$0.hasPrefix("data:") }
            .map { $0.hasPrefix(here) ? String($0.dropFirst(here.count)) : $0 }
        if !paths.isEmpty { object["images"] = .array(paths.map(JSONValue.string)) }
        guard let size = question.context.imageSize,
            let boxes = sample.boxesInPixels(width: size.width, height: size.height), !boxes.isEmpty
        else { return object }
        object["image_size"] = .array([.number(size.width), .number(size.height)])
        object["gold_boxes"] = .array(
            boxes.map { .array([$0.x1, $0.y1, $0.x2, $0.y2].map(JSONValue.number)) })
        return object
    }
}

/// What became of a question: all that metrics and reports need of a rollout, without prompts, tokens and pictures.
public struct RolloutOutcome: Codable, Sendable {
    /// The task of its row.
    public let task: String
    /// Tokens of the prompt.
    public let promptTokens: Int
    /// Tokens of each answer.
    public let lengths: [Int]
    /// Whether each answer was cut off at the most tokens.
    public let truncated: [Bool]
    /// What each answer earned.
    public let rewards: [RewardResult]
    /// The first answer that could not be read.
    public let unreadable: String?

    /// Total rewards of the answers that count.
    public var totals: [Double] { rewards.filter { !$0.isExcluded }.map(\.total) }

    /// Whether the group teaches nothing, because all its rewards are equal.
    public var hasNoSpread: Bool { deviation(totals, .population) <= smallestSpread }
}

extension [RolloutOutcome] {
    /// How many answers their reward failed to score, and the first reason; nil when there are none.
    public var failures: (count: Int, notice: String)? {
        let all = flatMap(\.rewards)
        let failed = all.filter { $0.status == .error }
        guard let first = failed.first else { return nil }
        return (
            failed.count,
            "\(failed.count) of \(all.count) answers were not scored and do not count; the first: \(first.detail ?? "")"
        )
    }
}
