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
    /// What was wrong with the last steps.
    let findings: [Finding]

    /// The report as Markdown.
    var text: String {
        let name = configuration.method == .grpo ? "GRPO" : "Supervised"
        var parts = summary.steps == 0 ? ["# Evaluation", evaluated] : ["# \(name) run", settings]
        if summary.before != nil && summary.after != nil {
            parts += ["## Scores on the test rows", "```\n\(summary.table)\n```", Self.legend, saturation]
        }
        if summary.steps > 0 { parts += ["## Training", metrics] }
        if !findings.isEmpty { parts += ["## Diagnosis", diagnosis] }
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    private var settings: String {
        "Started from `\(configuration.model)`, trained \(summary.steps) steps on "
            + "`\(configuration.data.train)`, seed \(configuration.seed). "
            + "Last checkpoint: `\(summary.checkpoint)`. All settings: `config.yaml`."
            + (summary.stoppedBy.map { " Ended by \($0)." } ?? "")
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

    /// What was wrong at the end.
    private var diagnosis: String { findings.map { "- \($0.line)" }.joined(separator: "\n") }

    private func short(_ value: Double?) -> String { String(format: "%.4g", value ?? 0) }
}
