// r1-train plan: what it predicts is what a run then measures, and what it advises is true.
import Foundation
import TestKit
import Testing

/// What the tests read of a plan's JSON.
private struct PlanOutput: Decodable {
    struct Memory: Decodable {
        let tensors, stepTensors, total, limit: Int
        let usualStepTensors: Int?
    }
    struct Time: Decodable {
        struct Part: Decodable {
            let name: String
            let seconds: Double
        }
        let phases: [Part]
        let step, total: Double
    }
    struct Advice: Decodable { let settings: [String] }
    struct Solution: Decodable { let value, tooLarge: Int? }

    let fits: Bool
    let memory: Memory
    let time: Time?
    let advice: [Advice]
    let solution: Solution?
}

@Suite struct TrainPlanTests {
    /// A folder whose rows are all equal, so that every step is the largest one.
    private static func folder() throws -> TrainFolder {
        let train = try TrainFolder()
        let row = try #require(try train.folder.text("train.jsonl").split(separator: "\n").first)
        let rows = (0..<6).map { row.replacingOccurrences(of: "train-00000\"", with: "row-\($0)\"") + "\n" }
        try train.folder.write("train.jsonl", rows.joined())
        try train.folder.write("test.jsonl", rows.prefix(3).joined())
        return train
    }

    private func plan(_ train: TrainFolder, _ more: [String]) throws -> (PlanOutput, ToolResult) {
        let result = try run("r1-train", ["plan", train.folder.path("run.yaml"), "--json"] + more)
        #expect(result.errors.isEmpty, "\(result.testDescription)")
        return (try JSONDecoder().decode(PlanOutput.self, from: Data(result.output.utf8)), result)
    }

    @Test(
        "The memory of tensors is what a run measures, for every way to train",
        arguments: [
            ("qwen25vl-tiny", "grpo", []),
            ("qwen25vl-tiny", "grpo", ["dtype=bfloat16", "microBatchTokens=100"]),
            ("qwen25vl-tiny", "grpo", ["gradientCheckpointing=true", "microBatchTokens=100"]),
            ("qwen25vl-tiny", "grpo", ["lora.rank=4", "dtype=bfloat16", "gradientCheckpointing=true"]),
            (
                "qwen25vl-tiny", "grpo",
                ["frozen=[visual.]", "grpo.updatesPerRollout=2", "grpo.loss.klCoefficient=0"]
            ),
            ("qwen25vl-tiny", "sft", []),
            ("qwen25vl-tiny", "sft", ["lora.rank=4", "lora.vision=true", "lora.dropout=0.1"]),
            ("internvl-tiny-hf", "grpo", []),
            ("internvl-tiny-hf", "grpo", ["lora.rank=4", "dtype=bfloat16"]),
            ("internvl-tiny-hf", "sft", ["dtype=bfloat16", "gradientCheckpointing=true"]),
            // The passes of a first step have no moments beside them.
            ("qwen25vl-tiny", "grpo", ["steps=1"]),
            ("internvl-tiny-hf", "grpo", ["steps=1", "lora.rank=4", "dtype=bfloat16"]),
            ("qwen25vl-tiny", "sft", ["steps=1", "dtype=bfloat16"]),
        ])
    func memoryOfTensors(_ model: String, _ method: String, _ settings: [String]) throws {
        let train = try Self.folder()
        let sets =
            (["model=\(Fixtures.url("checkpoints/\(model)").path)", "steps=3"] + settings)
            .flatMap { ["--set", $0] }
        let (output, result) = try plan(train, ["--method", method, "--trial", "0"] + sets)
        #expect(result.exitCode == 0 && output.fits && output.time == nil, "\(result.testDescription)")
        let made = try run(
            "r1-train",
            [method, "--config", train.folder.path("run.yaml"), "--run", train.folder.path("run")] + sets)
        #expect(made.exitCode == 0, "\(made.testDescription)")
        let measured =
            try train.folder.text("run/timing.jsonl").split(separator: "\n").map {
                try JSONDecoder().decode([String: Double].self, from: Data($0.utf8))["memory/peak_bytes"] ?? 0
            }.max() ?? 0
        let ratio = Double(output.memory.stepTensors) / measured
        #expect(abs(ratio - 1) < 0.03, "planned \(output.memory.stepTensors), measured \(measured)")
        #expect(output.memory.tensors >= output.memory.stepTensors)
    }

    @Test(
        "Backward hides the sums of gradients over a fast link, and next to nothing of them over a slow one")
    func communication() throws {
        let train = try Self.folder()
        func seconds(_ link: String) throws -> Double {
            let (output, result) = try plan(
                train, ["--processes", "2", "--link", link, "--set", "grpo.units=2"])
            #expect(result.exitCode == 0, "\(result.testDescription)")
            return try #require(output.time?.phases.first { $0.name == "communication" }?.seconds)
        }
        let fast = try seconds("1000")
        #expect(abs(try seconds("500") / fast - 2) < 1e-6)
        // In float32 sums and weights have about equally many bytes; the fast link shows those of the weights alone.
        let ratio = try seconds("0.000001") / fast / 1e9
        #expect((1.6...2.4).contains(ratio), "\(ratio)")
    }

    @Test("A plan with a trial has the seconds of each phase, and of the run")
    func seconds() throws {
        let train = try Self.folder()
        let (output, result) = try plan(train, [])
        #expect(result.exitCode == 0)
        let time = try #require(output.time)
        #expect(time.phases.map(\.name) == ["data", "rollout", "reward", "reference", "update"])
        #expect(abs(time.phases.reduce(0) { $0 + $1.seconds } - time.step) < 1e-9 && time.total > time.step)
        #expect(try #require(output.memory.usualStepTensors) <= output.memory.stepTensors)
        #expect(!train.folder.has("run"))
        let text = try run("r1-train", ["plan", train.folder.path("run.yaml"), "--trial", "0"])
        #expect(text.exitCode == 0 && text.lines.last == "fits", "\(text.testDescription)")
    }

    @Test("What does not fit has exit code 3 and names the largest parts; each advice fits")
    func advice() throws {
        let train = try Self.folder()
        let large = [
            "--trial", "0", "--set", "steps=3", "--set", "grpo.groupSize=16", "--set", "grpo.maxNewTokens=60",
            "--set", "grpo.promptsPerStep=4",
        ]
        let (free, _) = try plan(train, large)
        let limit = large + ["--memory", "\(Double(free.memory.total) * 0.9 / 1024)KiB"]
        let (output, result) = try plan(train, limit)
        #expect(result.exitCode == 3 && !output.fits && !output.advice.isEmpty, "\(result.testDescription)")
        for advice in output.advice {
            let (changed, result) = try plan(train, limit + advice.settings.flatMap { ["--set", $0] })
            #expect(result.exitCode == 0 && changed.fits, "\(advice.settings): \(result.testDescription)")
        }
        let text = try run("r1-train", ["plan", train.folder.path("run.yaml")] + limit)
        #expect(text.exitCode == 3)
        #expect(
            text.output.contains("does not fit: it needs") && text.output.contains("the largest parts are"))
        #expect(text.output.contains("--set \(output.advice[0].settings[0])"), "\(text.testDescription)")
    }

    @Test(
        "The solved value fits and the next one does not",
        arguments: ["grpo.groupSize", "maxNewTokens", "evaluation.batchSize"])
    func solved(_ setting: String) throws {
        let train = try Self.folder()
        let path = setting == "maxNewTokens" ? "grpo.maxNewTokens" : setting
        let common = ["--trial", "0", "--set", "steps=3"]
        let larger = try plan(
            train, common + ["--set", "\(path)=\(setting == "evaluation.batchSize" ? 3 : 40)"]
        ).0
        let limit = common + ["--memory", "\(Double(larger.memory.total) / 1024)KiB"]
        let (output, result) = try plan(train, limit + ["--solve", setting])
        let solution = try #require(output.solution, "\(result.testDescription)")
        let value = try #require(solution.value)
        #expect(result.exitCode == 0)
        #expect(try plan(train, limit + ["--set", "\(path)=\(value)"]).1.exitCode == 0)
        // Three test rows are one batch of any larger size.
        guard let tooLarge = solution.tooLarge else {
            #expect(setting == "evaluation.batchSize")
            return
        }
        #expect(tooLarge == value + 1)
        #expect(try plan(train, limit + ["--set", "\(path)=\(tooLarge)"]).1.exitCode == 3)
    }

    @Test("A limit of time is kept by the solved number of steps, and too many steps have exit code 3")
    func hours() throws {
        let train = try Self.folder()
        let (output, result) = try plan(train, ["--solve", "steps", "--hours", "1"])
        #expect(result.exitCode == 0, "\(result.testDescription)")
        #expect(try #require(output.solution?.value) > TrainFolder.steps)
        let late = try plan(train, ["--hours", "1e-6"])
        #expect(late.1.exitCode == 3 && !late.0.fits)
    }

    @Test("Bad options and settings are refused in one line")
    func badInput() throws {
        let train = try Self.folder()
        let file = train.folder.path("run.yaml")
        for wrong in [
            ["--memory", "24"], ["--memory", "-1GiB"], ["--hours", "0"], ["--trial", "x"], ["--rows", "0"],
        ] {
            #expect(try run("r1-train", ["plan", file] + wrong).exitCode == 64, "\(wrong)")
        }
        let unknown = try run("r1-train", ["plan", file, "--solve", "seed"])
        expectTrouble(unknown, from: "r1-train", naming: ["seed", "microBatchTokens"])
        let endless = try run("r1-train", ["plan", file, "--solve", "steps"])
        expectTrouble(endless, from: "r1-train", naming: ["steps", "limit of time"])
        let model = try run("r1-train", ["plan", file, "--set", "model=nothing.h5"])
        expectTrouble(model, from: "r1-train", naming: ["nothing.h5"])
    }
}
