// Programs beside the test bundle, and commands that run to their end.
public import Foundation
internal import Testing

/// A program of the build, which is beside the test bundle; a missing one fails the test with the path where it should be.
public func builtProgram(_ name: String) throws -> URL {
    let program = try #require(Bundle.main.executableURL).deletingLastPathComponent().appendingPathComponent(
        name)
    try #require(
        FileManager.default.isExecutableFile(atPath: program.path),
        "there is no \(program.path); build the product \(name) into the folder of the tests")
    return program
}

/// What a command wrote and how it ended.
///
/// Output goes to files, so that a full pipe never stops it.
public struct FinishedCommand {
    /// Everything on standard output.
    public let output: String
    /// Everything on standard error.
    public let errors: String
    /// The exit code; 128 and the signal's number for a command that a signal ended.
    public let exitCode: Int32

    /// Runs a command to its end, with nothing on standard input.
    ///
    /// - Parameter words: The program, by its name in PATH or its path, and its arguments.
    /// - Throws: When it cannot be started.
    public init(_ words: [String]) throws {
        let folder = TemporaryFolder()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.standardInput = FileHandle.nullDevice
        for name in ["out", "err"] { try folder.write(name, "") }
        process.standardOutput = try FileHandle(forWritingTo: folder.url("out"))
        process.standardError = try FileHandle(forWritingTo: folder.url("err"))
        try process.run()
        process.waitUntilExit()
        (output, errors) = (try folder.text("out"), try folder.text("err"))
        exitCode = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
    }
}
