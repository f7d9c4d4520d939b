// A child process that exchanges lines, with a time limit per exchange (Linux only).
//
// The standard input and output of the child are one socket. Unlike a pipe, a socket can be polled in both
// directions, and writing to it does not raise SIGPIPE after the child has ended.
import Foundation
import Glibc

/// A running scorer.
final class ScorerProcess {
    /// The limit of a reply line; a longer line is an error.
    static let longestReply = 1 << 20

    private let process = Process()
    private let socket: Int32
    private var received: [UInt8] = []

    init(executable: String, arguments: [String]) throws {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw ScorerFault("no socket: \(String(cString: strerror(errno)))")
        }
        socket = ends[0]
        let end = FileHandle(fileDescriptor: ends[1], closeOnDealloc: false)
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardInput = end
        process.standardOutput = end
        defer { close(ends[1]) }
        do {
            try process.run()
        } catch {
            throw ScorerFault("cannot be started: \(error.localizedDescription)")
        }
    }

    deinit {
        shutdown(socket, Int32(SHUT_RDWR))
        close(socket)
        if process.isRunning { process.terminate() }
    }

    /// Kills the child.
    func kill() {
        if process.isRunning { _ = Glibc.kill(process.processIdentifier, SIGKILL) }
    }

    /// Sends a line and waits for a line, within `timeLimit` seconds in total.
    func exchange(_ line: Data, timeLimit: Double) throws -> String {
        let deadline = ContinuousClock.now + .seconds(timeLimit)
        try send([UInt8](line), until: deadline)
        return try receive(until: deadline)
    }

    private func send(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) throws {
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        var sent = 0
        while sent < bytes.count {
            try wait(for: POLLOUT, until: deadline)
            let count = bytes.withUnsafeBytes { raw in
                Glibc.send(socket, raw.baseAddress.map { $0 + sent }, bytes.count - sent, flags)
            }
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { throw ScorerFault("ended without reading the request") }
            sent += count
        }
    }

    private func receive(until deadline: ContinuousClock.Instant) throws -> String {
        var searched = 0
        while true {
            if let end = received[searched...].firstIndex(of: 0x0A) {
                let line = String(decoding: received[..<end], as: UTF8.self)
                received.removeSubrange(...end)
                return line
            }
            searched = received.count
            guard searched <= Self.longestReply else {
                throw ScorerFault("a reply line above \(Self.longestReply) bytes")
            }
            try wait(for: POLLIN, until: deadline)
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(socket, &chunk, chunk.count, Int32(MSG_DONTWAIT))
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { throw ScorerFault("ended without a reply") }
            received += chunk[..<count]
        }
    }

    private func wait(for event: Int32, until deadline: ContinuousClock.Instant) throws {
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { throw ScorerFault("no reply within the time limit") }
            var entry = pollfd(fd: socket, events: Int16(event), revents: 0)
            let milliseconds = Int32(min(left / .milliseconds(1), 1e6).rounded(.up))
            let ready = poll(&entry, 1, milliseconds)
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR else {
                throw ScorerFault("poll: \(String(cString: strerror(errno)))")
            }
        }
    }
}

/// The reason why an exchange with a scorer failed.
struct ScorerFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
