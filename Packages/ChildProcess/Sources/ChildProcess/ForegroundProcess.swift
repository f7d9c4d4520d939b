// A program that works in place of this one: its output is this process's output, until it ends.
import Glibc
import Synchronization

/// A running program whose output goes where this process's goes.
///
/// It has a process group of its own, so that the signals of a terminal reach this process alone, which decides what
/// to pass on. Its standard input is empty.
public final class ForegroundProcess: Sendable {
    private let id: pid_t
    /// Where its standard error arrives.
    private let errors: Int32
    /// Whether its number still belongs to it.
    private let isRunning = Mutex(true)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - executable: Its path.
    ///   - arguments: Its arguments without the program's name.
    /// - Throws: `ChildProcessError.cannotStart`.
    public init(_ executable: String, _ arguments: [String]) throws {
        let (own, child) = try Streams.socketPair()
        defer { close(child) }
        do {
            id = try spawn(executable, arguments) { actions in
                posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
                posix_spawn_file_actions_adddup2(&actions, child, STDERR_FILENO)
            }
        } catch {
            close(own)
            throw error
        }
        errors = own
    }

    deinit { close(errors) }

    /// Sends a signal to the program, not to those that it started; nothing when it has ended.
    public func signal(_ number: Int32) {
        isRunning.withLock { if $0 { _ = kill(id, number) } }
    }

    /// The programs that it started, and those that they started; empty when it has ended, nil when the system does not
    /// show its processes.
    public var descendants: [RunningProgram]? {
        isRunning.withLock { $0 ? RunningProgram.descendants(of: id) : [] }
    }

    /// Ends the program and its descendants at once.
    public func killAll() {
        let others = descendants ?? []
        signal(SIGKILL)
        for other in others { _ = kill(other.id, SIGKILL) }
    }

    /// Waits for the end of the program and writes what it says on standard error to this process's own.
    ///
    /// - Returns: How it ended, and whether it said anything on standard error.
    public func wait() -> (exit: ChildProcess.Exit, hasSpoken: Bool) {
        var hasSpoken = false
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(errors, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            hasSpoken = true
            passOn(chunk[..<count])
        }
        var info = siginfo_t()
        while waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        return isRunning.withLock { isRunning in
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            isRunning = false
            return (ended(status), hasSpoken)
        }
    }

    /// Writes to standard error; work goes on when that is not possible.
    private func passOn(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
