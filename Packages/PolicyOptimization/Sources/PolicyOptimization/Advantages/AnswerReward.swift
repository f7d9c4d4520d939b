// The reward of an answer in its weighted parts.

/// The reward of an answer in parts: `total = sum of weight * value`.
struct AnswerReward: Sendable, Equatable {
    /// A part of the reward.
    struct Part: Sendable, Equatable {
        var weight, value: Double
    }

    /// The parts: the same ones in the same order for all answers of a step.
    var parts: [Part]

    /// A reward of several parts.
    init(parts: [Part]) { self.parts = parts }

    /// A reward of one part.
    init(_ total: Double) { self.init(parts: [Part(weight: 1, value: total)]) }

    /// The weighted sum.
    var total: Double { parts.dropFirst().reduce(parts.first?.product ?? 0) { $0 + $1.product } }
}

extension AnswerReward.Part {
    fileprivate var product: Double { weight * value }
}

/// The rewards of the answers to one question.
struct RewardedGroup: Sendable {
    /// The task of the question.
    var task = ""
    /// The unit of the step that the question belongs to.
    var unit = 0
    /// The rewards; nil for an answer that must not count.
    var rewards: [AnswerReward?]

    /// The totals, in the same order.
    var totals: [Double?] { rewards.map { $0?.total } }
}

/// The penalty for answers that come close to the limit of their length (DAPO's soft overlong punishment; Yu et al.,
/// 2025).
///
///     0                              up to limit - buffer tokens
///     (limit - buffer - n) / buffer  beyond: from 0 down to -1 at the limit
///
/// - Parameters:
///   - count: Tokens of the answer.
///   - limit: The most tokens of an answer.
///   - buffer: The last tokens before the limit, over which the penalty grows; 0 means no penalty.
/// - Returns: From -1 to 0.
func overlongPenalty(_ count: Int, limit: Int, buffer: Int) -> Double {
    guard buffer > 0 else { return 0 }
    return max(-1, min(0, Double(limit - buffer - count) / Double(buffer)))
}
