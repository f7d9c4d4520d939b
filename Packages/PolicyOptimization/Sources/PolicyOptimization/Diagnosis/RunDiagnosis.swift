// From the metrics of the last steps to sentences: why a run does not learn, by task.
//
// The diagnosis is a function of the metrics alone. A resumed run passes the recorded metrics again and goes on.
internal import Foundation
internal import Rollouts

/// Looks at the metrics of each step of GRPO and says what is wrong.
///
/// A cause is reported once, when it holds over three steps, and again only after it was gone.
public struct RunDiagnosis {
    private let maxNewTokens: Int
    private var run = SignalWindow()
    private var tasks: [String: SignalWindow] = [:]
    /// What is wrong now, by task in alphabetical order; the whole run comes first.
    public private(set) var findings: [Finding] = []

    /// A diagnosis before the first step.
    ///
    /// - Parameter maxNewTokens: The most tokens of an answer, which a sentence names.
    public init(maxNewTokens: Int) { self.maxNewTokens = maxNewTokens }

    /// Adds a step.
    ///
    /// - Parameters:
    ///   - metrics: The numbers of the step, as in `metrics.jsonl`.
    ///   - examples: By task, an answer of the step that could not be read.
    /// - Returns: What is wrong now and was not before the step.
    public mutating func add(
        _ metrics: [String: Double], examples: [String: String] = [:]
    ) -> [Finding] {
        run.add(metrics)
        for task in Self.tasks(of: metrics) { tasks[task, default: SignalWindow()].add(metrics) }
        let known = findings
        findings = wholeRun + tasks.keys.sorted().flatMap { findings(about: $0, examples[$0]) }
        return findings.filter { new in
            !known.contains { $0.task == new.task && $0.cause == new.cause }
        }
    }

    /// The tasks that a step had groups of.
    private static func tasks(of metrics: [String: Double]) -> [String] {
        let prefix = GRPOMetric.noSpread("")
        return metrics.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    // MARK: - One task

    private func findings(about task: String, _ example: String?) -> [Finding] {
        guard let steps = tasks[task], steps.isFull else { return [] }
        let signals = TaskSignals(task, steps)
        // What stops an answer from being scored hides what its reward would say.
        let reading: [(Cause, String?)] = [
            (.notScored, notScored(signals)), (.truncated, truncated(signals)),
            (.unreadable, unreadable(signals, example)),
        ]
        let learning: [(Cause, String?)] = [
            (.allRight, allRight(signals)), (.allWrong, allWrong(signals)),
            (.saturated, saturated(signals)), (.formatOnly, formatOnly(signals)),
        ]
        let first = reading.first { $0.1 != nil } ?? learning.first { $0.1 != nil }
        let found = [first, (.dominated, dominated(signals))].compactMap { $0 }
        return found.compactMap { cause, text in
            text.map { Finding(task: task, cause: cause, text: $0) }
        }
    }

    private func notScored(_ task: TaskSignals) -> String? {
        guard task.notScored > 0.5 else { return nil }
        return
            "\(percent(task.notScored)) of the answers could not be scored and do not count; the console and "
            + "samples.jsonl have the reason"
    }

    private func truncated(_ task: TaskSignals) -> String? {
        guard task.truncated > 0.5 else { return nil }
        return "\(percent(task.truncated)) of the answers are cut off at grpo.maxNewTokens, \(maxNewTokens), "
            + "before their end; raise it"
    }

    private func unreadable(_ task: TaskSignals, _ example: String?) -> String? {
        guard task.unread > 0.5 else { return nil }
        let example = example.map { ", for example: \(quoted($0))" } ?? ""
        return "\(percent(task.unread)) of the answers cannot be read\(example). The rewards read "
            + "<answer>...</answer>; a supervised warm start teaches it (r1-train sft), and docs/rewards.md lists the "
            + "forms of each task"
    }

    private func allRight(_ task: TaskSignals) -> String? {
        guard task.noSpread > 0.75, task.reward > 0.9 else { return nil }
        return
            "nearly all answers are right (mean \(fixed(task.reward, 2))), and \(percent(task.noSpread)) of the groups "
            + "have equal rewards and teach nothing; use harder rows (r1-data filter) or fewer of them"
    }

    private func allWrong(_ task: TaskSignals) -> String? {
        guard task.noSpread > 0.75, task.reward < 0.1 else { return nil }
        return
            "nearly all answers are wrong (mean \(fixed(task.reward, 2))), and \(percent(task.noSpread)) of the groups "
            + "have equal rewards and teach nothing; use easier rows (r1-data filter), a longer warm start or more "
            + "answers per question (grpo.groupSize)"
    }

    private func saturated(_ task: TaskSignals) -> String? {
        guard task.reward > 0.8, task.spread < 0.05 else { return nil }
        return "the reward gives nearly the same to all answers (mean \(fixed(task.reward, 2)), deviation "
            + "\(fixed(task.spread, 3))), so that it hardly tells good ones from bad ones; for captions, "
            + "rewards.bmas.floor and rewards.bmas.stopWords widen its range"
    }

    private func formatOnly(_ task: TaskSignals) -> String? {
        guard let format = task.format, format.now > 0.8, format.now - format.start > 0.2,
            task.reward - task.startReward < 0.02
        else { return nil }
        return
            "the format is learned (\(fixed(format.start, 2)) at the start, \(fixed(format.now, 2)) now) but the answers "
            + "are not (\(fixed(task.startReward, 2)), \(fixed(task.reward, 2))); lower rewards.formatWeight, or teach "
            + "the task first (r1-train sft)"
    }

    private func dominated(_ task: TaskSignals) -> String? {
        guard tasks.count > 1, let share = task.advantages, share.answers > 0, share.advantages > 0.6,
            share.advantages > 1.5 * share.answers
        else { return nil }
        return
            "\(percent(share.advantages)) of all advantages belong to this task, which has \(percent(share.answers)) of "
            + "the answers, so that other tasks hardly count; grpo.advantages.scaling taskEMA or perReward, or "
            + "rewards.tasks, balance them"
    }

    // MARK: - The whole run

    private var wholeRun: [Finding] {
        guard run.isFull else { return [] }
        let found: [(Cause, String?)] = [
            (.klGrows, klGrows), (.lengthGrows, length(grows: true)), (.lengthFalls, length(grows: false)),
        ]
        return found.compactMap { cause, text in text.map { Finding(task: nil, cause: cause, text: $0) } }
    }

    private var klGrows: String? {
        guard let now = run.now(GRPOMetric.kl), now > 0.2 else { return nil }
        let before = run.before(GRPOMetric.kl)
        guard now > 2 || before.map({ now > 3 * $0 }) ?? false else { return nil }
        return "the distance to the reference runs away (kl \(fixed(now, 3)) now"
            + (before.map { ", \(fixed($0, 3)) in the ten steps before" } ?? "")
            + "); lower learningRate.peak or raise grpo.loss.klCoefficient"
    }

    /// Lengths that doubled since the start, or are below half of it.
    private func length(grows: Bool) -> String? {
        let name = GRPOMetric.meanLength
        guard let now = run.now(name), let start = run.atStart(name),
            let least = run.now(GRPOMetric.leastLength)
        else { return nil }
        let values = "\(fixed(start, 0)) tokens at the start, \(fixed(now, 0)) now"
        if grows {
            guard now > 2 * start, now > start + 16 else { return nil }
            return
                "the answers become longer and longer (mean of \(values)); a penalty (grpo.overlong) or the "
                + "aggregation dr_grpo stop that"
        }
        guard now < start / 2, now < start - 16 else { return nil }
        return
            "the answers become shorter and shorter (mean of \(values), the shortest \(fixed(least, 0))); the "
            + "aggregation dapo or dr_grpo does not favor short answers"
    }
}

/// The numbers of one task over the last steps.
private struct TaskSignals {
    let name: String
    let reward, startReward, spread, noSpread, unread, truncated, notScored: Double
    let format: (start: Double, now: Double)?
    let advantages: (advantages: Double, answers: Double)?

    init(_ name: String, _ steps: SignalWindow) {
        self.name = name
        func now(_ metric: String) -> Double { steps.now(metric) ?? 0 }
        let reward = now(GRPOMetric.reward(name))
        self.reward = reward
        startReward = steps.atStart(GRPOMetric.reward(name)) ?? reward
        // Without the deviation of a step its rewards have not been seen to be equal.
        spread = steps.now(GRPOMetric.spread(name)) ?? .infinity
        noSpread = now(GRPOMetric.noSpread(name))
        unread = now(GRPOMetric.unread(name))
        truncated = now(GRPOMetric.truncated(name))
        notScored = now(GRPOMetric.notScored(name))
        let format = GRPOMetric.format(name)
        self.format = steps.atStart(format).map { (start: $0, now: now(format)) }
        advantages = steps.now(GRPOMetric.advantageShare(name)).map {
            (advantages: $0, answers: now(GRPOMetric.answerShare(name)))
        }
    }
}

/// A share in percent.
private func percent(_ share: Double) -> String { String(format: "%.0f%%", 100 * share) }

/// The start of an answer on one line, in quotes.
private func quoted(_ answer: String) -> String {
    let line = answer.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return "\"" + line.prefix(120) + (line.count > 120 ? "..." : "") + "\""
}
