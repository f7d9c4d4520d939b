// Statistics of many scored answers, by task: what a reward makes of the answers of a model.
import Foundation
public import TrainingData

/// Counts what the answers of each task earned, and prints it.
public struct ScoreReport: Sendable {
    private var tasks: [String: TaskScores] = [:]

    /// A report without answers.
    public init() {}

    /// Adds the results of all answers to one row.
    public mutating func add(_ sample: Sample, _ results: [RewardResult]) {
        tasks[sample.task.rawValue, default: TaskScores()].add(sample, results)
    }

    /// The report, several lines per task in alphabetical order.
    public var text: String {
        tasks.sorted { $0.key < $1.key }.map { $0.value.text(of: $0.key) }.joined(separator: "\n")
    }
}

/// The answers of one task.
private struct TaskScores {
    /// How many equal parts of 0 to 1 the distribution counts.
    private static let binCount = 10
    /// How many ids of unreadable answers are listed.
    private static let listedCount = 5

    private var accuracies: [Double] = []
    private var formatSum = 0.0
    private var (answerCount, rowCount, tiedRows, groupCount) = (0, 0, 0, 0)
    private var choices: [String: Int] = [:]
    private var statuses: [ParseStatus: [String]] = [:]

    mutating func add(_ sample: Sample, _ results: [RewardResult]) {
        rowCount += 1
        answerCount += results.count
        let counted = results.filter { !$0.isExcluded }
        accuracies += counted.map(\.accuracy)
        formatSum += counted.reduce(0) { $0 + $1.format }
        if counted.count > 1, let first = counted.first {
            groupCount += 1
            if counted.allSatisfy({ $0.accuracy == first.accuracy }) { tiedRows += 1 }
        }
        for result in results {
            if result.status != .ok { statuses[result.status, default: []].append(sample.id) }
            if result.status == .ok, sample.task == .mcq || sample.task == .yorn, let choice = result.detail {
                choices[choice, default: 0] += 1
            }
        }
    }

    func text(of task: String) -> String {
        var lines = ["\(task): \(answerCount) answers to \(rowCount) rows"]
        let sorted = accuracies.sorted()
        if let least = sorted.first, let most = sorted.last {
            let count = Double(sorted.count)
            let mean = sorted.reduce(0, +) / count
            let deviation = (sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
            lines.append(
                "  accuracy    mean \(number(mean)), deviation \(number(deviation)), least \(number(least)), "
                    + "median \(number(sorted[sorted.count / 2])), most \(number(most))")
            lines.append("  format      mean \(number(formatSum / count))")
            lines.append("  distribution " + distribution(sorted))
            let (zeros, ones) = (sorted.count { $0 <= 0 }, sorted.count { $0 >= 1 })
            lines.append(
                "  saturation  \(share(zeros, sorted.count)) at 0, \(share(ones, sorted.count)) at 1")
        }
        if groupCount > 0 {
            lines.append("  ties        \(tiedRows) of \(groupCount) rows earn the same with every answer")
        }
        if !choices.isEmpty {
            let counts = choices.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
                "\($0.key) \($0.value)"
            }
            lines.append("  choices     " + counts.joined(separator: ", "))
        }
        for status in ParseStatus.allCases {
            guard let ids = statuses[status] else { continue }
            let more = ids.count > Self.listedCount ? ", ..." : ""
            let name = status.rawValue.padding(toLength: 11, withPad: " ", startingAt: 0)
            lines.append(
                "  \(name) \(ids.count): \(ids.prefix(Self.listedCount).joined(separator: ", "))\(more)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The counts of the parts of 0 to 1 that have answers; accuracies below 0 are one part.
    private func distribution(_ sorted: [Double]) -> String {
        var counts = [Int](repeating: 0, count: Self.binCount + 1)
        for value in sorted {
            let bin = (value * Double(Self.binCount)).rounded(.down)
            counts[value < 0 ? 0 : min(Int(bin), Self.binCount - 1) + 1] += 1
        }
        let parts = counts.enumerated().compactMap { index, count -> String? in
            guard count > 0 else { return nil }
            guard index > 0 else { return "below 0: \(count)" }
            let (start, end) = (
                Double(index - 1) / Double(Self.binCount), Double(index) / Double(Self.binCount)
            )
            return "\(start)-\(end): \(count)"
        }
        return parts.joined(separator: ", ")
    }

    private func number(_ value: Double) -> String { String(format: "%.3f", value) }

    private func share(_ count: Int, _ total: Int) -> String {
        String(format: "%.1f %%", 100 * Double(count) / Double(total))
    }
}
