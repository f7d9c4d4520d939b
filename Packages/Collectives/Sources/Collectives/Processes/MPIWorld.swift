// A world whose members are processes that Open MPI connects.
internal import CMPI
internal import Foundation

/// This process's place among those that a launcher started.
public final class MPIWorld: World {
    private let tree: TreeWorld<MPILink>

    /// This process's number.
    public var rank: Int { tree.rank }

    /// The number of processes.
    public var size: Int { tree.size }

    private init(_ tree: TreeWorld<MPILink>) { self.tree = tree }

    /// Joins the other processes, runs `body`, and leaves them; a program does it once in its life.
    ///
    /// An error ends all processes: one of them reports it, and the launcher exits with its code. When several fail at
    /// the same time, the lowest of them reports.
    ///
    /// - Parameters:
    ///   - launch: What the launcher says; nil starts MPI for this process alone.
    ///   - timeout: How long a process waits for another without any byte coming or going.
    ///   - code: The exit code for an error.
    ///   - message: The text of an error.
    ///   - report: Called with the text of an error, this process's number and its machine.
    ///   - body: What each process does.
    /// - Returns: What `body` returns.
    public static func run<Result>(
        _ launch: LaunchEnvironment?, timeout: Duration = .seconds(1800), code: (any Error) -> Int32,
        message: (any Error) -> String = { "\($0)" }, report: (String) -> Void,
        _ body: (MPIWorld) throws -> Result
    ) -> Result {
        let link: MPILink
        do {
            link = try MPILink()
        } catch {
            report(message(error))
            exit(code(error))
        }
        var options = TreeWorld<MPILink>.Options()
        options.timeout = timeout
        let tree = TreeWorld(link, host: launch?.host ?? LaunchEnvironment.hostName, options: options)
        do {
            try compare(link, with: launch)
            try tree.meet()
            let result = try body(MPIWorld(tree))
            tree.enter(phase: "end")
            try tree.barrier()
            try MPILink.check(r1_mpi_finish())
            return result
        } catch {
            end(tree, after: error, code: code(error), text: message(error), report: report)
        }
    }

    /// Whether this process and another copy large pieces from each other's memory, not through messages.
    package func readsMemory(of rank: Int) -> Bool { tree.link.readsMemory(of: rank) }

    /// Whether this process has started MPI.
    public static var isStarted: Bool { r1_mpi_is_started() != 0 }

    /// Checks that the launcher and MPI agree.
    private static func compare(_ link: MPILink, with launch: LaunchEnvironment?) throws {
        guard let launch, link.rank != launch.rank || link.size != launch.size ?? link.size else { return }
        let said = launch.size.map(String.init) ?? "several"
        throw WorldError.launch(
            "\(launch.launcher.rawValue) says that this is process \(launch.rank) of \(said), Open MPI that it is "
                + "\(link.rank) of \(link.size); the launcher belongs to another MPI or another version of PMIx"
        )
    }

    /// Ends all processes after an error.
    private static func end(
        _ tree: TreeWorld<MPILink>, after error: any Error, code: Int32, text: String,
        report: (String) -> Void
    ) -> Never {
        if tree.isReporter(of: error) {
            switch error as? WorldError {
            // They name the processes, or are those of all.
            case .late, .memberCount, .launch: report(text)
            default: report("\(tree.place): \(text)")
            }
        } else {
            // The one that reports needs milliseconds.
            Thread.sleep(forTimeInterval: 10)
        }
        r1_mpi_abort(code)
        exit(code)
    }

    /// Names what this process does; see ``World``.
    public func enter(phase: String) { tree.enter(phase: phase) }

    /// Sums doubles; see ``World``.
    public func sum(_ values: inout [Double]) throws { try tree.sum(&values) }

    /// Sums floats in pieces; see ``World``.
    public func reduceScatter(_ parts: [FloatPieces]) throws { try tree.reduceScatter(parts) }

    /// Sends each process's pieces to all; see ``World``.
    public func allGather(_ parts: [BytePieces]) throws { try tree.allGather(parts) }

    /// Sends bytes to all; see ``World``.
    public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws {
        try tree.broadcast(bytes, from: root)
    }

    /// Sends bytes to process 0; see ``World``.
    public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] { try tree.gather(bytes) }

    /// The largest number; see ``World``.
    public func largest(_ number: Int) throws -> Int { try tree.largest(number) }

    /// Waits for all processes; see ``World``.
    public func barrier() throws { try tree.barrier() }
}
