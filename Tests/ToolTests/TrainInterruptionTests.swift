// r1-train stopped by a signal, killed, and out of disk space: it resumes and ends as if nothing had happened.
import Basics
import Foundation
import TestKit
import Testing

@Suite(.serialized) struct TrainInterruptionTests {
    @Test(
        "A run stopped by SIGTERM saves, and resumed ends bit for bit like one that was not",
        arguments: TrainMethod.allCases)
    func stopped(_ method: TrainMethod) throws {
        let train = try TrainFolder()
        try train.finish(train.new(method, "whole", "--set", "threads=2"))

        let running = try RunningTool("r1-train", train.new(method, "cut", "--set", "threads=2"))
        #expect(try running.signal(SIGTERM) { train.recordedSteps("cut") >= 2 })
        let result = try running.finish()
        #expect(result.exitCode == 128 + SIGTERM, "\(result.testDescription)")
        #expect(result.errorLines.last?.contains("r1-train resume \(train.folder.path("cut"))") == true)
        #expect(!result.errors.contains("error"))
        let done = train.recordedSteps("cut")
        #expect(done < TrainFolder.steps && !train.folder.has("cut/summary.json"))
        #expect(train.folder.has("cut/checkpoints/step-00000\(done).h5"))
        try train.expectSoundCheckpoints("cut")

        try train.finish(train.resume("cut"))
        try train.expectSame("whole", "cut")
    }

    @Test("The thread that computes blocks the signals that the run handles: its stack may be on the heap")
    func blocksSignals() throws {
        let train = try TrainFolder()
        let running = try RunningTool("r1-train", train.new(.sft, "run"))
        #expect(try running.signal(0) { train.recordedSteps("run") >= 1 })
        let mask = try #require(try running.blockedSignals()[running.mainThread])
        for number in [SIGINT, SIGTERM, SIGHUP, SIGUSR1] {
            #expect(mask & 1 << UInt64(number - 1) != 0, "signal \(number)")
        }
        running.signal(SIGTERM)
        #expect(try running.finish().exitCode == 128 + SIGTERM)
    }

    @Test("A run killed while it saves, again and again, resumes and ends bit for bit like one that was not")
    func killed() throws {
        let train = try TrainFolder()
        try train.finish(train.new(.grpo, "whole"))

        var arguments = train.new(.grpo, "cut")
        for round in 0..<3 {
            let running = try RunningTool("r1-train", arguments)
            // The first step that it makes in this round is recorded; then the save begins.
            let before = train.recordedSteps("cut")
            let isSaving = try running.signal(SIGKILL) {
                train.recordedSteps("cut") > before && !train.unfinished("cut").isEmpty
            }
            let result = try running.finish()
            #expect(isSaving && result.exitCode == 128 + SIGKILL, "round \(round): \(result.testDescription)")
            try train.expectSoundCheckpoints("cut")
            arguments = train.resume("cut")
        }
        try train.finish(train.resume("cut"))
        try train.expectSame("whole", "cut")
        #expect(train.unfinished("cut").isEmpty)
    }

    @Test("A run killed before its first checkpoint starts again from the model")
    func killedEarly() throws {
        let train = try TrainFolder()
        try train.finish(train.new(.sft, "whole"))
        let running = try RunningTool("r1-train", train.new(.sft, "cut"))
        #expect(try running.signal(SIGKILL) { train.folder.has("cut/evaluations.jsonl") })
        _ = try running.finish()
        try train.finish(train.resume("cut"))
        try train.expectSame("whole", "cut")
    }

    @Test("SIGUSR1 saves, and the run continues to its end")
    func savedOnRequest() throws {
        let train = try TrainFolder()
        let settings = ["--set", "checkpoints.every=0", "--set", "steps=20"]
        let running = try RunningTool("r1-train", train.new(.sft, "run") + settings)
        #expect(try running.signal(SIGUSR1) { train.recordedSteps("run") >= 1 })
        let result = try running.finish()
        #expect(result.exitCode == 0, "\(result.testDescription)")
        let saved = try train.folder.names("run/checkpoints")
        #expect(saved.count == 2 && saved.last == "step-000020.h5", "\(saved)")
        try train.expectSoundCheckpoints("run")
    }

    @Test(
        "A disk full at a save is one line with exit code 1; with room again the run resumes", .needsSmallDisk
    )
    func fullDisk() throws {
        let train = try TrainFolder()
        try train.finish(train.new(.sft, "whole"))
        let disk = try SmallDisk(mebibytes: 40)
        try disk.fill(leaving: 1024)
        let arguments = ["sft", "--config", train.folder.path("run.yaml"), "--run", disk.path("run")]
        let result = try run("r1-train", arguments)
        #expect(result.exitCode == 1, "\(result.testDescription)")
        let errors = result.errorLines.filter { $0.contains("error") }
        #expect(errors.count == 1 && errors.last == result.errorLines.last)
        let line = try #require(errors.first)
        #expect(line.hasPrefix("r1-train: error: ") && line.contains("step-000001.h5"), "\(line)")
        #expect(line.contains("needs") && line.contains("free"), "\(line)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path("run/checkpoints")).isEmpty)

        try disk.removeFiller()
        try train.finish(["resume", disk.path("run")])
        try FileManager.default.copyItem(atPath: disk.path("run"), toPath: train.folder.path("cut"))
        try FileManager.default.removeItem(at: train.folder.url("cut/summary.json"))
        let summary = try String(contentsOfFile: disk.path("run/summary.json"), encoding: .utf8)
        try train.folder.write(
            "cut/summary.json",
            summary.replacingOccurrences(of: disk.path("run"), with: train.folder.path("cut")))
        try train.expectSame("whole", "cut")
    }

    @Test("A disk without any room gives one line with exit code 1 and no run", .needsSmallDisk)
    func noRoomAtAll() throws {
        let train = try TrainFolder()
        let disk = try SmallDisk(mebibytes: 1)
        try disk.fill(leaving: 0)
        let arguments = ["sft", "--config", train.folder.path("run.yaml"), "--run", disk.path("run")]
        let result = try run("r1-train", arguments)
        expectTrouble(result, from: "r1-train", naming: [disk.path("run"), "No space left on device"])
        #expect(try disk.names() == ["filler"])
    }
}
