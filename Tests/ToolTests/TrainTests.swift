// r1-train as a user runs it: the command line, settings, and bad input of every kind.
import Foundation
import TestKit
import Testing

/// Runs r1-train.
func train(_ arguments: String...) throws -> ToolResult { try run("r1-train", arguments) }

@Suite struct TrainTests {
    @Test("Every command's help explains it, and a wrong command line has exit code 64")
    func commandLine() throws {
        let help = try train("--help")
        #expect(
            help.exitCode == 0 && help.output.contains("r1-train resume runs/first"),
            "\(help.testDescription)")
        for command in ["sft", "grpo", "resume", "init", "export"] {
            let help = try train(command, "--help")
            #expect(help.exitCode == 0 && help.output.contains("USAGE: r1-train \(command)"), "\(command)")
            #expect(help.output.contains("Example"), "\(command) has no example")
            #expect(try train(command, "--fast").exitCode == 64, "\(command)")
        }
        for wrong in [["fly"], ["grpo", "--set"], ["resume"], ["grpo", "extra"]] {
            #expect(try run("r1-train", wrong).exitCode == 64, "\(wrong)")
        }
        let noRun = try train("grpo", "--config", "x.yaml", "--print-config")
        expectTrouble(noRun, from: "r1-train", naming: ["x.yaml"])
        #expect(try train("grpo").exitCode == 64)
    }

    @Test("--print-config prints what, given back as --config, gives the same settings")
    func printedSettings() throws {
        let train = try TrainFolder()
        let first = try run(
            "r1-train", ["grpo", "--config", train.folder.path("run.yaml"), "--print-config"])
        #expect(first.exitCode == 0 && first.errors.isEmpty, "\(first.testDescription)")
        #expect(first.output.contains("groupSize: 2"))
        try train.folder.write("printed.yaml", first.output)
        let second = try run(
            "r1-train", ["grpo", "--config", train.folder.path("printed.yaml"), "--print-config"])
        #expect(second.output == first.output)
        #expect(!train.folder.has("run"))
    }

    @Test("report and compare read finished runs; what is none is refused in one line")
    func reports() throws {
        let train = try TrainFolder()
        try train.finish(train.new(.grpo, "first"))
        try train.finish(train.new(.grpo, "second") + ["--set", "seed=5"])
        let (first, second) = (train.folder.path("first"), train.folder.path("second"))
        try train.folder.write("first/report.html", "old")
        let own = try run("r1-train", ["report", first])
        #expect(own.exitCode == 0, "\(own.testDescription)")
        let page = try train.folder.text("first/report.html")
        #expect(page.hasPrefix("<!DOCTYPE html>") || page.hasPrefix("<!doctype html>"))
        let elsewhere = ["report", first, "--output", train.folder.path("page.html")]
        #expect(try run("r1-train", elsewhere).exitCode == 0)
        expectTrouble(try run("r1-train", elsewhere), from: "r1-train", naming: ["page.html", "--overwrite"])

        let compared = try run(
            "r1-train", ["compare", first, second, "--html", train.folder.path("compare.html")])
        #expect(compared.exitCode == 0 && compared.output.contains("seed"), "\(compared.testDescription)")
        #expect(try train.folder.text("compare.html").contains("Content-Security-Policy"))
        #expect(try run("r1-train", ["compare", first]).exitCode == 64)
        let none = try run("r1-train", ["compare", first, train.folder.path("nothing")])
        expectTrouble(none, from: "r1-train", naming: ["nothing"])
    }

    @Test("A finished run holds every file that docs/training.md names, and is not overwritten")
    func finishedRun() throws {
        let train = try TrainFolder()
        try train.finish(train.new(.grpo, "run"))
        let files = [
            "answers", "checkpoints", "config.yaml", "diagnosis.jsonl", "evaluations.jsonl", "events",
            "inputs.jsonl", "metrics.jsonl", "rejects.jsonl", "report.html", "report.md", "run.json",
            "samples.jsonl", "summary.json", "timing.jsonl",
        ]
        #expect(try train.folder.names("run") == files)
        #expect(train.recordedSteps("run") == TrainFolder.steps)

        let metrics = try train.folder.text("run/metrics.jsonl")
        let again = try run("r1-train", train.new(.grpo, "run"))
        expectTrouble(again, from: "r1-train", naming: [train.folder.path("run"), "r1-train resume"])
        #expect(try train.folder.text("run/metrics.jsonl") == metrics)
    }

    @Test("Bad input is one line with exit code 1, before anything is written", arguments: BadRun.early)
    func badInput(_ bad: BadRun) throws {
        let train = try TrainFolder()
        try bad.change(train.folder)
        let result = try run("r1-train", train.new(.sft, "run") + bad.arguments)
        expectTrouble(result, from: "r1-train", naming: bad.parts)
        #expect(!train.folder.has("run"))
    }

    @Test(
        "A picture that cannot be used is found before the run, with its row", arguments: BadRun.pictures
    )
    func badPicture(_ bad: BadRun) throws {
        let train = try TrainFolder()
        try bad.change(train.folder)
        let result = try run("r1-train", train.new(.sft, "run", "--set", "data.test="))
        expectTrouble(result, from: "r1-train", naming: bad.parts + ["train.jsonl:1: "])
        #expect(!train.folder.has("run"))
    }

    @Test("steps: 0 evaluates only: scores, a table and every answer, but no checkpoint")
    func evaluateOnly() throws {
        let train = try TrainFolder()
        let result = try run("r1-train", train.new(.grpo, "run", "--set", "steps=0", "--set", "data.train="))
        #expect(result.exitCode == 0, "\(result.testDescription)")
        #expect(result.lines.first?.contains("greedy") == true && result.lines.last?.hasPrefix("all") == true)
        #expect(try train.folder.names("run/checkpoints").isEmpty)
        let answers = try train.folder.text("run/answers/step-000000.jsonl").split(separator: "\n")
        #expect(answers.count == 4 && answers.allSatisfy { $0.contains("\"answer\":") })
        let none = try run("r1-train", train.new(.grpo, "none", "--set", "steps=0", "--set", "data.test="))
        expectTrouble(none, from: "r1-train", naming: ["data.test", "only evaluates"])
    }

    @Test("A scorer that fails ends the run with its words; the completed steps are saved")
    func failingScorer() throws {
        let train = try TrainFolder()
        let command = "rewards.external={chart: {command: [sh, -c, 'echo no table >&2; exit 3']}}"
        let rows = try train.folder.text("train.jsonl").replacing(
            /"task": "\w+"/, with: "\"task\": \"chart\"")
        try train.folder.write("train.jsonl", rows)
        // Almost every token ends an answer: answers that are cut off would not reach the scorer.
        let model = train.folder.url("model")
        try FileManager.default.copyItem(at: Fixtures.url("checkpoints/qwen25vl-tiny"), to: model)
        let ends = (0..<756).map(String.init).joined(separator: ", ")
        try train.folder.write("model/generation_config.json", "{\"eos_token_id\": [\(ends)]}")
        let result = try run(
            "r1-train",
            train.new(
                .grpo, "run", "--set", command, "--set", "data.test=", "--set", "model=\(model.path)"))
        #expect(result.exitCode == 1, "\(result.testDescription)")
        let line = try #require(result.errorLines.last)
        for part in ["chart", "5 times in a row", "exit code 3", "no table"] {
            #expect(line.contains(part), "\(line)")
        }
        #expect(train.recordedSteps("run") == 1)
        #expect(try train.folder.names("run/checkpoints") == ["step-000001.h5"])
        #expect(try train.folder.text("run/metrics.jsonl").contains("\"reward_failures\":4"))
    }

    @Test("Losses that are not finite end the run with step, row, task and what to try")
    func nonFinite() throws {
        let train = try TrainFolder()
        let result = try run(
            "r1-train",
            train.new(
                .sft, "run", "--set", "learningRate.peak=1e30", "--set", "steps=9", "--set", "data.test="))
        #expect(result.exitCode == 1, "\(result.testDescription)")
        let line = try #require(result.errorLines.last)
        for part in ["step 6", "train.jsonl:", "(task ", "learningRate.peak below 1e+30"] {
            #expect(line.contains(part), "\(line)")
        }
        #expect(result.errors.contains("step 2: update skipped (1 in a row"), "\(result.errors)")
        #expect(try train.folder.names("run/checkpoints") == ["step-000001.h5"])
    }

    @Test("A prompt above data.maxPromptTokens ends the run with the row, the tokens found and the limit")
    func longPrompt() throws {
        let train = try TrainFolder()
        let arguments = ["--set", "data.maxPromptTokens=5", "--set", "data.test="]
        let result = try run("r1-train", train.new(.grpo, "run") + arguments)
        expectTrouble(
            result, from: "r1-train",
            naming: ["train.jsonl:", "the prompt has ", "the limit is 5 (data.maxPromptTokens)"])
        #expect(train.recordedSteps("run") == 0)
    }

    @Test("Rows that cannot be used are collected, counted and written, and the run uses the others")
    func collectedRows() throws {
        let train = try TrainFolder()
        let rows = try train.folder.text("train.jsonl")
        let gold = #"{"task": "yorn", "messages": [{"role": "user", "content": "Is it?"}], "solution": "?"}"#
        try train.folder.write("train.jsonl", rows + gold + "\n{\n")
        let collected = ["--set", "data.rejects=collect", "--set", "steps=1"]
        let result = try run("r1-train", train.new(.sft, "run") + collected)
        #expect(result.exitCode == 0, "\(result.testDescription)")
        #expect(result.errors.contains("train.jsonl: set aside 2 of 8 rows"), "\(result.errors)")
        let rejects = try train.folder.text("run/rejects.jsonl").split(separator: "\n")
        #expect(rejects.count == 2 && rejects[0].contains("\"line\":7") && rejects[1].contains("\"line\":8"))
        let strict = try run("r1-train", train.new(.sft, "strict"))
        expectTrouble(strict, from: "r1-train", naming: ["train.jsonl:8", "not a JSON object"])
    }

    @Test("A model that is not one is one line with exit code 1", arguments: BadCheckpoint.all)
    func badModel(_ bad: BadCheckpoint) throws {
        let train = try TrainFolder()
        let model = try bad.make(in: train.folder)
        let result = try run("r1-train", train.new(.sft, "run", "--set", "model=\(model)"))
        expectTrouble(result, from: "r1-train", naming: bad.parts)
        #expect(!train.folder.has("run"))
    }

    @Test("A run directory that cannot be written is one line with exit code 1")
    func unwritableRun() throws {
        let train = try TrainFolder()
        try train.folder.write("file", "")
        let result = try run("r1-train", train.new(.sft, "file/run"))
        expectTrouble(result, from: "r1-train", naming: [train.folder.path("file/run"), "Not a directory"])
    }

    @Test("What cannot be resumed is one line with exit code 1")
    func badResume() throws {
        let train = try TrainFolder()
        expectTrouble(
            try run("r1-train", train.resume("absent")), from: "r1-train", naming: ["absent", "config.yaml"])
        try train.finish(train.new(.sft, "run", "--set", "data.test="))
        let checkpoint = train.folder.url("run/checkpoints/step-000005.h5")
        let bytes = try Data(contentsOf: checkpoint)
        try bytes.prefix(100_000).write(to: checkpoint)
        let before = try train.folder.text("run/metrics.jsonl")
        expectTrouble(
            try run("r1-train", train.resume("run")), from: "r1-train", naming: ["step-000005.h5"])
        #expect(try train.folder.text("run/metrics.jsonl") == before)
    }

    @Test("init writes the same random model for the same seed, and refuses a folder without a configuration")
    func initialize() throws {
        let folder = TemporaryFolder()
        let source = Fixtures.url("checkpoints/qwen25vl-tiny")
        try FileManager.default.createDirectory(at: folder.url("side"), withIntermediateDirectories: false)
        for name in [
            "config.json", "preprocessor_config.json", "tokenizer_config.json", "vocab.json", "merges.txt",
        ] {
            try FileManager.default.copyItem(
                at: source.appendingPathComponent(name), to: folder.url("side/\(name)"))
        }
        for (name, seed) in [("a.h5", "1"), ("b.h5", "1"), ("c.h5", "2")] {
            let result = try train("init", folder.path("side"), folder.path(name), "--seed", seed)
            #expect(result.exitCode == 0 && result.errors.isEmpty, "\(result.testDescription)")
        }
        #expect(try Data(contentsOf: folder.url("a.h5")) == Data(contentsOf: folder.url("b.h5")))
        for command in [
            ["init", folder.path("side"), folder.path("b.h5"), "--seed", "2"],
            ["export", folder.path("c.h5"), folder.path("b.h5")],
        ] {
            expectTrouble(
                try run("r1-train", command), from: "r1-train",
                naming: ["b.h5", "already exists", "--overwrite"])
        }
        #expect(try Data(contentsOf: folder.url("a.h5")) == Data(contentsOf: folder.url("b.h5")))
        #expect(
            try train("export", "--overwrite", folder.path("c.h5"), folder.path("b.h5")).exitCode == 0)
        #expect(try diff(folder.path("b.h5"), folder.path("c.h5")).exitCode == 0)
        #expect(try diff(folder.path("a.h5"), folder.path("c.h5")).exitCode == 1)
        #expect(try convert("verify", folder.path("a.h5")).exitCode == 0)

        expectTrouble(
            try train("init", folder.path("absent"), folder.path("d.h5")), from: "r1-train",
            naming: ["absent"])
        try FileManager.default.removeItem(at: folder.url("side/config.json"))
        expectTrouble(
            try train("init", folder.path("side"), folder.path("d.h5")), from: "r1-train",
            naming: ["config.json"])
        #expect(try folder.names() == ["a.h5", "b.h5", "c.h5", "side"])
    }
}
