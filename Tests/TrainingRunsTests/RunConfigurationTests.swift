// Settings: YAML over defaults, --set over both, and messages that name path, value and the nearest name.
import Foundation
import Settings
import TestKit
import Testing

@testable import Basics
@testable import PolicyOptimization
@testable import Rewards
@testable import Rollouts
@testable import TensorMath
@testable import TrainingRuns

@Suite("Settings of a run")
struct RunConfigurationTests {
    private let folder: TemporaryFolder

    init() throws { folder = TemporaryFolder() }

    private func read(_ yaml: String, _ assignments: [String] = []) throws -> RunConfiguration {
        try RunConfiguration.read(file: folder.write("run.yaml", yaml), assignments: assignments)
    }

    private func message(_ yaml: String, _ assignments: [String] = []) throws -> String {
        let error = #expect(throws: RunError.self) {
            try read(yaml.isEmpty && !assignments.isEmpty ? "steps: 3" : yaml, assignments)
        }
        return try #require(error).description
    }

    @Test(
        "Every preset is valid once model and data are given, and the paper's says of each value where it is from"
    )
    func presets() throws {
        let presets = Fixtures.repository.appendingPathComponent("Examples/presets")
        let names = try FileManager.default.contentsOfDirectory(atPath: presets.path).sorted()
        #expect(names == ["mixed-r1.yaml", "single-node-3b.yaml", "single-node-7b.yaml", "small.yaml"])
        for name in names {
            let found = try RunConfiguration.read(
                file: presets.appendingPathComponent(name).path,
                assignments: ["model=a.h5", "data.train=a.jsonl", "data.test=b.jsonl"])
            #expect(throws: Never.self, "\(name)") { try found.validate() }
        }
        let paper = try String(
            contentsOf: presets.appendingPathComponent("mixed-r1.yaml"), encoding: .utf8)
        let values = paper.split(separator: "\n").filter { $0.contains(/^ *[a-zA-Z]+: +[^#]/) }
        #expect(values.count > 20)
        for line in values {
            #expect(line.contains(/# (paper|unknown|changes no weight)/), "\(line)")
        }
    }

    @Test("A file without settings is refused by its name", arguments: ["", "# only a comment\n"])
    func empty(_ text: String) throws {
        let found = try message(text)
        #expect(found.contains("run.yaml") && found.contains("no settings"), "\(found)")
    }

    @Test("Without a file there are the defaults")
    func defaults() throws {
        #expect(try RunConfiguration.read(file: nil) == RunConfiguration())
        let options = RunConfiguration()
        #expect(options.grpo.groupSize == 8 && options.grpo.loss.klCoefficient == 0.04)
        #expect(options.learningRate.peak == 3e-6 && options.grpo.promptsPerStep == 64)
    }

    @Test("A file names any part of the tree; assignments come after it, in order")
    func overlay() throws {
        let found = try read(
            """
            method: sft
            model: no
            steps: 7
            learningRate: {peak: 1.0e-3, schedule: cosine}
            frozen: [visual., model.embed_tokens.]
            grpo:
              masksTruncated: true
              loss:
                aggregation: dr_grpo
            """, ["steps=8", "grpo.loss.clipHigh=0.28", "steps=9", "model=a=b"])
        #expect(found.method == .sft && found.model == "a=b" && found.steps == 9)
        #expect(found.learningRate.peak == 1e-3 && found.learningRate.schedule == .cosine)
        #expect(found.frozen == ["visual.", "model.embed_tokens."])
        #expect(found.grpo.masksTruncated && found.grpo.loss.aggregation == .dr_grpo)
        #expect(found.grpo.loss.clipHigh == 0.28 && found.grpo.loss.clipLow == 0.2)
        #expect(try read("model: no").model == "no")
    }

    @Test("bnpo is another name of dapo, and is written as dapo")
    func alias() throws {
        let found = try read("grpo: {loss: {aggregation: bnpo}}")
        #expect(found.grpo.loss.aggregation == .dapo)
        #expect(try found.yaml().contains("aggregation: dapo"))
        let wrong = try message("grpo: {loss: {aggregation: mean}}")
        #expect(
            wrong.contains("grpo.loss.aggregation") && wrong.contains("grpo, dapo, dr_grpo, tokenSum or bnpo")
        )
    }

    @Test("Settings survive being written and read again")
    func roundTrip() throws {
        var options = RunConfiguration()
        (options.model, options.data.train, options.seed) = ("yes", "12", 1 << 62)
        options.learningRate.peak = 1.0 / 3
        (options.optimizer.epsilon, options.rewards.chart.zeroTolerance) = (1e-8, 1.234_567_890_123_456_7e-6)
        options.frozen = ["visual.", "true", "12", "null"]
        #expect(try read(options.yaml()) == options)
    }

    @Test(
        "An unknown name is refused with its path and the nearest known one",
        arguments: [
            ("stepps: 3", "stepps", "steps"), ("grpo:\n  groupsize: 4", "grpo.groupsize", "grpo.groupSize"),
            ("grpo:\n  loss:\n    clip_low: 0.1", "grpo.loss.clip_low", "grpo.loss.clipLow"),
        ])
    func unknown(_ yaml: String, _ path: String, _ nearest: String) throws {
        let found = try message(yaml)
        #expect(
            found.contains("unknown setting \(path)") && found.contains("did you mean \(nearest)?"),
            "\(found)")
        #expect(found.contains("run.yaml"))
    }

    @Test("A name that is near nothing gets no suggestion; an assignment is named as such")
    func unknownFar() throws {
        #expect(!(try message("zzzzzzzzzzzz: 3").contains("did you mean")))
        let found = try message("", ["grpo.loss.klCoeficient=0"])
        #expect(
            found.hasPrefix("grpo.loss.klCoeficient=0: ") && found.contains("grpo.loss.klCoefficient?"),
            "\(found)")
        #expect(try message("", ["steps"]).contains("path=value"))
        #expect(try message("", ["=3"]).contains("path=value"))
    }

    @Test(
        "A value of the wrong kind is refused with its path, what was expected and what was found",
        arguments: [
            ("steps: many", ["run.yaml:1: setting steps", "a whole number", "many"]),
            ("steps: [1]", ["steps", "a whole number", "list"]),
            ("grpo: 3", ["grpo", "a table", "3"]), ("frozen: visual.", ["frozen", "a list", "visual."]),
            ("grpo: {masksTruncated: 2}", ["grpo.masksTruncated", "true or false", "2"]),
            ("method: ppo", ["method", "ppo"]),
            ("model: {a: 1}", ["model", "the path of a checkpoint", "a table"]),
            ("steps: 1.5", ["setting steps", "a whole number", "1.5"]),
            ("seed: -1\nsft: {batchSize: 4}", ["setting seed", "a whole number", "-1"]),
            ("grpo: {groupSize: 1e300}", ["setting grpo.groupSize", "a whole number"]),
            ("learningRate: {peak: .nan}", ["learningRate.peak", "a number"]),
        ])
    func wrongKind(_ yaml: String, _ parts: [String]) throws {
        let found = try message(yaml)
        for part in parts { #expect(found.contains(part), "\(found)") }
    }

    @Test("A file that is not YAML, or not there, is refused by name")
    func notYAML() throws {
        #expect(try message("steps: [1").contains("run.yaml"))
        let missing = folder.path("missing.yaml")
        let error = #expect(throws: RunError.self) { try RunConfiguration.read(file: missing) }
        #expect(try #require(error).description.contains(missing))
    }

    @Test(
        "Values out of range are refused with their path",
        arguments: [
            "steps=-1", "learningRate.peak=0", "grpo.groupSize=1", "grpo.temperature=0", "microBatchTokens=0",
            "grpo.loss.clipLow=1.1", "grpo.updatesPerRollout=65", "optimizer.beta2=1", "maxGradientNorm=-1",
            "sft.batchSize=0", "learningRate.floor=1.1", "data.maxPromptTokens=-1",
            "evaluation.answersPerPrompt=0", "threads=-1",
        ])
    func range(_ assignment: String) throws {
        let path = try #require(assignment.split(separator: "=").first)
        let error = #expect(throws: RunError.self) {
            try read("model: m\ndata: {train: t}", [assignment]).validate()
        }
        #expect(try #require(error).description.contains(path))
        #expect(!(try #require(error).description.contains("CodingKey")))
    }

    @Test("A setting that is given in part takes the defaults for the rest")
    func partly() throws {
        let found = try read(
            "rewards: {iou: {schedule: [{from: 0.5}]}}", ["rewards.external.chart.command=[true]"])
        #expect(found.rewards.external["chart"] == ExternalScorerOptions(command: ["true"]))
        #expect(found.rewards.iou.schedule == [.init(from: 0.5, threshold: 0.5)])
        let late = try read("rewards: {external: {chart: {timeLimit: 5}}}", ["model=m", "data.train=t"])
        let error = #expect(throws: RunError.self) { try late.validate() }
        #expect(try #require(error).description.contains("rewards.external.chart.command"))
    }

    @Test("Every property is a setting, so that none is forgotten when settings are written")
    func complete() {
        func names<Group: SettingGroup>(_ group: Group) -> (Set<String>, Set<String>) {
            (Set(Mirror(reflecting: group).children.compactMap(\.label)), Set(Group.settings.map(\.name)))
        }
        let run = RunConfiguration()
        for (properties, settings) in [
            names(run), names(run.data), names(run.learningRate), names(run.optimizer), names(run.sft),
            names(run.grpo), names(run.grpo.advantages), names(run.grpo.loss), names(run.rewards),
            names(run.rewards.format), names(run.rewards.chart), names(run.rewards.iou),
            names(run.rewards.bmas),
            names(run.evaluation), names(run.checkpoints), names(IoUOptions.Stage()),
            names(ExternalScorerOptions()),
        ] { #expect(properties == settings) }
    }

    @Test("docs/settings.md is what `r1-train settings` prints")
    func page() throws {
        let url = Fixtures.repository.appendingPathComponent("docs/settings.md")
        let isSame = try String(contentsOf: url, encoding: .utf8) == settingsPage()
        #expect(isSame, "run: r1-train settings > docs/settings.md")
    }

    @Test("Files cut or changed at random are read or refused, never a crash")
    func fuzz() throws {
        let good = Array(try RunConfiguration().yaml().utf8)
        var state: UInt64 = 3
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<200 {
            var bytes = random(2) == 0 ? good : Array(good.prefix(random(good.count)))
            for _ in 0...random(4) where !bytes.isEmpty {
                bytes[random(bytes.count)] = UInt8(random(95) + 32)
            }
            do { _ = try read(String(decoding: bytes, as: UTF8.self)) } catch is RunError {}
        }
    }
}
