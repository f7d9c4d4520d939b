// r1-train launch as a user runs it: the run of one process, its signals, what is printed and what is refused.
import Foundation
import TestKit
import Testing

@Suite("r1-train launch", .serialized, .timeLimit(.minutes(5)))
struct TrainLaunchTests {
    private func launch(_ train: TrainFolder, _ run: String, _ more: String...) -> [String] {
        ["launch", train.folder.path("run.yaml"), "--run", train.folder.path(run)] + more
    }

    @Test("Two processes that a signal stops have saved; launched again they end as one process does")
    func stopped() throws {
        let train = try TrainFolder()
        try train.finish(train.new(.grpo, "alone", "--set", "grpo.units=2"))
        let arguments = launch(
            train, "launched", "--processes", "2", "--method", "grpo", "--set", "grpo.units=2")
        let tool = try RunningTool("r1-train", arguments)
        let isRunning = try tool.signal(SIGTERM) { train.recordedSteps("launched") > 0 }
        let stopped = try tool.finish()
        #expect(isRunning && stopped.exitCode == 143, "\(stopped.testDescription)")
        #expect(stopped.errors.contains("stopped and saved"), "\(stopped.errors)")
        try #require(train.recordedSteps("launched") < TrainFolder.steps)
        let resumed = try run("r1-train", arguments)
        #expect(resumed.exitCode == 0, "\(resumed.testDescription)")
        #expect(resumed.errors.contains("launched contains a run, which resumes with its own settings"))
        try train.expectSame("alone", "launched")
    }

    @Test("An error of the run is one line with its exit code; so is a process that was killed")
    func failures() throws {
        let train = try TrainFolder()
        try FileManager.default.createDirectory(
            at: train.folder.url("launched"), withIntermediateDirectories: true)
        try train.folder.write("launched/config.yaml", "steps: many\n")
        let broken = try run("r1-train", launch(train, "launched", "--processes", "1"))
        let lines = broken.errors.split(separator: "\n").filter { $0.contains("error: ") }
        #expect(broken.exitCode == 1 && lines.count == 1, "\(broken.testDescription)")
        #expect(broken.errors.contains("launched/config.yaml"))

        let tool = try RunningTool("r1-train", launch(train, "killed", "--processes", "1"))
        var processes: [Int32] = []
        try tool.wait {
            processes = tool.children
            return !tool.isRunning || train.recordedSteps("killed") > 0
        }
        let process = try #require(processes.first.map(children(of:))?.first)
        kill(process, SIGKILL)
        let killed = try tool.finish()
        #expect(killed.exitCode == 137, "\(killed.testDescription)")
        #expect(killed.errors.contains("a process was ended by signal 9"), "\(killed.errors)")
    }

    @Test("The command and the batch script are printed, and a shell runs the command")
    func printed() throws {
        let train = try TrainFolder()
        let printed = try run(
            "r1-train", launch(train, "a b", "--processes", "1", "--print", "--set", "steps=1"))
        #expect(printed.exitCode == 0, "\(printed.testDescription)")
        #expect(printed.output.contains(" -n 1 ") && printed.output.contains("/r1-train grpo --config "))
        #expect(!FileManager.default.fileExists(atPath: train.folder.path("a b")))
        let ran = try FinishedCommand(["sh", "-c", printed.output])
        #expect(ran.exitCode == 0 && train.recordedSteps("a b") == 1, "\(ran.errors)")
        let again = try run("r1-train", launch(train, "a b", "--processes", "1", "--print"))
        #expect(again.output.contains("/r1-train resume '"), "\(again.testDescription)")

        let script = try run(
            "r1-train",
            launch(train, "s", "--slurm", "--nodes", "2", "--tasks-per-node", "4", "--print-sbatch"))
        #expect(script.exitCode == 0 && script.output.hasPrefix("#!/bin/bash\n#SBATCH --job-name=s\n"))
    }

    @Test("What cannot be launched is refused before anything is started")
    func refused() throws {
        let train = try TrainFolder()
        try train.folder.write("hosts", "node1\n")
        for (words, code, text) in [
            ([], 64, "give one of --processes NUMBER, --hosts FILE and --slurm; found 0"),
            (["--processes", "1", "--slurm"], 64, "found 2"),
            (["--processes", "1", "--nodes", "2"], 64, "need --slurm"),
            (["--slurm", "--threads", "2"], 64, "--cpus-per-task"),
            (["--slurm", "--time", "tomorrow"], 64, "hours:minutes:seconds"),
            (["--processes", "0"], 64, "--processes"),
            (["--processes", "6"], 1, "such as 4 or 8"),
            (["--slurm", "--nodes", "3", "--print-sbatch"], 1, "such as 2 or 4"),
            (["--processes", "1", "--threads", "1024"], 1, "need 1024 cores"),
            (["--hosts", train.folder.path("hosts")], 1, "hosts:1: expected a host"),
            (["--processes", "1", "--set", "stepz=1"], 1, "stepz"),
        ] as [([String], Int32, String)] {
            let result = try run("r1-train", launch(train, "x") + words)
            #expect(result.exitCode == code && result.errors.contains(text), "\(result.testDescription)")
        }
        let bare = try run(
            "r1-train", launch(train, "x", "--processes", "1"), environment: ["PATH": "/nowhere"])
        #expect(
            bare.exitCode == 1
                && bare.errors.contains("mpirun is not installed here; 'make setup' installs it"))
        let inside = try run("r1-train", launch(train, "x", "--processes", "1"), processes: 1)
        #expect(inside.errors.contains("a launcher started this process"), "\(inside.testDescription)")
        #expect(!FileManager.default.fileExists(atPath: train.folder.path("x")))
    }
}
