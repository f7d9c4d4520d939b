// What a run says about itself: each cause from the metrics of three steps, once, and nothing about a healthy run.
import Testing

@testable import PolicyOptimization

@Suite("Diagnosis")
struct DiagnosisTests {
    /// A step of a run that learns, with the given changes.
    private func step(_ changes: [String: Double] = [:]) -> [String: Double] {
        var metrics = ["kl": 0.01, "completions/mean_length": 60, "completions/min_length": 20]
        for task in ["chart", "open"] {
            metrics.merge([
                "rewards/\(task)/mean": 0.5, "rewards/\(task)/std": 0.3, "rewards/\(task)/format": 0.9,
                "frac_reward_zero_std/\(task)": 0.2, "parse_fail/\(task)": 0.1,
                "completions/clipped_ratio/\(task)": 0.05, "advantages/share/\(task)": 0.5,
                "answers/share/\(task)": 0.5,
            ]) { $1 }
        }
        return metrics.merging(changes) { $1 }
    }

    /// What is found in each of the steps.
    private func findings(
        _ steps: [[String: Double]], examples: [String: String] = [:]
    ) -> [[Finding]] {
        var diagnosis = RunDiagnosis(maxNewTokens: 80)
        return steps.map { diagnosis.add($0, examples: examples) }
    }

    @Test("A run that learns has no finding")
    func healthy() {
        let rising = (0..<40).map {
            step(["rewards/chart/mean": 0.3 + 0.01 * Double($0), "kl": 0.002 * Double($0)])
        }
        #expect(findings(rising).flatMap { $0 }.isEmpty)
    }

    @Test(
        "Each cause is found in the third step, with its task and its numbers",
        arguments: [
            (Cause.allRight, ["rewards/chart/mean": 0.97, "frac_reward_zero_std/chart": 0.9], "mean 0.97"),
            (
                .allWrong, ["rewards/chart/mean": 0.02, "frac_reward_zero_std/chart": 0.9],
                "90% of the groups"
            ),
            (
                .truncated, ["completions/clipped_ratio/chart": 0.8, "parse_fail/chart": 0.9],
                "grpo.maxNewTokens, 80"
            ),
            (.unreadable, ["parse_fail/chart": 0.7], "for example: \"I think so\""),
            (.notScored, ["reward_failures/share/chart": 0.9, "parse_fail/chart": 1], "90% of the answers"),
            (.saturated, ["rewards/chart/mean": 0.95, "rewards/chart/std": 0.02], "deviation 0.020"),
            (
                .dominated, ["advantages/share/chart": 0.9, "advantages/share/open": 0.1],
                "90% of all advantages"
            ),
        ])
    func tasks(_ cause: Cause, _ changes: [String: Double], _ text: String) {
        let found = findings(
            Array(repeating: step(changes), count: 6), examples: ["chart": "I  think\nso", "open": "fine"])
        #expect(found.map(\.count) == [0, 0, 1, 0, 0, 0])
        let finding = found[2].first
        #expect(finding?.task == "chart" && finding?.cause == cause)
        #expect(finding?.text.contains(text) ?? false, "\(finding?.text ?? "")")
        #expect(finding?.line.hasPrefix("chart: ") ?? false)
    }

    @Test("A format that is learned without the answers is found against the start")
    func format() {
        let start = Array(
            repeating: step(["rewards/chart/format": 0.3, "rewards/chart/mean": 0.2]), count: 3)
        let learned = Array(
            repeating: step(["rewards/chart/format": 0.9, "rewards/chart/mean": 0.2]), count: 3)
        let found = findings(start + learned).flatMap { $0 }
        #expect(found.map(\.cause) == [.formatOnly] && found.first?.task == "chart")
        let both = learned.map { $0.merging(["rewards/chart/mean": 0.4]) { $1 } }
        #expect(findings(start + both).flatMap { $0 }.isEmpty)
    }

    @Test("A distance and lengths that run away are found for the whole run")
    func wholeRun() {
        func causes(_ values: [Double], _ metric: String) -> [[Cause]] {
            findings(values.map { step([metric: $0]) }).map { $0.map(\.cause) }
        }
        let jump = causes(Array(repeating: 0.05, count: 10) + [0.5, 0.5, 0.5], "kl")
        #expect(jump.dropLast().flatMap { $0 }.isEmpty && jump.last == [.klGrows])
        #expect(causes([3, 3, 3], "kl").last == [.klGrows])
        #expect(causes([60, 60, 60, 150, 150, 150], "completions/mean_length").last == [.lengthGrows])
        #expect(causes([60, 60, 60, 20, 20, 20], "completions/mean_length").last == [.lengthFalls])
        #expect(causes([6, 6, 6, 14, 14, 14], "completions/mean_length").last == [])
    }

    @Test(
        "A cause is reported again only after it was gone; a task that is rare needs three steps of its own")
    func again() {
        let (bad, good) = (step(["parse_fail/chart": 0.9]), step(["parse_fail/chart": 0]))
        let steps = [bad, bad, bad, bad, good, good, good, bad, bad, bad, bad]
        let found = findings(steps)
        #expect(found.map(\.count) == [0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0])
        let without = bad.filter { !$0.key.hasSuffix("/chart") }
        #expect(findings([bad, without, without, bad, without, bad]).map(\.count) == [0, 0, 0, 0, 0, 1])
    }

    @Test("A long answer is cut on one line")
    func example() {
        let found = findings(
            Array(repeating: step(["parse_fail/open": 1]), count: 3),
            examples: ["open": String(repeating: "word\n", count: 100)])
        let text = found[2].first?.text ?? ""
        #expect(text.contains("\"word word") && text.contains("...\"") && text.count < 500)
        #expect(!text.contains("\n"))
    }

    @Test("A resumed diagnosis, from the recorded metrics, finds what one run finds")
    func resumed() {
        let steps = [
            step(), step(), step(["parse_fail/open": 0.9]), step(["parse_fail/open": 0.9]), step(["kl": 9]),
        ]
        let whole = findings(steps)
        var again = RunDiagnosis(maxNewTokens: 80)
        for metrics in steps.prefix(3) { _ = again.add(metrics) }
        #expect(again.add(steps[3]) == whole[3])
        #expect(again.add(steps[4]) == whole[4])
    }
}
