// Starts a program with posix_spawn: streams, process group and signals of the child.
import Glibc

/// Why a child process cannot be used.
public enum ChildProcessError: Error, Equatable, CustomStringConvertible {
    /// The program cannot be started; the reason is the system's.
    case cannotStart(reason: String)
    /// The deadline passed.
    case timedOut
    /// The child closed its standard input or exited.
    case inputClosed
    /// A line of its output is longer than the limit in bytes.
    case lineTooLong(limit: Int)
    /// A system call failed with this error number.
    case system(String, Int32)

    /// A few words.
    public var description: String {
        switch self {
        case .cannotStart(let reason): "cannot be started: \(reason)"
        case .timedOut: "the time limit passed"
        case .inputClosed: "it closed its input"
        case .lineTooLong(let limit): "a line above \(limit) bytes"
        case .system(let call, let code): "\(call): \(reason(code))"
        }
    }
}

/// The system's words for an error number.
func reason(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }

/// Both ends of the child's standard streams.
///
/// Programs that other threads start do not inherit them.
struct Streams {
    /// This process's end of the socket, and the child's.
    let own, child: Int32
    /// The ends of the socket for standard error, or -1 when it is inherited.
    let ownErrors, childErrors: Int32

    init(hasErrors: Bool) throws {
        (own, child) = try Self.socketPair()
        do {
            (ownErrors, childErrors) = hasErrors ? try Self.socketPair() : (-1, -1)
        } catch {
            for end in [own, child] { close(end) }
            throw error
        }
        if hasErrors { _ = fcntl(ownErrors, F_SETFL, O_NONBLOCK) }
    }

    /// Two ends that programs of other threads do not inherit.
    static func socketPair() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw ChildProcessError.cannotStart(reason: reason(errno))
        }
        return (ends[0], ends[1])
    }

    func closeChildEnds() { for end in [child, childErrors] where end >= 0 { close(end) } }

    func closeOwnEnds() { for end in [own, ownErrors] where end >= 0 { close(end) } }
}

/// Starts a program in a process group of its own and returns its process number.
func spawn(
    _ executable: String, _ arguments: [String], _ streams: Streams, hasInput: Bool
) throws -> pid_t {
    try spawn(executable, arguments) { actions in
        if hasInput {
            posix_spawn_file_actions_adddup2(&actions, streams.child, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, streams.child, STDOUT_FILENO)
        if streams.childErrors >= 0 {
            posix_spawn_file_actions_adddup2(&actions, streams.childErrors, STDERR_FILENO)
        }
    }
}

/// Starts a program in a process group of its own, with the default actions of all signals.
///
/// - Parameters:
///   - executable: Its path.
///   - arguments: Its arguments without the program's name.
///   - connect: Says where its standard streams go.
/// - Returns: Its process number.
/// - Throws: `ChildProcessError.cannotStart`.
func spawn(
    _ executable: String, _ arguments: [String],
    connect: (inout posix_spawn_file_actions_t) -> Void
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    connect(&actions)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Signals that this process ignores or blocks must still end the child.
    var (all, none) = (sigset_t(), sigset_t())
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var words = ([executable] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var id: pid_t = 0
    var code = posix_spawn(&id, executable, &actions, &attributes, &words, environ)
    // A program that was just written is busy while a process that was started meanwhile still has it open:
    // from fork to exec each child has all files of its parent. That takes milliseconds.
    for _ in 0..<200 where code == ETXTBSY {
        usleep(10_000)
        code = posix_spawn(&id, executable, &actions, &attributes, &words, environ)
    }
    guard code == 0 else { throw ChildProcessError.cannotStart(reason: reason(code)) }
    return id
}

/// How a program ended, from the status that `waitpid` gives.
func ended(_ status: Int32) -> ChildProcess.Exit {
    // The macros WIFEXITED and so on, which are not imported.
    let signal = status & 0x7F
    return signal == 0 ? .code((status >> 8) & 0xFF) : .signal(signal)
}
