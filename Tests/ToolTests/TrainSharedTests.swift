// r1-train on several processes of mpirun: the files of one process, also after kills and signals; errors once.
import Foundation
import TestKit
import Testing

@Suite("Training on several processes", .serialized, .timeLimit(.minutes(5)))
struct TrainSharedTests {
    private static let settings = ["--set", "grpo.units=2", "--set", "sft.units=2"]

    private func start(_ arguments: [String], on processes: Int) throws -> RunningTool {
        try RunningTool("r1-train", arguments, processes: processes)
    }

    @Test("Two processes write the files of one, byte for byte", arguments: TrainMethod.allCases)
    func same(_ method: TrainMethod) throws {
        let train = try TrainFolder()
        try train.finish(train.new(method, "alone") + Self.settings)
        let result = try start(train.new(method, "shared") + Self.settings, on: 2).finish()
        #expect(result.exitCode == 0, "\(result.testDescription)")
        #expect(result.errors.split(separator: "\n").filter { $0.hasPrefix("step 1/5") }.count == 1)
        try train.expectSame("alone", "shared")
        let timing = try train.folder.text("shared/timing.jsonl")
        #expect(timing.contains("timing/communication") && timing.contains("communication/sent_bytes"))
        #expect(method == .sft || timing.contains("imbalance/rollout"))
    }

    @Test("A run resumes with another number of processes after a kill and after a signal")
    func interrupted() throws {
        let train = try TrainFolder()
        try train.finish(train.new(.grpo, "alone") + Self.settings)

        let killed = try start(train.new(.grpo, "cut") + Self.settings, on: 2)
        while train.recordedSteps("cut") < 1, killed.isRunning { usleep(1000) }
        let process = try #require(killed.children.last)
        kill(process, SIGKILL)
        #expect(try killed.finish().exitCode == 128 + SIGKILL)
        try train.expectSoundCheckpoints("cut")

        let stopped = try start(train.resume("cut"), on: 2)
        let before = train.recordedSteps("cut")
        while train.recordedSteps("cut") <= before, stopped.isRunning { usleep(1000) }
        // The others stop at the same place; mpirun itself would end its processes after a second.
        kill(try #require(stopped.children.last), SIGTERM)
        let result = try stopped.finish()
        #expect(result.exitCode == 128 + SIGTERM, "\(result.testDescription)")
        #expect(result.errors.components(separatedBy: "stopped and saved").count == 2)

        try train.finish(train.resume("cut"))
        try train.expectSame("alone", "cut")
    }

    @Test("An error in the share of one process is printed once, with its number, and none is left")
    func failing() throws {
        let train = try TrainFolder()
        let rows = try train.folder.text("train.jsonl").split(separator: "\n")
        let name = try #require(rows[0].firstMatch(of: /"images": \["images\/([^"]*)"\]/)?.1)
        let picture = train.folder.url("own.png")
        try FileManager.default.copyItem(at: train.folder.url("images/\(name)"), to: picture)
        let changed = rows[0].replacing("images/\(name)", with: "own.png")
        try train.folder.write("train.jsonl", ([changed] + rows.dropFirst()).joined(separator: "\n") + "\n")
        let running = try start(
            train.new(.grpo, "run") + Self.settings + ["--set", "steps=500", "--set", "checkpoints.every=0"],
            on: 2)
        while train.recordedSteps("run") < 1, running.isRunning { usleep(1000) }
        // The row comes once in three steps, in one of the two processes.
        try FileManager.default.removeItem(at: picture)
        let result = try running.finish()
        #expect(result.exitCode == 1, "\(result.testDescription)")
        let errors = result.errors.split(separator: "\n").filter { $0.contains("error: ") }
        #expect(errors.count == 1 && running.children.isEmpty, "\(result.errors)")
        #expect(errors.first?.contains(/process [01] of 2 on .*, phase rollout: .*own\.png/) == true)
    }

    @Test("More processes than units, and a number that is no power of two, are refused")
    func refused() throws {
        let train = try TrainFolder()
        for (count, word) in [(4, "grpo.units"), (3, "3 processes")] {
            let result = try start(train.new(.grpo, "run") + Self.settings, on: count).finish()
            #expect(result.exitCode == 1, "\(result.testDescription)")
            #expect(result.errors.components(separatedBy: "error: ").count == 2, "\(result.errors)")
            #expect(result.errors.contains(word) && !train.folder.has("run"))
        }
    }
}
