// Runs a tool on a pseudo-terminal, as a user at a keyboard would.
import Foundation
import TestKit
import Testing

/// A tool whose stdin, stdout and stderr are a terminal of 80 x 24.
final class PseudoTerminal {
    private let process = Process()
    private let master: Int32
    /// Kept open, so that what the tool wrote can be read after its end.
    private let slave: FileHandle
    private var seen = [UInt8]()

    /// Starts a tool in a session of its own, so that Ctrl-C reaches it.
    init(_ tool: String, _ arguments: [String], environment: [String: String]) throws {
        // Swift's Glibc lacks posix_openpt and its kin; these are the calls that they make on Linux.
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (isLocked, number): (Int32, UInt32) = (0, 0)
        let (unlock, getNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)  // TIOCSPTLCK, TIOCGPTN
        try #require(ioctl(master, unlock, &isLocked) == 0 && ioctl(master, getNumber, &number) == 0)
        let end = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(end >= 0, "/dev/pts/\(number) cannot be opened")
        slave = FileHandle(fileDescriptor: end, closeOnDealloc: true)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
        process.arguments = ["--ctty", "--wait", try builtProgram(tool).path] + arguments
        process.environment = ProcessInfo.processInfo.environment
            .filter { !["OPENBLAS_CORETYPE", "TERM", "COLORTERM", "NO_COLOR"].contains($0.key) }
            .merging(environment) { $1 }
        (process.standardInput, process.standardOutput, process.standardError) = (slave, slave, slave)
        try resize(columns: 80, rows: 24)
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        close(master)
    }

    /// Gives the terminal another size.
    func resize(columns: UInt16, rows: UInt16) throws {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        try #require(ioctl(master, UInt(TIOCSWINSZ), &size) == 0)
    }

    /// Types, as if on the keyboard.
    func type(_ text: String) throws {
        let bytes = Array(text.utf8)
        try #require(write(master, bytes, bytes.count) == bytes.count)
    }

    /// Sends a signal to the tool, as `kill` does.
    func signal(_ number: Int32) throws { try #require(kill(-tcgetpgrp(master), number) == 0) }

    /// Whether the system shows typed keys, as it does outside of the editor.
    func isCooked() throws -> Bool {
        var mode = termios()
        try #require(tcgetattr(master, &mode) == 0)
        return mode.c_lflag & tcflag_t(ICANON | ECHO | ISIG) == tcflag_t(ICANON | ECHO | ISIG)
    }

    /// Waits for a text in the output after what was waited for before; fails with the output when it does not come.
    @discardableResult
    func wait(for text: String, limit: Double = 60) throws -> String {
        let end = Date(timeIntervalSinceNow: limit)
        while true {
            let output = String(decoding: seen, as: UTF8.self)
            if let range = output.range(of: text) {
                seen = Array(output[range.upperBound...].utf8)
                return String(output[..<range.upperBound])
            }
            try #require(Date() < end, "\(text.debugDescription) is not in \(output.debugDescription)")
            read()
        }
    }

    /// Waits for the end; gives the exit code.
    func finish(limit: Double = 60) throws -> Int32 {
        let end = Date(timeIntervalSinceNow: limit)
        while process.isRunning {
            try #require(
                Date() < end, "still running: \(String(decoding: seen, as: UTF8.self).debugDescription)")
            read()
        }
        return process.terminationStatus
    }

    private func read() {
        var wanted = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        guard poll(&wanted, 1, 50) > 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = Foundation.read(master, &bytes, bytes.count)
        if count > 0 { seen += bytes.prefix(count) }
    }
}
