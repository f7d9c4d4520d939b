// The command line of mpirun for a run.
internal import Basics
public import ChildProcess
internal import Collectives

/// A run under `mpirun`.
public struct MPILaunch: Equatable, Sendable {
    /// Where the processes run.
    public enum Place: Equatable, Sendable {
        /// On this machine, which has so many cores.
        case here(processes: Int, cores: Int)
        /// On the machines of a file.
        case hosts(HostFile)
    }

    /// The words of the command, beginning with `mpirun`.
    public let words: [String]
    /// What a user should know before it starts.
    public let warnings: [String]

    /// The command for a run.
    ///
    /// Each process is bound to its share of this machine's cores. On other machines, whose cores are not known here,
    /// the processes divide them themselves, unless the number of threads is given.
    ///
    /// - Parameters:
    ///   - run: The run.
    ///   - place: Where its processes run.
    ///   - threads: Threads of each process; nil for an equal share of the cores.
    ///   - isRoot: Whether the user is root, whom mpirun refuses by default.
    ///   - isVerbose: Whether mpirun prints its own messages.
    /// - Throws: `WorldError.memberCount` unless the number of processes is a power of two;
    ///   `LaunchError.tooManyThreads`.
    public init(_ run: LaunchedRun, on place: Place, threads: Int?, isRoot: Bool, isVerbose: Bool = false)
        throws
    {
        let count: Int
        var (placing, warnings): ([String], [String]) = ([], [])
        switch place {
        case .here(let processes, let cores):
            count = processes
            try Self.check(count)
            if let threads, threads * processes > cores {
                throw LaunchError.tooManyThreads(threads: threads, processes: processes, cores: cores)
            }
            if processes > cores {
                placing = ["--oversubscribe", "--bind-to", "none"]
                warnings = [
                    "\(processes) processes share \(cores) \(cores == 1 ? "core" : "cores"): this tests a run, but is "
                        + "slower than \(Self.powerOfTwo(upTo: cores))"
                ]
            } else {
                placing = ["--map-by", "slot:PE=\(threads ?? cores / processes)", "--bind-to", "core"]
            }
        case .hosts(let file):
            count = file.processes
            try Self.check(count)
            placing =
                ["--hostfile", file.path]
                + (threads.map { ["--map-by", "slot:PE=\($0)", "--bind-to", "core"] }
                    ?? ["--map-by", "slot", "--bind-to", "none"])
        }
        words =
            ["mpirun"] + (isRoot ? ["--allow-run-as-root"] : []) + (isVerbose ? [] : ["--quiet"])
            + ["-n", "\(count)"] + placing + run.words
        self.warnings = warnings
    }

    static func check(_ processes: Int) throws {
        guard processes > 0, processes & (processes - 1) == 0 else {
            throw WorldError.memberCount(processes)
        }
    }

    private static func powerOfTwo(upTo limit: Int) -> Int {
        1 << (Int.bitWidth - 1 - max(1, limit).leadingZeroBitCount)
    }
}

/// How a run under mpirun ended, for the exit code of the launcher.
public enum LaunchEnd: Equatable, Sendable {
    /// The run is complete, or said itself what was wrong: this exit code.
    case code(Int32)
    /// Neither mpirun nor a process has printed the reason.
    case failed(LaunchError, code: Int32)

    /// The signal that stops a run under mpirun: mpirun passes it on, and does not end its processes as it does after
    /// SIGINT and SIGTERM.
    public static let stopSignal: Int32 = 12

    /// Reads the end of mpirun.
    ///
    /// - Parameters:
    ///   - exit: How mpirun ended.
    ///   - hasSpoken: Whether anything was written to standard error.
    ///   - stop: The signal that asked the launcher to stop; nil when none did.
    ///   - wasStuck: Whether a ``LaunchWatch`` ended mpirun.
    ///   - folder: The run directory, for messages.
    public init(
        _ exit: ChildProcess.Exit, hasSpoken: Bool, stop: Int32?, wasStuck: Bool = false, folder: String
    ) {
        guard !wasStuck else {
            // Usually a process has said that it waited too long.
            self = hasSpoken ? .code(1) : .failed(.stuck(folder: folder), code: 1)
            return
        }
        let code: Int32
        switch exit {
        case .code(let number): code = number
        case .signal(let number): code = 128 + number
        }
        if let stop, code == 128 + Self.stopSignal || code == 128 + stop {
            self = .code(128 + stop)
        } else if code > 128, code <= 128 + 64, stop == nil {
            self = .failed(.killed(signal: code - 128, folder: folder), code: code)
        } else if code != 0, !hasSpoken {
            self = .failed(.silent(code: code), code: code)
        } else {
            self = .code(code)
        }
    }
}
