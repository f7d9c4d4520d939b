// collectives-check results|speed|trouble: the calls of a world between real processes, for tests and measurements.
//
//     collectives-check results --threads 4
//     mpirun -n 4 collectives-check results
//     mpirun -n 2 collectives-check speed 256
//     mpirun -n 2 collectives-check trouble 1 killed 5
import Collectives
import Foundation

let usage = """
    usage: collectives-check results [--threads N|--mpi]  the results of all calls, as one line per process;
                                                          --mpi starts MPI without a launcher, too
           collectives-check initialized                  whether MPI has been started
           collectives-check speed MEGABYTES              bytes a second beside those of memcpy
           collectives-check trouble RANK KIND SECONDS    what the others do when one is KIND:
                                                          killed, stopped, leaving, failing, all-failing, other-calls
    """

/// Writes a line to standard error and ends this process.
func stop(_ text: String, code: Int32 = 64) -> Never {
    FileHandle.standardError.write(Data("collectives-check: \(text)\n".utf8))
    exit(code)
}

/// Runs `body` in the world of the launcher, or in that of this process.
func inWorld(
    timeout: Duration = .seconds(60), startsMPI: Bool = false, _ body: (any World) throws -> Void
) throws {
    let launch = try LaunchEnvironment(ProcessInfo.processInfo.environment)
    guard launch != nil || startsMPI else { return try body(SingleProcess()) }
    MPIWorld.run(
        launch, timeout: timeout, code: { $0 is WorldError ? 75 : 1 },
        report: { FileHandle.standardError.write(Data("collectives-check: \($0)\n".utf8)) }, body)
}

let words = Array(CommandLine.arguments.dropFirst())
do {
    switch (words.first, words.count) {
    case ("results", 1): try inWorld { try printResults($0) }
    case ("results", 2):
        guard words[1] == "--mpi" else { stop(usage) }
        try inWorld(startsMPI: true) { try printResults($0) }
    case ("results", 3):
        guard words[1] == "--threads", let count = Int(words[2]) else { stop(usage) }
        _ = try ThreadWorld.run(count) { try printResults($0) }
    case ("initialized", 1):
        try inWorld { _ in print("MPI has \(MPIWorld.isStarted ? "" : "not ")been started") }
    case ("speed", 2):
        guard let megabytes = Int(words[1]), megabytes > 0 else { stop(usage) }
        try inWorld { try printSpeeds($0, byteCount: megabytes << 20) }
    case ("trouble", 4):
        guard let rank = Int(words[1]), let kind = Trouble(rawValue: words[2]), let limit = Double(words[3])
        else { stop(usage) }
        try inWorld(timeout: .seconds(limit)) { try meet(kind, of: rank, in: $0) }
    default: stop(usage)
    }
} catch {
    stop("\(error)", code: 1)
}
