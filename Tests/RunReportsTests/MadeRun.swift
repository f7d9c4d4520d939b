// A run folder with records as r1-train writes them, made by rule.
import Foundation
import TestKit

@testable import ReportPages
@testable import RunReports

/// A folder with the records of a run that never was.
struct MadeRun {
    /// Steps of the whole run.
    var steps = 40
    /// Answers of a group.
    var groupSize = 4
    /// Added to every accuracy after training.
    var gain = 0.3
    /// Whether metrics have the number of answers.
    var isCounted = false
    /// Test rows of each task.
    var rowCount = 20
    /// Steps between evaluations.
    var every = 20
    /// The tasks.
    var tasks = ["yorn", "grounding"]
    /// The text of every answer; nil for one that depends on step and row.
    var answer: String?
    /// The temperature in the settings.
    var temperature = "1.0"

    /// Writes all files into a new folder with a name, inside one that the caller keeps.
    func write(_ parent: TemporaryFolder, _ name: String = "run") throws -> String {
        try FileManager.default.createDirectory(
            atPath: parent("\(name)/answers"), withIntermediateDirectories: true)
        func write(_ file: String, _ text: String) throws { try parent.write("\(name)/\(file)", text) }
        try write("config.yaml", settings)
        try write("metrics.jsonl", lines(1...steps, metrics))
        try write("timing.jsonl", lines(1...steps, timing))
        try write("samples.jsonl", (1...steps).flatMap(sample).joined())
        let evaluated = stride(from: 0, through: steps, by: every)
        for step in evaluated {
            try write(String(format: "answers/step-%06d.jsonl", step), answers(step).joined())
        }
        try write("evaluations.jsonl", evaluated.map(evaluation).joined())
        try write("summary.json", "{}\n")
        return parent(name)
    }

    private var settings: String {
        """
        method: grpo
        model: Checkpoints/small-qwen25vl.h5
        data:
          train: Examples/handwritten/train-filtered.jsonl
          test: Examples/handwritten/test.jsonl
        steps: \(steps)
        seed: 1
        learningRate:
          peak: 1.0e-4
        grpo:
          groupSize: \(groupSize)
          promptsPerStep: 8
          temperature: \(temperature)

        """
    }

    private func lines(_ steps: ClosedRange<Int>, _ values: (Int) -> [(String, Double)]) -> String {
        steps.map { step in
            let members = values(step).map { "\"\($0)\":\(decimal($1, 5))" }
            return "{\(members.joined(separator: ",")),\"step\":\(step)}\n"
        }.joined()
    }

    /// A number from 0 to 1 that looks random.
    private func noise(_ a: Int, _ b: Int = 0) -> Double {
        var random = SeededRandom(seed: UInt64(a) &* 1_000_003 &+ UInt64(b))
        return Double(random.next(below: 1_000_000)) / 1e6
    }

    private func level(_ step: Int) -> Double { 0.35 + gain * Double(step) / Double(steps) }

    private func metrics(_ step: Int) -> [(String, Double)] {
        let level = level(step) + 0.15 * (noise(step) - 0.5)
        var all = [
            ("reward", level + 0.18), ("reward_std", 0.2 + 0.1 * noise(step, 1)),
            ("loss", 0.01 * noise(step, 2)),
            ("rewards/accuracy/mean", level), ("rewards/format/mean", min(1, 0.9 + 0.002 * Double(step))),
            ("frac_reward_zero_std", 0.3 * noise(step, 3)),
            ("completions/mean_length", 40 + 5 * noise(step, 4)),
            ("completions/min_length", 20 + 3 * noise(step, 5)),
            ("completions/max_length", 70 + 9 * noise(step, 6)),
            ("completions/clipped_ratio", 0.05 * noise(step, 7)), ("kl", 0.0004 * Double(step)),
            ("entropy", 0.9 - 0.01 * Double(step % 40)), ("clip_ratio/low_mean", 0.001 * noise(step, 8)),
            ("clip_ratio/high_mean", 0.002 * noise(step, 9)),
            ("clip_ratio/region_mean", 0.003 * noise(step, 10)),
            ("grad_norm", 0.6 + noise(step, 11)), ("grad_norm/vision", 0.3 + 0.2 * noise(step, 12)),
            ("grad_norm/language", 0.5 + noise(step, 13)),
            ("learning_rate", 1e-4 * (1 - Double(step) / Double(steps + 1))),
            ("sampling_gap/max", 0.00002 * noise(step, 14)), ("step_tokens", 9000), ("skipped_updates", 0),
            ("excluded", 0),
        ]
        for (index, task) in tasks.enumerated() where step % (index + 2) != 1 {
            all += [
                ("rewards/\(task)/mean", level + 0.2 * (noise(step, 20 + index) - 0.5)),
                ("rewards/\(task)/std", 0.3), ("parse_fail/\(task)", 0.1 * noise(step, 30 + index)),
                ("frac_reward_zero_std/\(task)", 0.4 * noise(step, 40 + index)),
            ]
            if isCounted { all.append(("rewards/\(task)/count", 16)) }
        }
        return all
    }

    private func timing(_ step: Int) -> [(String, Double)] {
        [
            ("timing/data", 0.05), ("timing/rollout", 0.9 + 0.2 * noise(step, 50)), ("timing/reward", 0.02),
            ("timing/reference", 0.2), ("timing/update", 0.6 + 0.1 * noise(step, 51)), ("step_time", 1.9),
            ("tokens_per_second", 4500 + 300 * noise(step, 52)), ("memory/peak_bytes", 1.2e9),
        ]
    }

    private func quoted(_ text: String) -> String {
        let data = try? JSONSerialization.data(withJSONObject: [text], options: .withoutEscapingSlashes)
        return String(decoding: data ?? Data(), as: UTF8.self).dropFirst().dropLast().description
    }

    /// The line of an answer.
    private func line(_ task: String, _ row: Int, _ text: String, _ accuracy: Double, _ more: String)
        -> String
    {
        let isBox = task == "grounding"
        let gold = isBox ? "[41, 56, 83, 98]" : "yes"
        let detail = isBox ? ",\"detail\":\"[\(40 + row % 9).0, 50.0, 90.5, 99.0]\"" : ",\"detail\":\"yes\""
        let picture = Fixtures.repository.path + "/Examples/handwritten/images/train-00003.png"
        return
            "{\"id\":\"\(task)-\(row)\",\"task\":\"\(task)\",\"question\":\"Question \(row) of \(task)?\","
            + "\"gold\":[\(quoted(gold))],\"answer\":\(quoted(text)),\"accuracy\":\(decimal(accuracy)),\"format\":1,"
            + "\"reward\":\(decimal(accuracy + 0.2)),\"status\":\"ok\"\(detail),\"finish_reason\":\"stop\","
            + "\"images\":[\(quoted(picture))],\"box_space\":[140,112]\(more)}\n"
    }

    private func text(_ task: String, _ seed: Int) -> String {
        let given = task == "grounding" ? "[\(40 + seed % 9), 50, 90, 99]" : seed % 3 == 0 ? "no" : "yes"
        return answer ?? "<think>I look at the picture, time \(seed % 7).</think><answer>\(given)</answer>"
    }

    private func sample(_ step: Int) -> [String] {
        let task = tasks[step % tasks.count]
        return (0..<groupSize).map { index in
            let accuracy = noise(step, 60 + index)
            return line(
                task, step, text(task, step + index), accuracy,
                ",\"advantage\":\(decimal(accuracy - 0.5)),\"step\":\(step)")
        }
    }

    private func accuracy(_ step: Int, _ row: Int, _ index: Int) -> Double {
        noise(row, 70 + index) < level(step) ? 1 : 0
    }

    private func answers(_ step: Int) -> [String] {
        tasks.flatMap { task in
            (0..<rowCount).flatMap { row in
                (0...2).map { index in
                    line(
                        task, row, text(task, step / max(1, every) * (row % 2) + row),
                        accuracy(step, row, index),
                        ",\"kind\":\"\(index == 0 ? "greedy" : "sampled")\"")
                }
            }
        }
    }

    private func evaluation(_ step: Int) -> String {
        let rows = (0..<rowCount).map { row in (0...2).map { accuracy(step, row, $0) } }
        let greedy = rows.reduce(0) { $0 + $1[0] } / Double(rowCount)
        let sampled = rows.reduce(0) { $0 + ($1[1] + $1[2]) / 2 } / Double(rowCount)
        let score = "\"mean\":\(decimal(sampled, 5)),\"greedyMean\":\(decimal(greedy, 5))"
        let byTask = tasks.map { "\"\($0)\":{\(score),\"rows\":\(rowCount)}" }.joined(separator: ",")
        return
            "{\"step\":\(step),\"answers\":\"\",\"report\":{\(score),\"setAside\":0,\"tasks\":{\(byTask)}}}\n"
    }
}
