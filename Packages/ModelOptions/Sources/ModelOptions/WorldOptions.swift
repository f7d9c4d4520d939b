// Whether a command shares its work with the other processes that a launcher started.
public import ArgumentParser
internal import Basics
public import Collectives
internal import Foundation
internal import Settings
public import ToolKit

/// The processes that a command joins.
public struct WorldOptions: ParsableArguments, Sendable {
    /// Which processes share the work.
    public enum Kind: String, ExpressibleByArgument, CaseIterable, Sendable {
        /// Those of the launcher; one process where there is none.
        case auto
        /// This process alone.
        case single
        /// Those of MPI, even if no launcher's variables are there.
        case mpi
    }

    /// Which processes share the work.
    @Option(
        help: ArgumentHelp(
            """
            Processes that share the work: those that mpirun or srun started (auto), this one alone (single), or those of \
            MPI, with or without a launcher (mpi). (default: auto)
            """))
    public var world: Kind?

    /// The longest wait for another process.
    @Option(
        name: .customLong("timeout"),
        help: ArgumentHelp(
            "Minutes that a process waits for another one before the command ends. (default: 30)",
            valueName: "minutes"), transform: Accepted.number(above: 0, to: 10_080, "minutes").argument)
    public var timeout: Double?

    /// No option given.
    public init() {}

    /// Joins the other processes, runs `body`, and leaves them.
    ///
    /// An error in one process ends all: it is printed once, with the number and the machine of the process, and every
    /// process exits with 1. An `ExitCode` that every process throws ends them without a message.
    ///
    /// Each process uses an equal share of the cores of its machine, unless the launcher has bound it to some of them.
    ///
    /// - Parameters:
    ///   - console: Gets the message.
    ///   - message: The text of an error.
    ///   - body: What each process does; it gets the world that it is in.
    /// - Throws: What `body` throws in a process that is alone, and `WorldError.launch`.
    public func join(
        _ console: Console, message: (any Error) -> String = { "\($0)" }, _ body: (any World) throws -> Void
    ) throws {
        let launch = try world == .single ? nil : LaunchEnvironment(ProcessInfo.processInfo.environment)
        guard launch != nil || world == .mpi else { return try body(SingleProcess()) }
        if let count = launch?.localSize { Threads.share(processorsWith: count) }
        let code = MPIWorld.run(
            launch, timeout: .seconds(60 * (timeout ?? 30)), code: { _ in ExitCode.failure.rawValue },
            message: message, report: { console.note("error: \($0)") }
        ) { world -> ExitCode? in
            do {
                try body(world)
                return nil
            } catch let code as ExitCode { return code }
        }
        if let code { throw code }
    }
}
