// Why processes cannot be launched, in words that a user can act on.

/// Bad input to a launch; the description tells the user what to change.
public enum LaunchError: Error, Equatable, CustomStringConvertible {
    /// A host file that cannot be used: the file or `file:line`, and the problem.
    case badHosts(String, String)
    /// More threads than cores.
    case tooManyThreads(threads: Int, processes: Int, cores: Int)
    /// A program that is not installed, and what to do about it.
    case missing(program: String, hint: String)
    /// A signal ended a process; the launcher did not get it.
    case killed(signal: Int32, folder: String)
    /// The processes on this machine had ended, and `mpirun` had not.
    case stuck(folder: String)
    /// `mpirun` failed without saying why.
    case silent(code: Int32)

    /// One sentence for the user.
    public var description: String {
        switch self {
        case .badHosts(let place, let problem): return "--hosts: \(place): \(problem)"
        case .tooManyThreads(let threads, let processes, let cores):
            let most = cores / processes
            let choice = most > 0 ? "at most \(most)" : "no --threads"
            return
                "--threads \(threads): \(processes) processes need \(threads * processes) cores, this machine has "
                + "\(cores); give \(choice)"
        case .missing(let program, let hint): return "\(program) is not installed here; \(hint)"
        case .killed(let signal, let folder):
            let reason = signal == 9 ? " (often by the system, when memory runs out)" : ""
            return
                "a process was ended by signal \(signal)\(reason); the newest checkpoint stays: "
                + "r1-train resume \(folder), or the same command again"
        case .stuck(let folder):
            return
                "the processes on this machine have ended, but mpirun waited for another machine, which it probably "
                + "cannot reach; it was ended. Processes there end after their time limit. The newest checkpoint "
                + "stays: r1-train resume \(folder), or the same command again"
        case .silent(let code):
            return "mpirun ended with code \(code) and without a message; --verbose shows what it says"
        }
    }
}
