// Whole runs of the tiny model: repeatable, resumable bit for bit, careful with what is already there.
import Foundation
import TestKit
import Testing
import VisionLanguageModel

@testable import Basics
@testable import Checkpoint
@testable import ModelFamilies
@testable import PolicyOptimization
@testable import Rewards
@testable import Rollouts
@testable import StrictJSON
@testable import TensorMath
@testable import TrainingData
@testable import TrainingRuns

/// A run over eight rows of the handwritten set, in a folder of its own.
struct TinyRun {
    let folder: TemporaryFolder
    var configuration = RunConfiguration()

    /// SFT makes 3 steps of 4 rows, GRPO 2 steps of 4 questions with 3 answers.
    init(_ method: TrainingMethodKind) throws {
        folder = TemporaryFolder()
        configuration.method = method
        configuration.model = try Self.model(folder)
        configuration.data.train = try folder.write("rows.jsonl", Self.rows())
        configuration.steps = method == .sft ? 3 : 2
        configuration.seed = 7
        configuration.learningRate.peak = 1e-3
        configuration.learningRate.schedule = .linear
        configuration.optimizer.weightDecay = 0.01
        configuration.microBatchTokens = 300
        configuration.sft.batchSize = 4
        configuration.grpo.promptsPerStep = 4
        configuration.grpo.groupSize = 3
        configuration.grpo.maxNewTokens = 12
        configuration.checkpoints.every = 0
    }

    /// The tiny checkpoint with every fourth token as an end token: a random model would hardly ever stop,
    /// and answers cut off have no reward to learn from.
    private static func model(_ folder: TemporaryFolder) throws -> String {
        let path = try folder.copy(fixture: "checkpoints/qwen25vl-tiny", to: "model")
        let ends = (Array(stride(from: 0, to: 740, by: 4)) + [756, 758]).map(String.init)
        try folder.write(
            "model/generation_config.json", "{\"eos_token_id\": [\(ends.joined(separator: ","))]}")
        return path
    }

    /// Three rows of other tasks and five open ones, whose reward is a similarity and so hardly ever equal.
    private static func rows() throws -> String {
        let lines = try Fixtures.exampleRows(60)
        let chosen = lines.prefix(3) + lines.filter { $0.contains("\"task\": \"open\"") }.prefix(5)
        return chosen.map {
            $0.replacingOccurrences(of: "[\"images/", with: "[\"\(Fixtures.examples.path)/images/") + "\n"
        }.joined()
    }

    func directory(_ name: String) -> RunDirectory { RunDirectory(folder.path(name)) }

    /// Runs to the end, or until the step after which `stopAfter` asks to stop.
    @discardableResult
    func run(_ name: String, stopAfter: Int? = nil) throws -> RunDirectory {
        let interruption = Interruption()
        if stopAfter == 0 { interruption.request(15) }
        let run = try TrainingRun(new: configuration, in: directory(name), interruption: interruption) {
            line in
            if let stopAfter, line.text?.hasPrefix("step \(stopAfter)/") ?? false { interruption.request(15) }
        }
        if stopAfter == nil {
            _ = try run.run()
        } else {
            let stopped = #expect(throws: Interruption.Stopped.self) { try run.run() }
            #expect(stopped?.signal == 15)
        }
        return directory(name)
    }

    func resume(_ name: String) throws {
        _ = try TrainingRun(resuming: directory(name), interruption: Interruption()) { _ in }.run()
    }
}

extension RunDirectory {
    func text(_ name: String) throws -> String {
        try String(contentsOfFile: path + "/" + name, encoding: .utf8)
    }

    /// Every tensor of a checkpoint, moments included, by name.
    func tensors(after step: Int) throws -> [String: [UInt8]] {
        let reader = try openCheckpoint(checkpoint(step))
        var all: [String: [UInt8]] = [:]
        for info in reader.tensors { all[info.name] = try reader.withBytes(of: info.name) { Array($0) } }
        for info in reader.trainingTensors {
            all["training " + info.name] = try reader.withTrainingBytes(of: info.name) { Array($0) }
        }
        return all
    }
}

@Suite("Runs")
struct RunTests {
    @Test(
        "A run that was stopped and resumed is bit-equal to one that was not",
        arguments: [
            (TrainingMethodKind.sft, 1, DType.float32), (.sft, 2, .float32), (.grpo, 0, .float32),
            (.grpo, 1, .float32),
            (.grpo, 1, .bfloat16),
        ])
    func resume(_ method: TrainingMethodKind, _ stop: Int, _ dtype: DType) throws {
        var tiny = try TinyRun(method)
        tiny.configuration.dtype = dtype
        tiny.configuration.gradientCheckpointing = dtype == .bfloat16
        let whole = try tiny.run("whole")
        let parted = try tiny.run("parted", stopAfter: stop)
        #expect(try parted.checkpointSteps() == [stop])
        #expect(try parted.lines(of: "metrics.jsonl").count == stop)
        #expect(!FileManager.default.fileExists(atPath: parted.path + "/summary.json"))
        try tiny.resume("parted")
        #expect(try parted.text("metrics.jsonl") == whole.text("metrics.jsonl"))
        #expect(try parted.lines(of: "samples.jsonl") == whole.lines(of: "samples.jsonl"))
        let steps = tiny.configuration.steps
        let (a, b) = (try whole.tensors(after: steps), try parted.tensors(after: steps))
        #expect(a.keys.sorted() == b.keys.sorted() && a.keys.contains { $0.hasPrefix("training ") })
        for (name, bytes) in a { #expect(b[name] == bytes, "\(name)") }
        #expect(FileManager.default.fileExists(atPath: parted.path + "/summary.json"))
    }

    @Test(
        "A run of LoRA repeats bit for bit when it is stopped and resumed; its checkpoints hold the changes only",
        arguments: [(TrainingMethodKind.sft, DType.bfloat16), (.grpo, .float32)])
    func resumeLoRA(_ method: TrainingMethodKind, _ dtype: DType) throws {
        var tiny = try TinyRun(method)
        tiny.configuration.dtype = dtype
        tiny.configuration.lora.rank = 4
        tiny.configuration.lora.dropout = 0.1
        tiny.configuration.gradientCheckpointing = method == .sft
        let whole = try tiny.run("whole")
        let parted = try tiny.run("parted", stopAfter: 1)
        try tiny.resume("parted")
        #expect(try parted.text("metrics.jsonl") == whole.text("metrics.jsonl"))
        let steps = tiny.configuration.steps
        let (a, b) = (try whole.tensors(after: steps), try parted.tensors(after: steps))
        #expect(a == b && a.keys.contains { $0.hasPrefix("training first.") })
        let names = a.keys.filter { !$0.hasPrefix("training ") }.sorted()
        #expect(
            names.count.isMultiple(of: 14) && !names.isEmpty
                && names.allSatisfy { $0.hasPrefix("base_model.model.model.language_model.layers.") })
        let settings = try #require(
            try openCheckpoint(whole.checkpoint(steps)).sideFile("adapter_config.json"))
        let json = try JSONDecoder().decode(JSONValue.self, from: Data(settings))
        #expect(json.members?["r"] == .integer(4))
        let metrics = try whole.lines(of: "metrics.jsonl")
        #expect(
            metrics.allSatisfy { ($0["grad_norm"]?.double ?? 0) > 0 && $0["grad_norm/vision"]?.double == 0 })
        if method == .grpo {
            // The reference is the model without its changes, which are zero at the start.
            expectClose(metrics[0]["kl"]?.double ?? .nan, 0, absolute: 1e-9, "kl of the first step")
            #expect((metrics[1]["kl"]?.double ?? 0) > 0)
        }
    }

    @Test(
        "Within three steps a run says which task teaches nothing, and why",
        arguments: [
            (Cause.allRight, "1"), (.allWrong, "0"), (.unreadable, ""), (.truncated, ""),
        ])
    func diagnosis(_ cause: Cause, _ reward: String) throws {
        var tiny = try TinyRun(.grpo)
        tiny.configuration.steps = 3
        // The model hardly moves: one that learns from few answers soon gives empty ones, which earn nothing.
        tiny.configuration.learningRate.peak = 1e-6
        if cause == .truncated { tiny.configuration.grpo.maxNewTokens = 1 }
        let rows = try String(contentsOfFile: tiny.configuration.data.train, encoding: .utf8)
        let task = reward.isEmpty ? "yorn" : "house"
        let line = try #require(rows.split(separator: "\n").first { $0.contains("\"task\": \"yorn\"") })
        let row = line.replacingOccurrences(of: "\"yorn\"", with: "\"\(task)\"") + "\n"
        tiny.configuration.data.train = try tiny.folder.write(
            "same.jsonl",
            (0..<4).map { row.replacingOccurrences(of: "\"id\": \"", with: "\"id\": \"\($0)-") }.joined())
        if !reward.isEmpty {
            // Reads one request at a time and gives every answer the same score.
            let script = try tiny.folder.write(
                "scorer.sh",
                """
                while read -r line; do
                    id=$(printf '%s' "$line" | sed -E 's/.*"id": ?([0-9]+).*/\\1/')
                    echo "{\\"id\\": $id, \\"reward\\": \(reward)}"
                done
                """)
            tiny.configuration.rewards.external = [task: .init(command: ["/bin/sh", script])]
            tiny.configuration.rewards.formatWeight = 0
        }
        let run = try tiny.run("run")
        let found = try run.lines(of: "diagnosis.jsonl")
        let matching = found.filter { $0["cause"] == .string(cause.rawValue) && $0["task"] == .string(task) }
        #expect(matching.count == 1, "\(found)")
        #expect(try run.text("report.md").contains("## Diagnosis"))
    }

    @Test("The best checkpoint is kept beside the newest, and nothing is removed while the newest is damaged")
    func best() throws {
        var tiny = try TinyRun(.sft)
        tiny.configuration.data.test = tiny.configuration.data.train
        (tiny.configuration.evaluation.every, tiny.configuration.evaluation.maxNewTokens) = (1, 4)
        tiny.configuration.evaluation.answersPerPrompt = 1
        (tiny.configuration.checkpoints.keepLast, tiny.configuration.checkpoints.keepBest) = (1, true)
        let directory = try tiny.run("run")
        let best = try #require(try directory.bestStep())
        #expect(try directory.checkpointSteps() == Set([best, 3]).sorted())
        #expect(try directory.text("summary.json").contains(String(format: "step-%06d.h5", best)))

        tiny.configuration.checkpoints.keepLast = 0
        tiny.configuration.checkpoints.every = 1
        let all = try tiny.run("all")
        let means = [0.9, 0.2, 0.5, 0.4]
        let lines = means.enumerated().map { step, mean in
            "{\"report\":{\"greedyMean\":0,\"mean\":\(mean),\"setAside\":0,\"tasks\":{}},\"step\":\(step)}\n"
        }
        try lines.joined().write(toFile: all.path + "/evaluations.jsonl", atomically: true, encoding: .utf8)
        #expect(try all.checkpointSteps() == [1, 2, 3] && all.bestStep() == 2)
        let newest = URL(fileURLWithPath: all.checkpoint(3)), sound = try Data(contentsOf: newest)
        var damaged = sound
        for index in stride(from: damaged.count / 4, to: damaged.count * 3 / 4, by: 64) {
            damaged[index] ^= 1
        }
        try damaged.write(to: newest)
        #expect(throws: CheckpointError.self) { try all.removeOldCheckpoints(keeping: 1, best: 2) }
        #expect(try all.checkpointSteps() == [1, 2, 3])
        try sound.write(to: newest)
        try all.removeOldCheckpoints(keeping: 1, best: 2)
        #expect(try all.checkpointSteps() == [2, 3])
    }

    @Test(
        "A budget ends a run as its last step would; with a higher one it goes on, bit-equal to a run without"
    )
    func budget() throws {
        var tiny = try TinyRun(.grpo)
        tiny.configuration.steps = 3
        let whole = try tiny.run("whole")
        let tokens = try #require(whole.lines(of: "metrics.jsonl").first?["step_tokens"]?.double)
        tiny.configuration.budget.tokens = Int(tokens) + 1
        let parted = try tiny.run("parted")
        func summary() throws -> RunSummary {
            try JSONDecoder().decode(RunSummary.self, from: Data(parted.text("summary.json").utf8))
        }
        #expect(try summary().steps == 2)
        #expect(try summary().stoppedBy?.hasPrefix("budget.tokens: ") ?? false)
        #expect(try parted.checkpointSteps() == [2])
        #expect(try parted.text("report.md").contains("Ended by budget.tokens"))
        // What is spent stays spent.
        try tiny.resume("parted")
        #expect(try parted.lines(of: "metrics.jsonl").count == 2)
        let settings = try parted.text("config.yaml")
        try tiny.folder.write(
            "parted/config.yaml",
            settings.replacingOccurrences(of: "tokens: \(Int(tokens) + 1)", with: "tokens: 0"))
        try tiny.resume("parted")
        #expect(try summary().stoppedBy == nil)
        #expect(try parted.text("metrics.jsonl") == whole.text("metrics.jsonl"))
        let (a, b) = (try whole.tensors(after: 3), try parted.tensors(after: 3))
        for (name, bytes) in a { #expect(b[name] == bytes, "\(name)") }

        tiny.configuration.budget = BudgetOptions()
        tiny.configuration.budget.seconds = 1e-6
        #expect(try tiny.run("short").lines(of: "metrics.jsonl").count == 1)
    }

    @Test("keepBest without evaluations in between is refused")
    func bestNeedsEvaluations() throws {
        var tiny = try TinyRun(.sft)
        tiny.configuration.checkpoints.keepBest = true
        let error = #expect(throws: RunError.self) { try tiny.run("run") }
        #expect(try #require(error).description.contains("checkpoints.keepBest"))
    }

    @Test("Targets that match no layer are refused, with the setting")
    func noTargets() throws {
        var tiny = try TinyRun(.sft)
        tiny.configuration.lora.rank = 4
        tiny.configuration.lora.targets = ["c_attn"]
        let error = #expect(throws: RunError.self) { try tiny.run("run") }
        #expect(try #require(error).description.contains("lora.targets"))
    }

    @Test("Both methods move the weights, and their metrics are numbers")
    func learns() throws {
        for method in TrainingMethodKind.allCases {
            let tiny = try TinyRun(method)
            let directory = try tiny.run("run")
            let metrics = try directory.lines(of: "metrics.jsonl")
            #expect(
                metrics.compactMap { $0["step"]?.double } == (1...tiny.configuration.steps).map(Double.init))
            for line in metrics {
                #expect(line.values.allSatisfy { $0.double?.isFinite == true })
                #expect((line["grad_norm"]?.double ?? 0) > 0 && line["skipped_updates"]?.double == 0)
            }
            if method == .sft {
                let losses = metrics.compactMap { $0["loss"]?.double }
                #expect(losses.count == 3 && losses[0] > 4)
            } else {
                // The reference is the start, so the penalty is zero at first and positive after an update.
                expectClose(metrics[0]["kl"]?.double ?? .nan, 0, absolute: 1e-9, "kl of the first step")
                #expect((metrics[1]["kl"]?.double ?? 0) > 0)
                for line in metrics {
                    expectClose(
                        line["sampling_gap/max"]?.double ?? .nan, 0, absolute: 1e-4,
                        "the sampler's log-probabilities against the trained model's")
                }
                expectClose(metrics[0]["clip_ratio/region_mean"]?.double ?? .nan, 0, "clipped tokens")
            }
        }
    }

    @Test(
        "The size of a micro-batch changes no result beyond rounding", arguments: TrainingMethodKind.allCases)
    func microBatches(_ method: TrainingMethodKind) throws {
        var tiny = try TinyRun(method)
        tiny.configuration.steps = 1
        tiny.configuration.grpo.loss.aggregation = .dapo
        var first: [String: Double]?
        for tokens in [1, 250, 100_000] {
            tiny.configuration.microBatchTokens = tokens
            let line = try #require(try tiny.run("run-\(tokens)").lines(of: "metrics.jsonl").first)
            let found = line.numbers
            let expected = first ?? found
            first = expected
            #expect(found.keys.sorted() == expected.keys.sorted())
            for (name, value) in expected {
                // The gap is itself a rounding error.
                let absolute = name == "sampling_gap/max" ? 1e-4 : 1e-6
                expectClose(
                    found[name] ?? .nan, value, absolute: absolute, relative: 1e-4, "\(tokens): \(name)")
            }
        }
    }

    @Test("Several updates share a rollout: the first is on policy, later ones see old log-probabilities")
    func severalUpdates() throws {
        var tiny = try TinyRun(.grpo)
        tiny.configuration.grpo.updatesPerRollout = 2
        tiny.configuration.steps = 1
        let line = try #require(try tiny.run("run").lines(of: "metrics.jsonl").first)
        #expect((line["grad_norm"]?.double ?? 0) > 0 && (line["kl"]?.double ?? 0) > 0)
    }

    @Test("An existing run is refused and left as it was")
    func existing() throws {
        let tiny = try TinyRun(.sft)
        let directory = try tiny.run("run", stopAfter: 1)
        let before = try directory.text("metrics.jsonl")
        let error = #expect(throws: RunError.self) { try tiny.run("run") }
        #expect(try #require(error).description.contains("already contains a run"))
        #expect(try directory.text("metrics.jsonl") == before && directory.checkpointSteps() == [1])
    }

    @Test("What cannot be resumed is refused, saying why")
    func notARun() throws {
        let tiny = try TinyRun(.sft)
        func message(_ name: String) throws -> String {
            let error = #expect(throws: RunError.self) { try tiny.resume(name) }
            return try #require(error).description
        }
        #expect(try message("nothing").contains("no config.yaml"))
        try FileManager.default.createDirectory(
            atPath: tiny.folder.path("bare"), withIntermediateDirectories: true)
        try tiny.folder.write("bare/config.yaml", tiny.configuration.yaml())
        #expect(try message("bare").contains("checkpoints"))
    }

    @Test("Settings that were edited out of their range are refused at resume")
    func editedSettings() throws {
        let tiny = try TinyRun(.sft)
        let directory = try tiny.run("run", stopAfter: 1)
        let edited = try directory.text("config.yaml").replacingOccurrences(of: "steps: 3", with: "steps: -1")
        try tiny.folder.write("run/config.yaml", edited)
        let error = #expect(throws: RunError.self) { try tiny.resume("run") }
        #expect(
            try #require(error).description.contains(
                "setting steps: expected 0 (only evaluates) or a whole number from 1 to 1000000000 (steps), found -1"
            ))
        #expect(try directory.lines(of: "metrics.jsonl").count == 1)
    }

    @Test("Rows with unusable golds are set aside before a run, counted and written with the reason")
    func rejects() throws {
        let tiny = try TinyRun(.grpo)
        let rows = try tiny.folder.text("rows.jsonl")
        let bad =
            #"{"task": "yorn", "messages": [{"role": "user", "content": "Is it?"}], "solution": "maybe"}"#
        try tiny.folder.write("rows.jsonl", bad + "\n" + rows)
        var lines: [String] = []
        let directory = tiny.directory("run")
        let run = try TrainingRun(
            new: tiny.configuration, in: directory, interruption: Interruption(),
            progress: { if let line = $0.text { lines.append(line) } })
        _ = try run.run()
        #expect(lines.first?.contains("set aside 1 of 9 rows") == true, "\(lines)")
        let rejects = try directory.lines(of: "rejects.jsonl")
        #expect(rejects.count == 1 && rejects.first?["line"] == .integer(1))
        #expect(try directory.lines(of: "metrics.jsonl").allSatisfy { $0["excluded"]?.double == 0 })
        let clean = try TinyRun(.sft)
        #expect(try clean.run("run").text("rejects.jsonl").isEmpty)
    }

    @Test("A run without usable settings leaves no folder behind")
    func nothingLeft() throws {
        var tiny = try TinyRun(.sft)
        tiny.configuration.frozen = ["visua1."]
        let error = #expect(throws: RunError.self) { try tiny.run("run") }
        #expect(try #require(error).description.contains("visua1."))
        #expect(!FileManager.default.fileExists(atPath: tiny.folder.path("run")))
    }
}

@Suite("The run directory")
struct RunDirectoryTests {
    @Test("Only the newest checkpoints stay, and a cut last line is left out")
    func files() throws {
        let folder = TemporaryFolder()
        let directory = RunDirectory(folder.path("run"))
        _ = try directory.create(RunConfiguration(), held: nil)
        let newest = try CheckpointWriter(directory.checkpoint(100), expectedByteCount: 1 << 16)
        let info = TensorInfo(name: "a", dtype: .float32, shape: [1])
        try [Float(1)].withUnsafeBytes { try newest.add(info, bytes: $0) }
        try newest.commit()
        for step in [5, 10, 15] {
            try folder.write(
                "run/checkpoints/step-\(1_000_000 + step)".replacingOccurrences(
                    of: "step-1", with: "step-") + ".h5", "")
        }
        #expect(try directory.checkpointSteps() == [5, 10, 15, 100])
        #expect(directory.checkpoint(15).hasSuffix("checkpoints/step-000015.h5"))
        try directory.removeOldCheckpoints(keeping: 0)
        #expect(try directory.checkpointSteps().count == 4)
        try directory.removeOldCheckpoints(keeping: 2)
        #expect(try directory.checkpointSteps() == [15, 100])
        try folder.write("run/metrics.jsonl", "{\"step\": 1}\n{\"step\": 2}\n{\"ste")
        #expect(try directory.lines(of: "metrics.jsonl").count == 2)
        try directory.rewind(to: 1)
        #expect(try directory.lines(of: "metrics.jsonl").compactMap { $0["step"]?.double } == [1])
        try directory.append([["step": .integer(2)]], to: "metrics.jsonl")
        #expect(try directory.lines(of: "metrics.jsonl").count == 2)
    }
}

@Suite("Learning-rate schedules")
struct ScheduleTests {
    @Test("Warm-up rises to the peak, then each shape falls to its floor")
    func shapes() {
        func rates(_ shape: Schedule.Shape, floor: Double = 0) -> [Double] {
            let schedule = Schedule(peak: 8, warmupSteps: 2, totalSteps: 6, shape: shape, floor: floor)
            return (0...6).map { schedule.rate(at: $0) }
        }
        #expect(rates(.constant) == [4, 8, 8, 8, 8, 8, 8])
        #expect(rates(.linear) == [4, 8, 8, 6, 4, 2, 0])
        #expect(rates(.linear, floor: 0.5) == [4, 8, 8, 7, 6, 5, 4])
        for (found, expected) in zip(rates(.cosine), [4, 8, 8, 6.828427, 4, 1.171573, 0]) {
            expectClose(found, expected, absolute: 1e-6, "cosine")
        }
    }

    @Test("Without warm-up the first step runs at the peak, and steps past the end stay at the floor")
    func edges() {
        let schedule = Schedule(peak: 1, totalSteps: 4, shape: .linear, floor: 0.25)
        #expect(schedule.rate(at: 0) == 1 && schedule.rate(at: 4) == 0.25 && schedule.rate(at: 99) == 0.25)
    }
}
