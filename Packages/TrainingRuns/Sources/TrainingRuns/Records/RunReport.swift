// report.md: what a run did, in words and tables for people.
internal import Foundation
internal import PolicyOptimization
internal import Rollouts

/// The report of a finished run.
struct RunReport {
    let summary: RunSummary
    let configuration: RunConfiguration
    /// The metrics of the first and of the last steps, averaged over a tenth of the run.
    let first, last: [String: Double]

    /// The report as Markdown.
    var text: String {
        let name = configuration.method == .grpo ? "GRPO" : "Supervised"
        var parts = summary.steps == 0 ? ["# Evaluation", evaluated] : ["# \(name) run", settings]
        if summary.before != nil && summary.after != nil {
            parts += ["## Scores on the test rows", "```\n\(summary.table)\n```", Self.legend, saturation]
        }
        if summary.steps > 0 { parts += ["## Training", metrics, deadSignals] }
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    private var settings: String {
        "Started from `\(configuration.model)`, trained \(summary.steps) steps on "
            + "`\(configuration.data.train)`, seed \(configuration.seed). "
            + "Last checkpoint: `\(summary.checkpoint)`. All settings: `config.yaml`."
    }

    private var evaluated: String {
        "Evaluated `\(configuration.model)` on `\(configuration.data.test)`, seed \(configuration.seed). "
            + "All settings: `config.yaml`."
    }

    private static let legend =
        "Sampled: mean task reward of the sampled answers. Unread: share of answers without a readable "
        + "answer, sampled/greedy. The format reward is not included."

    /// The spread of the sampled rewards: it shows rewards that no longer distinguish answers.
    private var saturation: String {
        guard let after = summary.after else { return "" }
        let rows = after.tasks.sorted { $0.key < $1.key }.map { name, score in
            "| \(name) | \(fixed(score.mean, 3)) | \(fixed(score.deviation, 3)) "
                + "| \(fixed(score.percentile10, 3)) | \(fixed(score.percentile90, 3)) "
                + "| \(fixed(score.format, 3)) |"
        }
        let head = [
            "| task | mean | deviation | 10th percentile | 90th | format |", "|---|---|---|---|---|---|",
        ]
        return (head + rows).joined(separator: "\n")
    }

    private var metrics: String {
        let rows = last.keys.sorted().filter { first[$0] != nil && $0 != "step" }.map {
            "| \($0) | \(short(first[$0])) | \(short(last[$0])) |"
        }
        return (["| metric | first tenth | last tenth |", "|---|---|---|"] + rows).joined(separator: "\n")
    }

    /// Tasks whose groups had no spread at the end, so that they taught nothing, and why.
    private var deadSignals: String {
        let dead = last.keys.filter { $0.hasPrefix("frac_reward_zero_std/") && (last[$0] ?? 0) > 0.9 }
            .sorted()
        return dead.map { key in
            let task = String(key.dropFirst("frac_reward_zero_std/".count))
            let reward = last["rewards/\(task)/mean"] ?? 0
            let unread = last["parse_fail/\(task)"] ?? 0
            let why =
                unread > 0.5
                ? "most answers could not be read"
                : reward > 0.9
                    ? "nearly all answers were right"
                    : reward < 0.1 ? "nearly all were wrong" : "its groups agree"
            return "No signal from **\(task)** at the end: \(why)."
        }.joined(separator: "\n")
    }

    private func short(_ value: Double?) -> String { String(format: "%.4g", value ?? 0) }
}
