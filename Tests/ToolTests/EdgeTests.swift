// Values from people at the edge: numbers with range and unit, paths, kinds of files, memory, versions.
import Foundation
import TestKit
import Testing

@Suite("Values from people")
struct EdgeTests {
    private static let model = Fixtures.url("checkpoints/qwen25vl-tiny").path

    @Test(
        "An option out of range is a wrong command line that names option, range and unit",
        arguments: [
            (
                ["r1-infer", "chat", model, "--max-tokens", "1000000000"],
                ["--max-tokens", "from 1 to", "tokens"]
            ),
            (
                ["r1-infer", "chat", model, "--max-tokens", "9223372036854775808"],
                ["--max-tokens", "tokens"]
            ),
            (["r1-infer", "chat", model, "--max-tokens", "-5"], ["--max-tokens", "found -5"]),
            (["r1-infer", "chat", model, "--temperature", "nan"], ["--temperature", "found nan"]),
            (["r1-infer", "chat", model, "--max-frames", "1"], ["--max-frames", "from 2 to"]),
            (["r1-infer", "chat", model, "--dtype", "float8"], ["float32", "bfloat16"]),
            (["r1-infer", "chat", ""], ["expected a path", "found nothing"]),
            (
                ["r1-infer", "generate", model, "--input", "x", "--batch-size", "0"],
                ["--batch-size", "rows"]
            ),
            (["r1-convert", "a", "b", "--style", "old"], ["hf", "nested", "original"]),
            (["r1-convert", "a", "b", "--dtype", "f8"], ["bf16", "f32"]),
            (["r1-convert", "a", "b", "--layout", "x"], ["mapped", "compressed"]),
            (["r1-diff", "a", "b", "--atol", "-1"], ["--atol", "0 or more", "found -1"]),
            (["r1-train", "init", "a", "b", "--seed", "-5"], ["--seed", "found -5"]),
            (["r1-train", "export", "a", "b", "--dtype", "x"], ["float32", "float16"]),
        ] as [([String], [String])])
    func options(_ words: [String], _ parts: [String]) throws {
        let result = try run(words[0], Array(words.dropFirst()))
        #expect(result.exitCode == 64, "\(result.testDescription)")
        for part in parts { #expect(result.errors.contains(part), "\(result.errors)") }
    }

    @Test(
        "A setting out of range or beyond the memory is refused",
        arguments: [
            ("grpo.groupSize=1000000000", ["grpo.groupSize", "from 2 to 4096", "found 1000000000"]),
            ("grpo.maxNewTokens=1000000000000", ["grpo.maxNewTokens", "tokens"]),
            ("method=ppo", ["sft or grpo", "found ppo"]), ("dtype=int32", ["float32 or bfloat16"]),
            ("data.train=", ["data.train", "found nothing"]), ("steps=[1]", ["steps", "a list of 1"]),
        ])
    func settings(_ assignment: String, _ parts: [String]) throws {
        let training = try TrainFolder()
        let result = try run("r1-train", training.new(.grpo, "run", "--set", assignment))
        expectTrouble(result, from: "r1-train", naming: parts)
        #expect(!result.errors.contains("CodingKey") && !training.folder.has("run"))
    }

    @Test("Answers that would not fit the memory are refused before anything is allocated")
    func memory() throws {
        let training = try TrainFolder()
        let words = training.new(
            .grpo, "run", "--set", "grpo.groupSize=4096", "--set", "grpo.maxNewTokens=16000000", "--set",
            "data.test=")
        expectTrouble(
            try run("r1-train", words), from: "r1-train",
            naming: ["16000000 tokens", "needs", "the cache has", "fewer"])
        let chat = ["chat", Self.model, "--prompt", "hi", "--max-tokens", "16777216"]
        let result = try run("r1-infer", chat)
        #expect(result.exitCode == 0 || result.exitCode == 1 && result.errors.contains("the cache has"))
    }

    @Test("A pipe or a device is refused at once, whatever it is given as")
    func pipes() throws {
        let training = try TrainFolder()
        let folder = training.folder
        let pipe = folder.path("pipe.mp4")
        try #require(mkfifo(pipe, 0o600) == 0)
        for place in [pipe, "/dev/zero"] {
            let commands: [[String]] = [
                ["r1-infer", "chat", Self.model, "--prompt", "x", "--image", place],
                ["r1-infer", "chat", Self.model, "--prompt", "x", "--video", place],
                ["r1-infer", "inspect", place], ["r1-infer", "generate", Self.model, "--input", place],
                ["r1-convert", "verify", place],
                ["r1-train", "grpo", "--config", place, "--run", folder.path("r")],
                training.new(.grpo, "r", "--set", "data.train=\(place)").reduce(["r1-train"]) { $0 + [$1] },
            ]
            for words in commands {
                let result = try run(words[0], Array(words.dropFirst()))
                expectTrouble(result, from: words[0], naming: [place == pipe ? "a pipe" : "a device"])
            }
        }
        let copy = folder.path("model")
        try FileManager.default.copyItem(atPath: Self.model, toPath: copy)
        try #require(mkfifo(copy + "/pipe", 0o600) == 0)
        expectTrouble(
            try run("r1-convert", [copy, folder.path("m.h5")]), from: "r1-convert",
            naming: ["pipe", "a pipe"])
    }

    @Test("Rows come from standard input with -")
    func standardInput() throws {
        let row = "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]}\n"
        let result = try run(
            "r1-infer", ["generate", Self.model, "--input", "-", "--max-tokens", "2", "--greedy"], input: row)
        #expect(result.exitCode == 0 && result.lines.count == 1, "\(result.testDescription)")
    }

    @Test("Every tool tells its version", arguments: ["r1-convert", "r1-diff", "r1-infer", "r1-train"])
    func version(_ tool: String) throws {
        let result = try run(tool, ["--version"])
        #expect(result.exitCode == 0)
        #expect(result.output.wholeMatch(of: /r1-\w+ \d+\.\d+\.\d+\n/) != nil, "\(result.output)")
    }

    @Test(
        "init takes folders of both layouts of InternVL",
        arguments: ["internvl-tiny-hf", "internvl-tiny-orig"])
    func internVL(_ name: String) throws {
        let folder = TemporaryFolder()
        let result = try run(
            "r1-train", ["init", Fixtures.url("checkpoints/\(name)").path, folder.path("i.h5")])
        #expect(result.exitCode == 0, "\(result.testDescription)")
        let check = try run("r1-convert", ["verify", folder.path("i.h5")])
        #expect(check.exitCode == 0, "\(check.testDescription)")
    }

    /// Runs a tool under a limit that `ulimit` sets; returns how it ended and its stderr.
    private func limited(
        _ limit: String, _ tool: String, _ arguments: [String], in folder: TemporaryFolder
    ) throws -> (exitCode: Int32?, errors: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments =
            ["-c", "ulimit \(limit); exec \"$@\"", "bash", try builtProgram(tool).path] + arguments
        try folder.write("err", "")
        process.standardError = try FileHandle(forWritingTo: folder.url("err"))
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let code = process.terminationReason == .exit ? process.terminationStatus : nil
        return (code, try folder.text("err"))
    }

    @Test("Too many open files is not called damage")
    func openFiles() throws {
        let folder = TemporaryFolder()
        let model = folder.path("m.h5")
        try #require(try run("r1-convert", [Self.model, model]).exitCode == 0)
        for limit in 4...8 {
            let result = try limited("-n \(limit)", "r1-convert", ["verify", model], in: folder)
            #expect(!result.errors.contains("damaged"), "limit \(limit): \(result.errors)")
        }
    }

    @Test("A run that may open too few files to watch signals is one line with exit code 1")
    func signalsWithoutFiles() throws {
        let folder = TemporaryFolder()
        let result = try limited(
            "-n 4", "r1-train",
            ["sft", "--set", "model=\(Self.model)", "--set", "data.train=x", "--run", folder.path("run")],
            in: folder)
        #expect(result.exitCode == 1, "\(result.errors)")
        #expect(result.errors.hasPrefix("r1-train: error: too many open files"), "\(result.errors)")
        #expect(!folder.has("run"))
    }

    @Test("Training that reaches the limit of ulimit -v is one line with exit code 1")
    func addresses() throws {
        let model = Fixtures.repository.appendingPathComponent("Checkpoints/small-qwen25vl.h5").path
        let rows = Fixtures.examples.appendingPathComponent("train.jsonl").path
        var refused = 0
        for mebibytes in [560, 620, 680, 740] {
            let folder = TemporaryFolder()
            let result = try limited(
                "-v \(mebibytes << 10)", "r1-train",
                [
                    "sft", "--set", "model=\(model)", "--set", "data.train=\(rows)", "--set", "steps=2",
                    "--set", "threads=1", "--run", folder.path("run"),
                ], in: folder)
            let lines = result.errors.split(separator: "\n").filter { $0.contains("rror") }
            #expect(
                result.exitCode == 0 || (result.exitCode == 1 && lines.count == 1),
                "\(mebibytes) MiB: \(result.exitCode.map(String.init) ?? "a signal"), \(result.errors)")
            refused += result.exitCode == 1 ? 1 : 0
        }
        #expect(refused > 0, "no limit was reached")
    }

    @Test("A file above the limit of ulimit -f is one line with exit code 1, and nothing is written")
    func fileSize() throws {
        let folder = TemporaryFolder()
        let result = try limited("-f 100", "r1-convert", [Self.model, folder.path("m.h5")], in: folder)
        #expect(result.exitCode == 1, "\(result.errors)")
        #expect(
            result.errors.hasPrefix("r1-convert: error: ") && result.errors.contains("File too large"),
            "\(result.errors)")
        #expect(!folder.has("m.h5"))
    }

    @Test("/image takes ~, quotes and backslashes")
    func typedPaths() throws {
        let folder = TemporaryFolder()
        let image = try Data(contentsOf: Fixtures.url("images/tiny.png"))
        try image.write(to: folder.url("my cat's.png"))
        let name = folder.path("my cat's.png")
        let lines = [
            name, "\"\(name)\"", name.replacing(" ", with: "\\ ").replacing("'", with: "\\'"),
            "~/my cat\\'s.png",
        ]
        for line in lines {
            let result = try run(
                "r1-infer", ["chat", Self.model, "--max-tokens", "1", "--greedy"],
                input: "/image \(line)\nhi\n", environment: ["HOME": folder.path()])
            #expect(result.exitCode == 0, "\(line): \(result.testDescription)")
        }
    }
}
