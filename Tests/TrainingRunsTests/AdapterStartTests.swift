// Runs that start from an adapter of PEFT: the same model to the bit, and what contradicts it is named.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import Checkpoint
@testable import ModelFamilies
@testable import PolicyOptimization
@testable import Rollouts
@testable import StrictJSON
@testable import TensorMath
@testable import TrainingRuns
@testable import VisionLanguageModel

@Suite("Runs that start from an adapter")
struct AdapterStartTests {
    /// A run of LoRA whose adapter is exported to a folder of PEFT; the last configuration starts from it.
    private func exported(_ method: TrainingMethodKind = .sft) throws -> (tiny: TinyRun, first: RunDirectory)
    {
        var tiny = try TinyRun(method)
        tiny.configuration.data.test = tiny.configuration.data.train
        tiny.configuration.evaluation.answersPerPrompt = 2
        tiny.configuration.evaluation.maxNewTokens = 6
        (tiny.configuration.lora.rank, tiny.configuration.lora.alpha) = (3, 7)
        tiny.configuration.lora.rankStabilized = true
        tiny.configuration.lora.targets = ["q_proj", "down_proj"]
        let first = try tiny.run("first")
        let last = try openCheckpoint(first.checkpoint(tiny.configuration.steps))
        try writeSafetensors(last, to: tiny.folder.path("adapter"), file: SafetensorsDirectory.adapterName)
        tiny.configuration.lora = AdapterOptions()
        tiny.configuration.lora.adapter = tiny.folder.path("adapter")
        return (tiny, first)
    }

    private func edit(_ folder: TemporaryFolder, _ change: (inout JSONObject) -> Void) throws {
        var object = try #require(JSONValue(parsing: folder.text("adapter/adapter_config.json")).members)
        change(&object)
        try folder.write(
            "adapter/adapter_config.json", String(decoding: JSONEncoder().encode(object), as: UTF8.self))
    }

    @Test(
        "The first evaluation is the last one of the run that made the adapter, and the weights are equal",
        arguments: [DType.float32, .bfloat16])
    func continued(_ dtype: DType) throws {
        var (tiny, first) = try exported()
        tiny.configuration.dtype = dtype
        if dtype == .bfloat16 {
            var again = tiny
            again.configuration.lora = AdapterOptions()
            (again.configuration.lora.rank, again.configuration.lora.alpha) = (3, 7)
            again.configuration.lora.rankStabilized = true
            again.configuration.lora.targets = ["q_proj", "down_proj"]
            first = try again.run("first-bfloat16")
            try FileManager.default.removeItem(atPath: tiny.folder.path("adapter"))
            try writeSafetensors(
                openCheckpoint(first.checkpoint(3)), to: tiny.folder.path("adapter"),
                file: SafetensorsDirectory.adapterName)
        }
        let second = try tiny.run("second")
        let (before, after) = (
            try second.text("answers/step-000000.jsonl"), try first.text("answers/step-000003.jsonl")
        )
        #expect(before == after)
        let reports = try [first, second].map { try $0.lines(of: "evaluations.jsonl").map { $0["report"] } }
        #expect(reports[1].first == reports[0].last)

        var configuration = tiny.configuration
        try configuration.takeAdapter()
        #expect(configuration.lora.rank == 3 && configuration.lora.alpha == 7)
        #expect(configuration.lora.rankStabilized)
        let loaded = try configuration.trained(openCheckpoint(configuration.model))
        let changes = loaded.model.parameters.all.filter(\.isLowRank)
        let saved = try openCheckpoint(first.checkpoint(3))
        let names = AdapterNames(loaded.model.configuration)
        #expect(changes.count == saved.tensors.count && !changes.isEmpty)
        for change in changes {
            let name = try #require(names.stored(change.name))
            try saved.withBytes(of: name) { bytes in
                #expect(change.value.bytes(as: .float32).elementsEqual(bytes), "\(name)")
            }
        }
        // The start is the adapter, so the penalty is the distance to the model without it.
        let settings = try second.text("config.yaml")
        #expect(settings.contains("rank: 3") && settings.contains("rankStabilized: true"))
    }

    @Test(
        "It is resumed bit for bit; the reference of GRPO is the model without the adapter",
        arguments: TrainingMethodKind.allCases)
    func resumed(_ method: TrainingMethodKind) throws {
        var (tiny, _) = try exported(method)
        tiny.configuration.data.test = ""
        let whole = try tiny.run("whole"), parted = try tiny.run("parted", stopAfter: 1)
        try tiny.resume("parted")
        #expect(try parted.text("metrics.jsonl") == whole.text("metrics.jsonl"))
        let last = [whole, parted].map { $0.checkpoint(tiny.configuration.steps) }
        let readers = try last.map { try openCheckpoint($0) }
        for info in readers[0].tensors {
            let bytes = try readers[0].withBytes(of: info.name) { Array($0) }
            #expect(try readers[1].withBytes(of: info.name) { Array($0) } == bytes)
        }
        if method == .grpo {
            #expect((try whole.lines(of: "metrics.jsonl")[0]["kl"]?.double ?? 0) > 1e-7)
        }
    }

    @Test("A checkpoint of a run is an adapter as well")
    func ofRun() throws {
        var (tiny, first) = try exported()
        let folder = try tiny.run("folder")
        tiny.configuration.lora.adapter = first.checkpoint(3)
        let file = try tiny.run("file")
        #expect(try file.text("metrics.jsonl") == folder.text("metrics.jsonl"))
    }

    @Test("A changed, missing or forgotten adapter is named when the run is resumed")
    func identity() throws {
        let (tiny, _) = try exported()
        let run = try tiny.run("run", stopAfter: 1)
        func message() throws -> String {
            do { try tiny.resume("run") } catch { return "\(error)" }
            Issue.record("it was resumed")
            return ""
        }
        let settings = try run.text("config.yaml"), path = tiny.folder.path("adapter")
        let kept = try tiny.folder.text("adapter/adapter_config.json")
        try edit(tiny.folder) { $0["lora_dropout"] = .number(0.5) }
        #expect(try message().contains("\(path) is not the adapter the run started from"))
        try edit(tiny.folder) { $0["lora_alpha"] = .integer(9) }
        let other = try message()
        #expect(
            other.contains("lora.alpha") && other.contains("9") && other.contains("7") && other.contains(path)
        )
        try tiny.folder.write("adapter/adapter_config.json", kept)
        try tiny.folder.write(
            "run/config.yaml", settings.replacingOccurrences(of: path, with: tiny.folder.path("nowhere")))
        #expect(try message().contains("nowhere"))
        try tiny.folder.write("run/config.yaml", settings.replacingOccurrences(of: path, with: "\"\""))
        #expect(
            try message().contains("setting lora.adapter: expected the adapter that the run started from"))
        try tiny.folder.write("run/config.yaml", settings)
        try tiny.resume("run")
    }

    @Test("Settings that contradict the adapter are refused with both values; equal ones are fine")
    func contradictions() throws {
        let (tiny, _) = try exported()
        let path = tiny.folder.path("adapter")
        for (setting, parts) in [
            ("rank=4", ["lora.rank", "3", "found 4"]), ("rank=0", ["lora.rank", "found 0"]),
            ("alpha=32", ["lora.alpha", "7", "32"]),
            ("rankStabilized=false", ["lora.rankStabilized", "false"]),
        ] {
            let error = #expect(throws: RunError.self) {
                try RunConfiguration.read(
                    file: nil, assignments: ["lora.adapter=\(path)", "lora.\(setting)"])
            }
            for part in parts + [path] {
                #expect(error?.description.contains(part) == true, "\(error as Any)")
            }
        }
        let read = try RunConfiguration.read(
            file: nil, assignments: ["lora={adapter: \(path), rank: 3, alpha: 7}"])
        #expect(read.lora.rank == 3 && read.lora.rankStabilized)
        var other = tiny.configuration
        try other.takeAdapter()
        for targets in [["q_proj"], ["q_proj", "down_proj", "up_proj"]] {
            other.lora.targets = targets
            let error = #expect(throws: ModelError.self) { try other.trained(openCheckpoint(other.model)) }
            #expect(
                error?.description.contains("lora.targets") == true
                    && error?.description.contains(path) == true)
        }
        other.lora.targets = [".*q_proj", "down_proj"]
        _ = try other.trained(openCheckpoint(other.model))
    }

    @Test("What is not trained is refused by the name of its key")
    func unsupported() throws {
        let changes: [(String, JSONValue)] = [
            ("modules_to_save", .array([.string("lm_head")])), ("use_dora", .bool(true)),
            ("lora_bias", .bool(true)), ("bias", .string("all")), ("fan_in_fan_out", .bool(true)),
            ("rank_pattern", .object(["q_proj": .integer(2)])),
            ("alpha_pattern", .object(["q_proj": .integer(2)])), ("peft_type", .string("LOHA")),
            ("target_parameters", .array([.string("weight")])), ("init_lora_weights", .string("pissa")),
        ]
        let (tiny, _) = try exported()
        for (key, value) in changes {
            let kept = try tiny.folder.text("adapter/adapter_config.json")
            try edit(tiny.folder) { $0[key] = value }
            let error = #expect(throws: ConfigurationError.self) { try tiny.run("refused") }
            #expect(error?.description.contains(key) == true, "\(key): \(error as Any)")
            try tiny.folder.write("adapter/adapter_config.json", kept)
        }
        try edit(tiny.folder) { $0["r"] = .integer(5) }
        let rank = #expect(throws: ConfigurationError.self) { try tiny.run("refused") }
        let message = rank?.description ?? ""
        #expect(message.contains("_proj") && message.contains("3") && message.contains("5"), "\(message)")
    }

    @Test("The plan of such a run is that of a run with the same rank")
    func planned() throws {
        var (tiny, _) = try exported()
        func plan() throws -> RunPlan {
            var request = PlanRequest()
            request.trialSeconds = 0
            return try RunPlanner(tiny.configuration, request, interruption: Interruption(), report: { _ in })
                .plan()
        }
        let with = try plan()
        tiny.configuration.lora.adapter = ""
        (tiny.configuration.lora.rank, tiny.configuration.lora.targets) = (3, ["q_proj", "down_proj"])
        #expect(try plan().memory.tensors == with.memory.tensors)
    }
}
