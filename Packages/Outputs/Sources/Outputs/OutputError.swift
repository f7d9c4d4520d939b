// Why a program may not write where it was asked to.

/// An output that may not be written; the description names it, the reason, and what to do.
public enum OutputError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The output exists and may not be replaced.
    case exists(path: String)
    /// The output is not a place for a result: a directory, a device, a pipe, a dangling link.
    case wrongKind(path: String, problem: String)
    /// The output is the same file as an input, or a directory that holds it.
    case isInput(path: String, input: String)
    /// Another process is writing it.
    case inUse(path: String, holder: LockHolder?)
    /// A process on another host holds the lock, or held it when it crashed.
    case otherHost(path: String, lock: String, holder: LockHolder)
    /// The system refused.
    case cannotWrite(path: String, reason: String)

    /// The output as it was named.
    public var path: String {
        switch self {
        case .exists(let path), .wrongKind(let path, _), .isInput(let path, _), .inUse(let path, _),
            .otherHost(let path, _, _), .cannotWrite(let path, _):
            path
        }
    }

    /// The reason, and what to do.
    public var reason: String {
        switch self {
        case .exists: "it already exists; --overwrite replaces it"
        case .wrongKind(_, let problem): problem
        case .isInput(let path, let input) where path == input:
            "it is also an input of this command; choose another output"
        case .isInput(_, let input):
            "it is or holds \(input), an input of this command; choose another output"
        case .inUse(_, let holder):
            "in use by \(holder.map { "\($0)" } ?? "another process"); wait until it has ended, or stop it"
        case .otherHost(_, let lock, let holder):
            "in use by \(holder); this machine cannot see whether that process still runs; if it has ended, "
                + "remove \(lock)"
        case .cannotWrite(_, let reason): reason
        }
    }

    /// One line that names the output and says what to do.
    public var description: String { "\(path): cannot write: \(reason)" }
}
