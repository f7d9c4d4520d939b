// One writer per run folder and per output; an output never replaces an input.
import Basics
import Foundation
import TestKit
import Testing

@Suite(.serialized) struct OneWriterTests {
    private static let small = Fixtures.repository.appendingPathComponent("Checkpoints/small-qwen25vl.h5")
    let folder = TemporaryFolder()

    @Test("A second run and a resume beside a live run are one clear error; the live run is undisturbed")
    func liveRun() throws {
        let train = try TrainFolder()
        try train.finish(train.new(.sft, "whole"))
        let running = try RunningTool("r1-train", train.new(.sft, "run"))
        try running.wait { train.recordedSteps("run") >= 1 || !running.isRunning }
        running.signal(SIGSTOP)
        for arguments in [
            train.new(.sft, "run"), train.resume("run"), train.resume("run") + ["--from", "0"],
        ] {
            let result = try run("r1-train", arguments)
            expectTrouble(
                result, from: "r1-train", naming: [train.folder.path("run"), "in use by process"])
        }
        running.signal(SIGCONT)
        let result = try running.finish()
        #expect(result.exitCode == 0, "\(result.testDescription)")
        try train.expectSame("whole", "run")
        #expect(!train.folder.has("run/run.lock"))
    }

    @Test("The lock of a killed run locks nothing; that of another machine is named with the file to remove")
    func leftLock() throws {
        let train = try TrainFolder()
        let running = try RunningTool("r1-train", train.new(.sft, "run"))
        #expect(try running.signal(SIGKILL) { train.recordedSteps("run") >= 2 })
        _ = try running.finish()
        let text = try train.folder.text("run/run.lock")
        let host = try #require(text.split(separator: "\n").first { $0.hasPrefix("host ") })
        try train.folder.write("run/run.lock", text.replacingOccurrences(of: host, with: "host elsewhere"))
        expectTrouble(
            try run("r1-train", train.resume("run")), from: "r1-train",
            naming: ["on elsewhere", "remove \(train.folder.path("run/run.lock"))"])
        try train.folder.write("run/run.lock", text)
        try train.finish(train.resume("run"))
        #expect(!train.folder.has("run/run.lock"))
    }

    @Test("No output replaces its own input, by name, symbolic link or hard link, even with --overwrite")
    func inputs() throws {
        let model = folder.path("m.h5")
        try FileManager.default.copyItem(at: Self.small, to: folder.url("m.h5"))
        try folder.write("rows.jsonl", #"{"messages": [{"role": "user", "content": "hi"}]}"# + "\n")
        try FileManager.default.createSymbolicLink(atPath: folder.path("soft"), withDestinationPath: model)
        try FileManager.default.linkItem(at: folder.url("m.h5"), to: folder.url("hard"))
        let before = try Data(contentsOf: folder.url("m.h5"))
        let rows = try folder.text("rows.jsonl")
        for output in ["m.h5", "soft", "hard"].map({ folder.path($0) }) {
            for overwrite in [[], ["--overwrite"]] {
                let commands: [(String, [String])] = [
                    ("r1-diff", ["--html", output, model, Self.small.path]),
                    ("r1-diff", ["--svg", output, model, Self.small.path]),
                    ("r1-train", ["export", model, output]),
                    ("r1-convert", ["delta", model, Self.small.path, "-o", output]),
                    (
                        "r1-infer",
                        ["generate", model, "--input", folder.path("rows.jsonl"), "--output", output]
                    ),
                ]
                for (tool, arguments) in commands {
                    let result = try run(tool, arguments + overwrite)
                    expectTrouble(result, from: tool, naming: [output], exitCode: tool == "r1-diff" ? 2 : 1)
                }
            }
        }
        let generate = [
            "generate", model, "--input", folder.path("rows.jsonl"), "--max-tokens", "1", "--output",
        ]
        for option in ["--overwrite", "--resume"] {
            expectTrouble(
                try run("r1-infer", generate + [folder.path("rows.jsonl"), option]), from: "r1-infer",
                naming: ["rows.jsonl", "input"])
        }
        expectTrouble(
            try convert("--overwrite", model, model), from: "r1-convert", naming: ["m.h5", "input"])
        #expect(try Data(contentsOf: folder.url("m.h5")) == before)
        #expect(try folder.text("rows.jsonl") == rows)
        #expect(try folder.names() == ["hard", "m.h5", "rows.jsonl", "soft"])
    }

    @Test("A device, a pipe and a directory are never replaced")
    func kinds() throws {
        let model = Self.small.path
        #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
        #expect(symlink("/dev/null", folder.path("device")) == 0)
        try FileManager.default.createDirectory(
            at: folder.url("directory"), withIntermediateDirectories: false)
        for (name, problem) in [("pipe", "a pipe"), ("device", "a device"), ("directory", "a directory")] {
            let output = folder.path(name)
            expectTrouble(
                try run("r1-diff", ["--overwrite", "--html", output, model, model]), from: "r1-diff",
                naming: [output, problem], exitCode: 2)
            expectTrouble(
                try run("r1-train", ["export", "--overwrite", model, output]), from: "r1-train",
                naming: [output, problem])
        }
        #expect(try folder.names() == ["device", "directory", "pipe"])
    }

    @Test("Two processes that write one output: one finishes, the other is one clear error")
    func oneOutput() throws {
        let output = folder.path("out.jsonl")
        try folder.write("rows.jsonl", #"{"messages": [{"role": "user", "content": "hi"}]}"# + "\n")
        let arguments = [
            "generate", Self.small.path, "--input", folder.path("rows.jsonl"), "--output", output,
            "--max-tokens", "2000", "--samples", "64",
        ]
        let first = try RunningTool("r1-infer", arguments)
        try first.wait { folder.has("out.jsonl") || !first.isRunning }
        first.signal(SIGSTOP)
        expectTrouble(
            try run("r1-infer", arguments + ["--overwrite"]), from: "r1-infer",
            naming: ["out.jsonl", "in use by process"])
        first.signal(SIGCONT)
        first.signal(SIGKILL)
        _ = try first.finish()
    }
}
