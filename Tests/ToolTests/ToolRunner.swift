// Runs the built tools, which lie beside the test bundle, as a user would.
import Basics
import Foundation
import TestKit
import Testing

/// What a tool said and how it ended.
struct ToolResult {
    /// Everything on stdout.
    let output: String
    /// Everything on stderr.
    let errors: String
    /// The exit code; 128 and the signal's number for a tool that a signal ended.
    let exitCode: Int32

    /// The lines of stdout.
    var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// A tool that was started.
///
/// Output goes to files, so that a full pipe can never stop it.
final class RunningTool {
    /// The tool outlived its time and was killed.
    struct TimeExceeded: Error, CustomStringConvertible {
        let command: String
        var description: String { "\(command) did not end in time" }
    }

    private let process = Process()
    private let input = Pipe()
    private let folder = TemporaryFolder()
    private let command: String

    /// Starts a tool by the name of its binary.
    ///
    /// - Parameters:
    ///   - tool: Such as `r1-infer`.
    ///   - arguments: Its arguments.
    ///   - text: All of its stdin; without it `type` writes there.
    ///   - currentFolder: Where it runs; the tests' own folder without it.
    ///   - environment: Variables that it gets beside, or instead of, those of the tests.
    ///   - processes: How many of it mpirun starts; nil starts it alone.
    /// - Throws: When there is no such binary.
    init(
        _ tool: String, _ arguments: [String], input text: String? = nil, currentFolder: URL? = nil,
        environment: [String: String] = [:], processes: Int? = nil
    ) throws {
        command = ([tool] + arguments).joined(separator: " ")
        let program = try builtProgram(tool)
        process.executableURL = processes == nil ? program : URL(fileURLWithPath: "/usr/bin/env")
        // It would bring a warning about speed, and the numbers of another BLAS core.
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "OPENBLAS_CORETYPE" }
            // A model is verified by every test that reads it, and the user's notes stay as they are.
            .merging(["XDG_CACHE_HOME": folder.path("cache")]) { $1 }.merging(environment) { $1 }
        let launcher = processes.map {
            // Threads of the tests block signals, and mpirun would inherit that.
            [
                "--default-signal", "mpirun", "--allow-run-as-root", "--oversubscribe", "--quiet", "-n",
                "\($0)", program.path,
            ]
        }
        process.arguments = (launcher ?? []) + arguments
        if let currentFolder { process.currentDirectoryURL = currentFolder }
        if let text {
            process.standardInput = try FileHandle(
                forReadingFrom: URL(fileURLWithPath: folder.write("in", text)))
        } else {
            process.standardInput = input
        }
        process.standardOutput = try Self.newFile(folder.url("out"))
        process.standardError = try Self.newFile(folder.url("err"))
        try process.run()
    }

    deinit { signal(SIGKILL) }

    private static func newFile(_ url: URL) throws -> FileHandle {
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }

    /// What the tool has written to stdout so far.
    var output: String { (try? String(decoding: Data(contentsOf: folder.url("out")), as: UTF8.self)) ?? "" }

    /// Writes to the tool's stdin.
    func type(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

    /// Whether it has not ended yet.
    var isRunning: Bool { process.isRunning }

    /// The signals that a thread of the tool blocks, as the system's bit mask, by thread; the main thread's number is
    /// the process's.
    func blockedSignals() throws -> [Int32: UInt64] {
        let threads = "/proc/\(process.processIdentifier)/task"
        var masks: [Int32: UInt64] = [:]
        for thread in try FileManager.default.contentsOfDirectory(atPath: threads) {
            let status = try String(contentsOfFile: "\(threads)/\(thread)/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") })
            masks[try #require(Int32(thread))] = UInt64(line.dropFirst(7).drop { $0 == "\t" }, radix: 16)
        }
        return masks
    }

    /// The number of the tool's main thread.
    var mainThread: Int32 { process.processIdentifier }

    /// The processes that it has started and that still run, such as those of mpirun.
    var children: [Int32] { ToolTests.children(of: process.processIdentifier) }

    /// Sends a signal; to a tool that has ended, nothing.
    func signal(_ number: Int32) {
        if process.isRunning { kill(process.processIdentifier, number) }
    }

    /// Sends a signal as soon as `condition` holds; false when the tool ended before it did.
    func signal(_ number: Int32, when condition: () -> Bool) throws -> Bool {
        var holds = false
        try wait(step: 500) {
            holds = condition()
            return holds || !isRunning
        }
        if holds { signal(number) }
        return holds
    }

    /// Closes stdin and waits for the end.
    ///
    /// - Throws: `TimeExceeded` after `limit` seconds; the tool is killed then.
    func finish(limit: Double = 120) throws -> ToolResult {
        try input.fileHandleForWriting.close()
        try wait(limit: limit) { !process.isRunning }
        process.waitUntilExit()
        let errors = String(decoding: try Data(contentsOf: folder.url("err")), as: UTF8.self)
        let bySignal = process.terminationReason == .uncaughtSignal
        return ToolResult(
            output: output, errors: errors, exitCode: process.terminationStatus + (bySignal ? 128 : 0))
    }

    /// Waits until `condition` holds.
    ///
    /// - Throws: `TimeExceeded` after `limit` seconds; the tool is killed then.
    func wait(limit: Double = 120, step microseconds: UInt32 = 10_000, until condition: () -> Bool) throws {
        let end = Date(timeIntervalSinceNow: limit)
        while !condition() {
            guard Date() < end else {
                signal(SIGKILL)
                throw TimeExceeded(command: command)
            }
            usleep(microseconds)
        }
    }
}

/// The processes that a process has started and that still run.
func children(of process: Int32) -> [Int32] {
    let threads = "/proc/\(process)/task"
    // A process that has ended has no threads and no children.
    return ((try? FileManager.default.contentsOfDirectory(atPath: threads)) ?? []).flatMap { thread in
        ((try? String(contentsOfFile: "\(threads)/\(thread)/children", encoding: .utf8)) ?? "")
            .split(separator: " ").compactMap { Int32($0) }
    }.sorted()
}

/// Runs a tool to its end, with `input` on its stdin.
func run(
    _ tool: String, _ arguments: [String], input: String = "", currentFolder: URL? = nil,
    environment: [String: String] = [:], processes: Int? = nil
) throws -> ToolResult {
    try RunningTool(
        tool, arguments, input: input, currentFolder: currentFolder, environment: environment,
        processes: processes
    ).finish()
}
