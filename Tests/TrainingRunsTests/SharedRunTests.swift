// Whole runs on several processes: the same records and weights, bit for bit, as on one.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import Checkpoint
@testable import Collectives
@testable import PolicyOptimization
@testable import Rollouts
@testable import StrictJSON
@testable import TensorMath
@testable import TrainingRuns
@testable import VisionLanguageModel

@Suite("Runs on several processes")
struct SharedRunTests {
    /// What differs between the runs.
    struct Variant: Sendable, CustomTestStringConvertible {
        var method = TrainingMethodKind.grpo
        var dtype = DType.float32
        var changes: @Sendable (inout RunConfiguration) -> Void = { _ in }
        var name = ""
        var testDescription: String { "\(method) \(dtype) \(name)" }
    }

    static let variants = [
        Variant(
            changes: {
                $0.grpo.advantages.scaling = .taskEMA
                $0.grpo.loss.aggregation = .dapo
                $0.grpo.resamplingRounds = 1
            }, name: "taskEMA, dapo, dynamic sampling"),
        Variant(
            dtype: .bfloat16,
            changes: {
                $0.grpo.updatesPerRollout = 2
                $0.grpo.referenceSync.every = 1
                $0.gradientCheckpointing = true
                $0.frozen = ["visual.blocks.0."]
            }, name: "two updates, a reference that follows, frozen weights"),
        Variant(method: .sft, dtype: .bfloat16),
        Variant(
            changes: {
                $0.lora.rank = 4; $0.lora.dropout = 0.1
            }, name: "LoRA with dropout"),
    ]

    private func run(_ variant: Variant) throws -> TinyRun {
        var tiny = try TinyRun(variant.method)
        tiny.configuration.dtype = variant.dtype
        tiny.configuration.grpo.units = 4
        tiny.configuration.sft.units = 4
        tiny.configuration.data.test = tiny.configuration.data.train
        tiny.configuration.evaluation.answersPerPrompt = 2
        tiny.configuration.evaluation.maxNewTokens = 6
        tiny.configuration.evaluation.batchSize = 3
        variant.changes(&tiny.configuration)
        return tiny
    }

    @Test("1, 2 and 4 processes leave the same run", arguments: variants)
    func sizes(_ variant: Variant) throws {
        let tiny = try run(variant)
        let alone = try tiny.run("1")
        for size in [2, 4] {
            let shared = try tiny.run("\(size)", on: size)
            try expectSame(shared, alone, after: tiny.configuration.steps)
            let timing = try shared.lines(of: "timing.jsonl")[0]
            for name in ["communication/sent_bytes", "timing/communication", "timing/communication_hidden"] {
                #expect(timing[name] != nil, "\(name)")
            }
        }
    }

    @Test(
        "A stopped run resumes with another number of processes",
        arguments: [Variant(dtype: .bfloat16), Variant(method: .sft)])
    func resume(_ variant: Variant) throws {
        let tiny = try run(variant)
        let alone = try tiny.run("alone")
        let parted = try tiny.run("parted", on: 4, stopAfter: 1)
        #expect(try parted.checkpointSteps() == [1])
        _ = try ThreadWorld.run(2) { world in
            _ = try TrainingRun(resuming: parted, interruption: Interruption(), world: world) { _ in }.run()
        }
        try expectSame(parted, alone, after: tiny.configuration.steps)
    }

    @Test("A process that does not see the checkpoint of process 0 says so, and does not begin again")
    func unseen() throws {
        let tiny = try run(Variant(method: .sft))
        let parted = try tiny.run("parted", on: 2, stopAfter: 1)
        #expect(try parted.sharedPoint(after: 1).step == 1)
        #expect(try parted.sharedPoint(after: nil).checkpoint == nil)
        #expect(throws: RunError.self) { try parted.sharedPoint(after: 2) }
    }

    @Test(
        "A run is sent to a process that does not have it, or has another file in its place",
        arguments: [nil, "no checkpoint"])
    func broadcast(_ other: String?) throws {
        let tiny = try run(Variant(method: .sft))
        let alone = try tiny.run("alone")
        let parted = try tiny.run("parted", on: 2, stopAfter: 1)
        let elsewhere = tiny.directory("elsewhere")
        if let other {
            try FileManager.default.createDirectory(
                atPath: elsewhere.checkpointFolder, withIntermediateDirectories: true)
            try other.write(toFile: elsewhere.checkpoint(1), atomically: true, encoding: .utf8)
        }
        let names = ["config.yaml", "run.json", "checkpoints/step-000001.h5"]
        for expected in [names, []] {
            let sent = try ThreadWorld.run(2) { world in
                let directory = world.rank == 0 ? parted : elsewhere
                return try directory.broadcast(after: 1, over: world)
            }
            #expect(sent == [expected, expected])
        }
        for name in names {
            let sent = try Data(contentsOf: URL(fileURLWithPath: "\(elsewhere.path)/\(name)"))
            #expect(try sent == Data(contentsOf: URL(fileURLWithPath: "\(parted.path)/\(name)")), "\(name)")
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: elsewhere.checkpointFolder)
        #expect(left == ["step-000001.h5"])
        _ = try ThreadWorld.run(2) { world in
            let directory = world.rank == 0 ? parted : elsewhere
            _ = try TrainingRun(
                resuming: directory, broadcasts: true, interruption: Interruption(), world: world
            ) { _ in }.run()
        }
        try expectSame(parted, alone, after: tiny.configuration.steps)
    }

    @Test("More processes than units are refused before anything is written")
    func tooMany() throws {
        let tiny = try run(Variant())
        let error = #expect(throws: (any Error).self) { try tiny.run("8", on: 8) }
        #expect(error.map { "\($0)" }?.contains("grpo.units") == true)
        #expect(!FileManager.default.fileExists(atPath: tiny.directory("8").path))
    }

    private func expectSame(_ found: RunDirectory, _ expected: RunDirectory, after steps: Int) throws {
        for name in [
            "metrics.jsonl", "evaluations.jsonl", "samples.jsonl", "answers/step-000000.jsonl", "sets.jsonl",
        ] {
            #expect(try found.contents(of: name) == expected.contents(of: name), "\(name)")
        }
        #expect(try expected.lines(of: "metrics.jsonl").count == steps)
        let (a, b) = (try found.tensors(after: steps), try expected.tensors(after: steps))
        #expect(a.keys.sorted() == b.keys.sorted())
        for (name, bytes) in b { #expect(a[name] == bytes, "\(name)") }
    }
}

extension TinyRun {
    /// Runs on several processes, which are threads, to the end or until one of them is asked to stop after a step.
    @discardableResult
    fileprivate func run(_ name: String, on size: Int, stopAfter: Int? = nil) throws -> RunDirectory {
        let (configuration, directory) = (configuration, directory(name))
        _ = try ThreadWorld.run(size) { world in
            let interruption = Interruption()
            let run = try TrainingRun(
                new: configuration, in: directory, interruption: interruption, world: world
            ) { line in
                if let stopAfter, line.text?.hasPrefix("step \(stopAfter)/") ?? false {
                    interruption.request(15)
                }
            }
            guard stopAfter != nil else {
                _ = try run.run()
                return
            }
            let stopped = #expect(throws: Interruption.Stopped.self) { try run.run() }
            #expect(stopped?.signal == 15)
        }
        return directory
    }
}
