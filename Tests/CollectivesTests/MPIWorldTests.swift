// Worlds of real processes, which mpirun starts: the same results as threads give, and ends without anything left.
import Foundation
import TestKit
import Testing

/// How a run of `collectives-check` under mpirun ended.
private struct CheckRun {
    private let command: FinishedCommand

    var output: String { command.output }
    var errors: String { command.errors }
    var exitCode: Int32 { command.exitCode }

    /// The lines that `collectives-check` itself wrote to standard error.
    var messages: [Substring] {
        errors.split(separator: "\n").filter { $0.hasPrefix("collectives-check: ") }
    }

    /// Runs the program on `count` processes of mpirun, or on its own; kills it after two minutes.
    init(processes count: Int?, _ arguments: [String]) throws {
        let launcher =
            count.map { ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", String($0)] } ?? []
        command = try FinishedCommand(
            ["timeout", "--kill-after=5", "120"] + launcher + [builtProgram("collectives-check").path]
                + arguments)
    }

    /// The processes that the check named in its output.
    var processes: [Int] {
        output.split(separator: "\n").filter { $0.hasPrefix("id ") }.compactMap { Int($0.dropFirst(3)) }
    }

    /// Those of them that still run, after some seconds for those that were killed to go away.
    var running: [Int] {
        let end = Date(timeIntervalSinceNow: 30)
        while processes.contains(where: Self.isRunning), Date() < end { usleep(20_000) }
        return processes.filter(Self.isRunning)
    }

    private static func isRunning(_ id: Int) -> Bool {
        // Where nothing collects them, processes that have ended stay as zombies.
        guard let state = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8) else {
            return false
        }
        return state.contains("(collectives-che") && !state.contains(") Z ")
    }
}

@Suite("Processes of Open MPI", .serialized)
struct MPIWorldTests {
    @Test("Processes get the same results as threads, bit for bit", arguments: [1, 2, 4])
    func results(_ count: Int) throws {
        let processes = try CheckRun(processes: count, ["results"])
        #expect(processes.exitCode == 0, "\(processes.errors)")
        let lines = processes.output.split(separator: "\n")
        #expect(lines.count == count)
        #expect(Set(lines.map { $0.split(separator: ":").last }).count == 1)
        let threads = try CheckRun(processes: nil, ["results", "--threads", String(count)])
        #expect(threads.exitCode == 0 && threads.output == processes.output)
    }

    @Test("A program that no launcher started is alone and does not start MPI")
    func alone() throws {
        let alone = try CheckRun(processes: nil, ["results"])
        #expect(alone.exitCode == 0 && alone.output.hasPrefix("process 0 of 1: "))
        #expect(try CheckRun(processes: nil, ["results", "--mpi"]).output == alone.output)
        #expect(try CheckRun(processes: nil, ["initialized"]).output == "MPI has not been started\n")
        #expect(try CheckRun(processes: 1, ["initialized"]).output == "MPI has been started\n")
    }

    @Test("Three processes are refused once, with the numbers that are possible")
    func three() throws {
        let run = try CheckRun(processes: 3, ["results"])
        #expect(run.exitCode == 75 && run.output.isEmpty)
        #expect(run.messages.count == 1 && run.errors.contains("3 processes"))
        #expect(run.errors.contains("2 or 4"))
    }

    @Test("When one process is killed all end, and mpirun says which it was", arguments: [2, 4])
    func killed(_ count: Int) throws {
        let run = try CheckRun(processes: count, ["trouble", "1", "killed", "60"])
        #expect(run.exitCode == 128 + SIGKILL)
        #expect(run.errors.contains("rank 1") && run.errors.contains("signal 9"))
        #expect(run.messages.isEmpty && run.running.isEmpty)
    }

    @Test(
        "When one process hangs, one other reports it after the limit, and none is left", arguments: [2, 4])
    func stopped(_ count: Int) throws {
        let run = try CheckRun(processes: count, ["trouble", String(count - 1), "stopped", "4"])
        #expect(run.exitCode == 75)
        #expect(run.messages.count == 1, "\(run.errors)")
        let message = run.messages.first ?? ""
        #expect(message.contains("phase update (sum)") && message.contains("waited 4.0 seconds"))
        #expect(message.contains("no answer from process") && message.contains("\(count - 1) on "))
        #expect(run.processes.count == count && run.running.isEmpty)
    }

    @Test("An error of one process is printed once, with its number, and its code is that of mpirun")
    func failing() throws {
        let run = try CheckRun(processes: 4, ["trouble", "2", "failing", "60"])
        #expect(run.exitCode == 1)
        #expect(run.messages.count == 1 && run.errors.contains("process 2 of 4 on "), "\(run.errors)")
        #expect(run.errors.contains("phase update: the disk is full") && run.running.isEmpty)
    }

    @Test("An error that all processes have is printed once")
    func allFailing() throws {
        let run = try CheckRun(processes: 4, ["trouble", "0", "all-failing", "60"])
        #expect(run.exitCode == 1)
        #expect(run.messages.count == 1 && run.errors.contains("no such file"), "\(run.errors)")
    }

    @Test("A process that leaves early ends all, although its own exit code is 0")
    func leaving() throws {
        let run = try CheckRun(processes: 2, ["trouble", "1", "leaving", "60"])
        #expect(run.exitCode != 0 && run.running.isEmpty)
    }

    @Test("A process that makes other calls is found")
    func otherCalls() throws {
        let run = try CheckRun(processes: 2, ["trouble", "1", "other-calls", "60"])
        #expect(run.exitCode == 75 && run.messages.count == 1, "\(run.errors)")
        #expect(run.errors.contains("do not run the same program"))
    }
}
