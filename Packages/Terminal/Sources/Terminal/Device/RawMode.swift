// The terminal's mode while a line is edited: every key comes at once and is not shown by the system.
import Foundation
import Synchronization

/// The mode of the terminal on stdin.
public enum RawMode {
    /// The mode before, while the terminal is raw.
    private static let saved = Mutex<termios?>(nil)

    /// Makes the terminal raw; output is still processed, so a line break also returns.
    ///
    /// - Throws: `TerminalError` when the system refuses.
    static func enter() throws {
        try saved.withLock { saved in
            guard saved == nil else { return }
            var mode = termios()
            guard tcgetattr(STDIN_FILENO, &mode) == 0 else { throw TerminalError("read", errno) }
            let before = mode
            mode.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
            mode.c_iflag &= ~tcflag_t(IXON | ICRNL | INLCR | BRKINT)
            guard tcsetattr(STDIN_FILENO, TCSADRAIN, &mode) == 0 else {
                throw TerminalError("changed", errno)
            }
            saved = before
        }
    }

    /// Gives the terminal its mode back; called by handlers of signals too, before the process ends.
    public static func leave() {
        saved.withLock { saved in
            guard var mode = saved else { return }
            // Nothing more can be done about a terminal that is gone.
            _ = tcsetattr(STDIN_FILENO, TCSADRAIN, &mode)
            saved = nil
        }
    }
}

/// The terminal refused something.
public struct TerminalError: Error, CustomStringConvertible {
    /// One line for the user.
    public let description: String

    init(_ action: String, _ code: Int32) {
        description = "the terminal's mode cannot be \(action): \(String(cString: strerror(code)))"
    }
}

extension TerminalSize {
    /// The size of the terminal on stdout; 80 x 24 where the system does not know it.
    public static var current: TerminalSize { of(STDOUT_FILENO) }

    /// The size of the terminal that a file descriptor is; 80 x 24 where the system does not know it.
    public static func of(_ descriptor: Int32) -> TerminalSize {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return TerminalSize(columns: 80, rows: 24)
        }
        let (columns, rows) = (Int(size.ws_col), Int(size.ws_row))
        let cell = (Int(size.ws_xpixel) / columns, Int(size.ws_ypixel) / rows)
        return TerminalSize(columns: columns, rows: rows, cell: cell.0 > 0 && cell.1 > 0 ? cell : nil)
    }
}
