// A program that runs as a child process, read and written with deadlines and without threads. Linux only.
//
// The child's standard streams are one end of a socket. Unlike a pipe, a socket can be written without the
// signal that would end this process when the child is gone, and polled in both directions.
import Glibc

/// A running program in a process group of its own.
///
/// When the object goes away the whole group is killed, including programs that the child started. Used by
/// one thread at a time.
public final class ChildProcess {
    /// How a program ended.
    public enum Exit: Equatable, Sendable {
        /// It exited with this code.
        case code(Int32)
        /// This signal killed it.
        case signal(Int32)
    }

    /// What happens to the child's standard error.
    public enum ErrorStream: Sendable {
        /// It goes where this process's own goes.
        case inherited
        /// Its start is kept as `errorText`, its last line as `lastErrorLine`.
        case captured
    }

    /// The most bytes of standard error that are kept of its start, and of its end.
    static let keptErrorByteCount = 4096

    private let id: pid_t
    private let socket: Int32
    private var errors: Int32
    private var errorBytes: [UInt8] = []
    private var lastErrorBytes: [UInt8] = []
    private var received: ArraySlice<UInt8> = []
    private var exit: Exit?

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - executable: Its path.
    ///   - arguments: Its arguments without the program's name.
    ///   - hasInput: Whether its standard input is what `write` sends; otherwise it is empty.
    ///   - errorStream: What happens to its standard error.
    /// - Throws: `ChildProcessError.cannotStart`.
    public init(
        _ executable: String, _ arguments: [String], hasInput: Bool, errorStream: ErrorStream
    ) throws {
        let streams = try Streams(hasErrors: errorStream == .captured)
        defer { streams.closeChildEnds() }
        do {
            id = try spawn(executable, arguments, streams, hasInput: hasInput)
        } catch {
            streams.closeOwnEnds()
            throw error
        }
        (socket, errors) = (streams.own, streams.ownErrors)
    }

    deinit {
        if exit == nil { _ = reap() }
        close(socket)
        if errors >= 0 { close(errors) }
    }

    /// Kills the child and every program that it started.
    public func kill() {
        if exit == nil { _ = Glibc.kill(-id, SIGKILL) }
    }

    /// Sends bytes to the child's standard input; throws `ChildProcessError` when it does not take them in
    /// time.
    public func write(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) throws {
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        var sent = 0
        while sent < bytes.count {
            try wait(for: POLLOUT, until: deadline)
            let count = bytes.withUnsafeBytes { raw in
                send(socket, raw.baseAddress.map { $0 + sent }, raw.count - sent, flags)
            }
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { throw ChildProcessError.inputClosed }
            sent += count
        }
    }

    /// The next `count` bytes of standard output, fewer only at its end.
    ///
    /// Throws `ChildProcessError.timedOut`.
    public func read(upTo count: Int, until deadline: ContinuousClock.Instant) throws -> [UInt8] {
        while received.count < count, try receive(until: deadline) {}
        defer { received = received.dropFirst(count) }
        return Array(received.prefix(count))
    }

    /// The next line of standard output without its line feed; nil when the output ends before one.
    ///
    /// Throws `ChildProcessError.timedOut`, and `.lineTooLong` for a line above `limit` bytes.
    public func readLine(limit: Int, until deadline: ContinuousClock.Instant) throws -> String? {
        var searched = 0
        while true {
            if let end = received.dropFirst(searched).firstIndex(of: 0x0A) {
                defer { received = received[(end + 1)...] }
                return String(decoding: received[..<end], as: UTF8.self)
            }
            searched = received.count
            guard searched <= limit else { throw ChildProcessError.lineTooLong(limit: limit) }
            guard try receive(until: deadline) else { return nil }
        }
    }

    /// Closes both streams and waits for the child to exit; throws `ChildProcessError.timedOut`.
    public func finish(until deadline: ContinuousClock.Instant) throws -> Exit {
        if let exit { return exit }
        shutdown(socket, Int32(SHUT_RDWR))
        while !hasExited {
            guard ContinuousClock.now < deadline else { throw ChildProcessError.timedOut }
            var entry = pollfd(fd: errors, events: Int16(POLLIN), revents: 0)
            // Without standard error this is only a pause.
            if poll(&entry, 1, 1) > 0 { collectErrors() }
        }
        collectErrors()
        return reap()
    }

    /// What the child wrote to a captured standard error so far, at most 4096 bytes.
    public var errorText: String {
        collectErrors()
        return String(decoding: errorBytes, as: UTF8.self)
    }

    /// The last line with words that the child wrote to a captured standard error so far, at most 4096 bytes
    /// of it; nil when there is none.
    public var lastErrorLine: String? {
        collectErrors()
        let lines = String(decoding: lastErrorBytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.last { !$0.allSatisfy(\.isWhitespace) }.map(String.init)
    }

    /// Reads what has arrived; false at the end of the output.
    private func receive(until deadline: ContinuousClock.Instant) throws -> Bool {
        while true {
            try wait(for: POLLIN, until: deadline)
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(socket, &chunk, chunk.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { return false }
            received += chunk[..<count]
            return true
        }
    }

    /// Waits until the socket is ready, and meanwhile reads standard error so that it never fills up.
    private func wait(for event: Int32, until deadline: ContinuousClock.Instant) throws {
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { throw ChildProcessError.timedOut }
            var entries = [
                pollfd(fd: socket, events: Int16(event), revents: 0),
                pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
            ]
            let milliseconds = Int32(min(left / .milliseconds(1), 1e6).rounded(.up))
            let ready = poll(&entries, 2, milliseconds)
            guard ready >= 0 || errno == EINTR else { throw ChildProcessError.system("poll", errno) }
            if ready > 0, entries[1].revents != 0 { collectErrors() }
            if ready > 0, entries[0].revents != 0 { return }
        }
    }

    /// Takes what standard error has without waiting; closes it at its end.
    private func collectErrors() {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while errors >= 0 {
            let count = Glibc.read(errors, &chunk, chunk.count)
            if count > 0 {
                errorBytes += chunk[..<min(count, Self.keptErrorByteCount - errorBytes.count)]
                lastErrorBytes = Array((lastErrorBytes + chunk[..<count]).suffix(Self.keptErrorByteCount))
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN {
                return
            } else {
                close(errors)
                errors = -1
            }
        }
    }

    /// Whether the child has exited; it is not reaped, so that its group's number stays taken.
    private var hasExited: Bool {
        var info = siginfo_t()
        let result = waitid(P_PID, id_t(id), &info, WEXITED | WNOHANG | WNOWAIT)
        return result != 0 || info.si_signo != 0
    }

    /// Kills what is left of the group and takes the child's exit status.
    private func reap() -> Exit {
        kill()
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        let found = ended(status)
        exit = found
        return found
    }
}
