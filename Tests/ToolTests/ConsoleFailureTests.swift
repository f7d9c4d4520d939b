// Consoles that are closed, full or without a reader: work goes on, and a result that is lost is an error.
import Foundation
import TestKit
import Testing

@Suite("Consoles that fail")
struct ConsoleFailureTests {
    /// A command line of a shell around a tool, with `$TOOL` for the tool's path.
    private func shell(_ tool: String, _ script: String, _ words: [String]) throws -> ToolResult {
        let command = try FinishedCommand(
            ["/bin/bash", "-c", script, "bash", builtProgram(tool).path] + words)
        return ToolResult(output: command.output, errors: command.errors, exitCode: command.exitCode)
    }

    private static let model = Fixtures.url("checkpoints/qwen25vl-tiny").path
    /// Commands whose result is what they print.
    private static let inspections: [[String]] = [
        ["r1-infer", "inspect", model], ["r1-infer", "inspect", "--json", model],
        ["r1-convert", "inspect", model],
        ["r1-convert", "verify", model], ["r1-infer", "tokenize", model, "hi"],
        ["r1-infer", "tokenize", model, "--decode", "5"],
        ["r1-infer", "chat", model, "--prompt", "hi", "--max-tokens", "2"],
        ["r1-train", "grpo", "--print-config"],
        ["r1-train", "settings"], ["r1-diff", model, model], ["r1-train", "--help"],
        ["r1-infer", "--version"],
        ["r1-convert", "--help"], ["r1-diff", "--version"],
    ]

    @Test(
        "A result that cannot be written is an error, whether stdout is full or closed",
        arguments: inspections)
    func lostResult(_ words: [String]) throws {
        for target in ["/dev/full", "&-"] {
            let result = try shell(words[0], "exec \"$@\" >\(target)", Array(words.dropFirst()))
            expectTrouble(
                result, from: words[0], naming: ["stdout: cannot be written"],
                exitCode: words[0] == "r1-diff" ? 2 : 1)
        }
    }

    @Test("A reader that leaves is an error too, not a crash")
    func readerLeaves() throws {
        let result = try shell(
            "r1-train", "set -o pipefail; sleep 1 | (\"$@\"; echo rc=$? >&2) | true", ["settings"])
        // The pipe may be closed before or after all was written; a crash would be 132 or 141.
        #expect(result.errors.contains("rc=1") || result.errors.contains("rc=0"), "\(result.testDescription)")
    }

    @Test(
        "Training ends as usual without a console", arguments: [">&- 2>&-", "2>/dev/full >/dev/full", "2>&-"])
    func training(_ streams: String) throws {
        let training = try TrainFolder()
        let result = try shell("r1-train", "exec \"$@\" \(streams)", training.new(.sft, "run"))
        #expect(result.exitCode == 0, "\(result.testDescription)")
        #expect(training.recordedSteps("run") == TrainFolder.steps && training.folder.has("run/summary.json"))
        try training.expectSoundCheckpoints("run")
    }

    @Test("SIGHUP saves and stops like SIGTERM")
    func hangup() throws {
        let training = try TrainFolder()
        let tool = try RunningTool(
            "r1-train", training.new(.sft, "run", "--set", "steps=2000", "--set", "evaluation.rowLimit=1"))
        try #require(try tool.signal(SIGHUP, when: { training.recordedSteps("run") > 0 }))
        let result = try tool.finish()
        #expect(result.exitCode == 129, "\(result.testDescription)")
        #expect(result.errors.contains("stopped and saved"), "\(result.errors)")
        try training.expectSoundCheckpoints("run")
    }
}
