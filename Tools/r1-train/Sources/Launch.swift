// r1-train launch: starts a run on several processes, by mpirun or in a job of Slurm.
import ArgumentParser
import Basics
import ChildProcess
import Collectives
import Foundation
import Launching
import Settings
import Synchronization
import ToolKit
import TrainingRuns

/// `r1-train launch`.
struct Launch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "launch",
        abstract: "Begin or resume a run on several processes, by mpirun or Slurm.",
        discussion: """
            The processes share each step; the run has the same weights as with one process. Their number is a power of \
            two. A folder that contains a run resumes it, with its own settings.

            --processes starts them on this machine, each bound to its share of the cores. --hosts starts them on the \
            machines of a host file of Open MPI, lines such as "node1 slots=4", by ssh; program, settings, model and \
            rows have the same paths there. --slurm submits a job that saves before its time limit, queues itself again \
            and resumes.

            Examples:
              r1-train launch my.yaml --run runs/first --processes 4
              r1-train launch my.yaml --run runs/first --hosts hosts.txt --threads 8
              r1-train launch my.yaml --run runs/first --processes 4 --print     (the command that it would run)
              r1-train launch my.yaml --run runs/first --slurm --nodes 2 --tasks-per-node 4 --cpus-per-task 8 \
            --time 24:00:00

            SIGINT, SIGTERM and SIGHUP stop and save the run, SIGUSR1 saves it, as without launch; a second signal ends \
            it at once. The exit code is that of the run.
            """)

    @Argument(
        help: ArgumentHelp("Settings of a training run, laid over the defaults.", valueName: "file.yaml"),
        transform: files.argument)
    var config: String

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The run directory; one that contains a run resumes it.", valueName: "folder"),
        transform: folders.argument)
    var folder: String

    @Option(
        help: ArgumentHelp("Processes on this machine, a power of two.", valueName: "number"),
        transform: Accepted.whole(1...65_536, "processes").argument)
    var processes: Int?

    @Option(
        help: ArgumentHelp(
            "A host file of Open MPI, with lines HOST slots=N; the run has as many processes as there are slots.",
            valueName: "file"),
        transform: files.argument)
    var hosts: String?

    @Flag(help: "Submit a job to Slurm.")
    var slurm = false

    @Option(help: "What the run does. (default: method in the file, else grpo)")
    var method: Plan.Method?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("One setting. May be repeated.", valueName: "path=value"))
    var assignments: [String] = []

    @Option(
        help: ArgumentHelp(
            "Threads of each process, with --processes or --hosts. (default: its share of the cores)",
            valueName: "number"), transform: Accepted.whole(1...1024, "threads").argument)
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "Minutes that a process waits for another one before the run ends. (default: 30)",
            valueName: "minutes"), transform: Accepted.number(above: 0, to: 10_080, "minutes").argument)
    var timeout: Double?

    @Flag(help: "A run that resumes is sent to machines that do not share the run directory.")
    var broadcast = false

    @OptionGroup(title: "Slurm") var job: JobOptions

    @Flag(name: .customLong("print"), help: "Print the command for a shell instead of running it.")
    var prints = false

    @Flag(help: "With --slurm, print the batch script instead of submitting it.")
    var printSbatch = false

    @Flag(help: "Let mpirun print its own messages, too.")
    var verbose = false

    func validate() throws {
        let ways = [processes != nil, hosts != nil, slurm].filter { $0 }.count
        guard ways == 1 else {
            throw ValidationError("give one of --processes NUMBER, --hosts FILE and --slurm; found \(ways)")
        }
        guard slurm || !printSbatch && !job.isGiven else {
            throw ValidationError(
                "--nodes, --tasks-per-node, --cpus-per-task, --time, --partition and --print-sbatch need --slurm"
            )
        }
        guard !slurm || !prints && !verbose && threads == nil else {
            throw ValidationError(
                "--print, --verbose and --threads belong to mpirun; with --slurm there are --print-sbatch and "
                    + "--cpus-per-task")
        }
    }

    func run() throws {
        guard try LaunchEnvironment(ProcessInfo.processInfo.environment) == nil else {
            throw ValidationError("a launcher started this process; run launch without mpirun and srun")
        }
        // What is wrong with the settings is said once, here.
        let settings = try RunConfiguration.read(file: config, assignments: assignments)
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let run = LaunchedRun(
            program: program, method: (method ?? (settings.method == .sft ? .sft : .grpo)).rawValue,
            config: config, folder: folder, assignments: assignments, timeout: timeout,
            broadcasts: broadcast)
        if slurm { return try submit(run) }
        let launch = try MPILaunch(
            run, on: place(), threads: threads, isRoot: geteuid() == 0, isVerbose: verbose)
        for warning in launch.warnings { console.warn(warning) }
        if run.exists {
            console.note(
                "\(folder) contains a run, which resumes with its own settings, not those of \(config)")
        }
        if prints { return try console.write(shellText(launch.words) + "\n") }
        try start(launch, program: program)
    }

    private func place() throws -> MPILaunch.Place {
        if let hosts { return .hosts(try HostFile(hosts)) }
        return .here(processes: processes ?? 1, cores: Threads.count)
    }

    /// Runs mpirun to its end.
    private func start(_ launch: MPILaunch, program: String) throws {
        let mpirun = try installed(
            "mpirun", "'make setup' installs it, or: apt-get install openmpi-bin")
        let relay = SignalRelay()
        try handleSignals([SIGINT, SIGTERM, SIGHUP, SIGUSR1]) { number, _ in relay.take(number) }
        let process = try ForegroundProcess(mpirun, Array(launch.words.dropFirst()))
        relay.connect(process)
        let watch = LaunchWatch(process, program: program)
        let (exit, hasSpoken) = process.wait()
        watch.stop()
        switch LaunchEnd(
            exit, hasSpoken: hasSpoken, stop: relay.stop, wasStuck: watch.hasEnded, folder: folder)
        {
        case .code(0): return
        case .code(let code): throw ExitCode(code)
        case .failed(let error, let code):
            console.note("error: \(error)")
            throw ExitCode(code)
        }
    }

    /// Prints or submits the batch script.
    private func submit(_ run: LaunchedRun) throws {
        let script = try job.job().script(run)
        if printSbatch { return try console.write(script) }
        let sbatch = try installed(
            "sbatch", "--print-sbatch prints the script, which sbatch takes on a machine of the cluster")
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "r1-train-\(getpid()).sbatch")
        try script.write(to: file, atomically: true, encoding: .utf8)
        // sbatch copies the script; a file that stays in the temporary folder does no harm.
        defer { try? FileManager.default.removeItem(at: file) }
        switch try ForegroundProcess(sbatch, [file.path]).wait().exit {
        case .code(0): return
        case .code(let code), .signal(let code): throw ExitCode(code)
        }
    }

    /// The path of a program.
    private func installed(_ name: String, _ hint: String) throws -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        guard
            let path = folders.map({ "\($0)/\(name)" }).first(where: {
                FileManager.default.isExecutableFile(atPath: $0)
            })
        else { throw LaunchError.missing(program: name, hint: hint) }
        return path
    }
}

/// What a job of Slurm gets.
struct JobOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Machines. (default: 1)", valueName: "number"),
        transform: Accepted.whole(1...65_536, "machines").argument)
    var nodes: Int?

    @Option(
        help: ArgumentHelp("Processes on each machine. (default: 1)", valueName: "number"),
        transform: Accepted.whole(1...1024, "processes").argument)
    var tasksPerNode: Int?

    @Option(
        help: ArgumentHelp("Cores of each process. (default: the partition's)", valueName: "number"),
        transform: Accepted.whole(1...1024, "cores").argument)
    var cpusPerTask: Int?

    @Option(
        help: ArgumentHelp(
            "The time limit, such as 90 (minutes), 24:00:00 or 2-12. (default: the partition's)",
            valueName: "time"))
    var time: String?

    @Option(help: ArgumentHelp("The partition. (default: the cluster's)", valueName: "name"))
    var partition: String?

    /// Whether any of them is given.
    var isGiven: Bool {
        [nodes, tasksPerNode, cpusPerTask].contains { $0 != nil } || time != nil || partition != nil
    }

    func validate() throws {
        if let time {
            let form = /([0-9]+-[0-9]+(:[0-9]+){0,2}|[0-9]+(:[0-9]+){0,2})/
            guard time.wholeMatch(of: form) != nil else {
                throw ValidationError(
                    "--time: expected minutes, minutes:seconds, hours:minutes:seconds or days-hours:minutes:seconds, "
                        + "found \(time)")
            }
        }
        if let partition, partition.wholeMatch(of: /[A-Za-z0-9_.,\-]+/) == nil {
            throw ValidationError("--partition: expected a name or several with commas, found \(partition)")
        }
    }

    /// The job.
    func job() throws -> BatchJob {
        try BatchJob(
            nodes: nodes ?? 1, tasksPerNode: tasksPerNode ?? 1, cpusPerTask: cpusPerTask, time: time,
            partition: partition)
    }
}

/// Passes the launcher's signals on to mpirun, in the form that reaches the processes.
private final class SignalRelay: Sendable {
    private struct State {
        var process: ForegroundProcess?
        var stop: Int32?
    }

    private let state = Mutex(State())

    /// The signal that asked to stop; nil when none did.
    var stop: Int32? { state.withLock { $0.stop } }

    /// From now on signals go to the process, also one that came before.
    func connect(_ process: ForegroundProcess) {
        state.withLock { state in
            state.process = process
            if state.stop != nil { process.signal(LaunchEnd.stopSignal) }
        }
    }

    /// The first request to stop lets the processes save; mpirun ends them after a second one.
    func take(_ number: Int32) {
        state.withLock { state in
            if number == SIGUSR1 {
                state.process?.signal(SIGUSR1)
            } else if state.stop == nil {
                state.stop = number
                state.process?.signal(LaunchEnd.stopSignal)
            } else {
                state.process?.signal(SIGTERM)
            }
        }
    }
}
