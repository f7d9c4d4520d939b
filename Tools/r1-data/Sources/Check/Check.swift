// r1-data check: what is wrong with rows, before a run spends time on them.
import ArgumentParser
import DataEngine
import Foundation
import Rewards
import Rollouts
import ToolKit
import TrainingData
import TrainingRuns
import VisionLanguageModel

/// `r1-data check INPUT`.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find what is wrong with rows and their pictures.",
        discussion: """
            Prints one line a finding: file, line, key, what is wrong and what to do; then a summary. Errors are rows \
            that a run cannot use. Warnings are rows that may not be what was meant. The exit code is 1 when there \
            are errors.

              r1-data check Examples/handwritten/train.jsonl
              r1-data check Examples/handwritten/test.jsonl --decode --model Checkpoints/small-qwen25vl.h5 --json
            """)

    @Argument(help: "The rows, one JSON object per line.", transform: files.argument) var input: String

    @Flag(help: "Decode every picture fully; otherwise its header, and checksums or end marker, decide.")
    var decode = false

    @Option(help: ArgumentHelp("A checkpoint that counts the tokens of prompts.", valueName: "model"))
    var model: String?

    @Flag(help: "Print one JSON object a finding, and one with the summary at the end.")
    var json = false

    @OptionGroup var given: SettingsOptions

    func run() throws {
        let settings = try RunConfiguration.read(file: given.file, assignments: given.assignments)
        var check = RowCheck(try RewardRouter(options: settings.rewards, embedding: nil))
        check.decodes = decode
        check.tokens = try model.map { try promptTokens($0, settings) }
        let encoder = JSONEncoder.forLines()
        let summary = try check.run(RowFile(input)) { finding in
            let line =
                json ? String(decoding: try encoder.line(finding), as: UTF8.self) : finding.text + "\n"
            try console.writeUntrusted(line)
        }
        if json {
            try console.write(String(decoding: try encoder.line(["summary": summary]), as: UTF8.self))
        } else {
            try console.writeUntrusted(summary.text)
        }
        if summary.errors > 0 { throw ExitCode.failure }
    }
}

/// Counts the tokens of prompts with a model's processor and a run's settings for rows.
func promptTokens(_ model: String, _ settings: RunConfiguration) throws -> (Sample) throws -> Int {
    let prompts = try settings.prompts(of: model, report: report)
    return { sample in try prompts.questions([sample])[0].prompt.ids.count }
}
