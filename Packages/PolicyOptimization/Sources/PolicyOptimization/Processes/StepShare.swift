// What a process tells process 0 about its part of a step of GRPO, from which metrics come in one order.
internal import Collectives
internal import Foundation
internal import Rewards
internal import Rollouts
internal import StrictJSON
internal import TrainingData

/// A process's part of a step of GRPO.
struct StepShare: Codable {
    /// A group that was made.
    struct Made: Codable {
        let round: Int
        let outcome: RolloutOutcome
    }

    /// A group that the step learned from.
    struct Trained: Codable {
        let task: String
        let update: Int
        let advantages: [Double]
        /// The answers as `samples.jsonl` has them, JSON; of the first group of each task only.
        let lines: Data?
    }

    let made: [Made]
    let trained: [Trained]
    /// Where the seconds of this process went, by metric name.
    let seconds: [String: Double]
}

extension StepShare {
    /// This process's part.
    ///
    /// - Parameters:
    ///   - made: The groups that it made, each with its round.
    ///   - trained: Those that it learned from, each with its update and its advantages.
    ///   - seconds: Where its seconds went.
    /// - Throws: What encoding throws.
    init(
        made: [(rollout: Rollout, round: Int)],
        trained: [(rollout: Rollout, update: Int, advantages: [Double])], seconds: [String: Double]
    ) throws {
        self.made = made.map { Made(round: $0.round, outcome: $0.rollout.outcome) }
        var shown: Set<String> = []
        self.trained = try trained.map { rollout, update, advantages in
            let task = rollout.question.sample.task.rawValue
            let lines = shown.insert(task).inserted ? Self.lines(rollout, advantages) : nil
            return Trained(
                task: task, update: update, advantages: advantages,
                lines: try lines.map { try JSONEncoder().encode($0) })
        }
        self.seconds = seconds
    }

    /// Nothing for a group with numbers that are not finite, which JSON does not have; the step's dump has it.
    private static func lines(_ rollout: Rollout, _ advantages: [Double]) -> [JSONObject] {
        guard (advantages + rollout.rewards.map(\.total)).allSatisfy(\.isFinite) else { return [] }
        let pictures = rollout.pictures
        return zip(rollout.records, advantages).map {
            $0.merging(["advantage": .number($1)]) { $1 }.merging(pictures) { $1 }
        }
    }
}

extension [StepShare] {
    /// The outcomes of all groups, round by round, in the order of one process with all units.
    var outcomes: [RolloutOutcome] {
        inOrder(flatMap(\.made), by: \.round).map(\.outcome)
    }

    /// All groups that the step learned from, update by update.
    var trained: [StepShare.Trained] { inOrder(flatMap(\.trained), by: \.update) }

    /// Where the seconds of this process went, and, for each phase of several processes, the slowest one over the mean.
    var timings: [String: Double] {
        guard let first, count > 1 else { return first?.seconds ?? [:] }
        var timings = first.seconds
        for name in ["rollout", "update"] {
            let seconds = map { $0.seconds["timing/\(name)"] ?? 0 }
            let mean = average(seconds)
            if mean > 0 { timings["imbalance/\(name)"] = (seconds.max() ?? 0) / mean }
        }
        return timings
    }

    private func inOrder<Item>(_ items: [Item], by number: (Item) -> Int) -> [Item] {
        Set(items.map(number)).sorted().flatMap { wanted in items.filter { number($0) == wanted } }
    }
}

extension World {
    /// The first value that any process has, in all of them; nil when none has one.
    ///
    /// - Throws: When a process cannot be reached.
    func first(_ text: String?) throws -> String? {
        guard size > 1 else { return text }
        let winner = try largest(text == nil ? 0 : size - rank)
        guard winner > 0 else { return nil }
        var bytes = Array((text ?? "").utf8)
        try broadcast(&bytes, from: size - winner)
        return String(decoding: bytes, as: UTF8.self)
    }
}
