// Reads a line from the terminal: keys go to the editor, its rows to the screen.
import Foundation

/// A reader of edited lines with a history, on the terminal of stdin and stdout.
public struct LineReader {
    /// How a line ended.
    public enum Line: Equatable, Sendable {
        /// The text, which may have several lines.
        case text(String)
        /// Ctrl-C.
        case interrupted(wasEmpty: Bool)
        /// Ctrl-D on an empty line, or the terminal is gone.
        case end
    }

    /// Earlier lines.
    public private(set) var history: History
    private let write: @Sendable (String) throws -> Void
    private var decoder = KeyDecoder()
    /// Bytes that came and were not used yet.
    private var waiting: [UInt8] = []

    /// A reader that shows its rows through `write`.
    public init(history: History, write: @escaping @Sendable (String) throws -> Void) {
        (self.history, self.write) = (history, write)
    }

    /// Reads a line; the terminal is raw meanwhile.
    ///
    /// - Throws: `TerminalError` when the terminal refuses its mode, and what `write` throws.
    public mutating func line(prompt: String) throws -> Line {
        var editor = LineEditor(history: history)
        var screen = LineScreen(prompt: prompt, write: write)
        try RawMode.enter()
        defer { RawMode.leave() }
        try screen.begin(editor)
        while true {
            switch next() {
            case .idle: try screen.fit(editor)
            case .end:
                try screen.end()
                return .end
            case .key(let key):
                if let line = try apply(key, to: &editor, screen: &screen) {
                    try screen.end()
                    history = editor.history
                    return line
                }
            }
        }
    }

    /// Applies a key; gives the line when it ends with it.
    private func apply(_ key: Key, to editor: inout LineEditor, screen: inout LineScreen) throws -> Line? {
        // What stays on the screen after a line is what it was before its last key.
        if screen.isBehind, [.enter, .interrupt, .endOfInput, .suspend].contains(key) {
            try screen.show(editor)
        }
        switch editor.apply(key) {
        // Keys that came together are shown together.
        case .changed: if waiting.isEmpty { try screen.show(editor) } else { screen.isBehind = true }
        case .entered(let text): return .text(text)
        case .interrupted(let wasEmpty): return .interrupted(wasEmpty: wasEmpty)
        case .ended: return .end
        case .cleared: try screen.clear(editor)
        case .refused: try write("\u{7}")
        case .suspended:
            try screen.end()
            RawMode.leave()
            raise(SIGTSTP)
            try RawMode.enter()
            try screen.begin(editor)
        }
        return nil
    }

    private enum Event { case key(Key), idle, end }

    /// The next key; idle from time to time while none comes.
    private mutating func next() -> Event {
        while true {
            while !waiting.isEmpty {
                if let key = decoder.key(after: waiting.removeFirst()) { return .key(key) }
            }
            // The rest of a sequence comes at once.
            switch Self.read(milliseconds: decoder.isInside ? 50 : 200) {
            case .bytes(let bytes): waiting = bytes
            case .timeOut:
                decoder.timeOut()
                return .idle
            case .end: return .end
            }
        }
    }

    /// Asks the terminal whether it can show pictures.
    ///
    /// Keys that are typed meanwhile are kept for the next line.
    ///
    /// - Parameters:
    ///   - environment: The variables of the process.
    ///   - milliseconds: How long a reply is waited for.
    /// - Returns: The best way to show a picture.
    /// - Throws: As `line` does.
    public mutating func pictureAbility(
        environment: [String: String], milliseconds: Int = 300
    ) throws -> PictureAbility {
        guard environment["TERM"] != "dumb" else { return .none }
        try RawMode.enter()
        defer { RawMode.leave() }
        try write(PictureAbility.query)
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        var reply: [UInt8] = []
        while !PictureAbility.isComplete(reply) {
            let left = (end - .now) / .milliseconds(1)
            guard left > 0, reply.count < 4096,
                case .bytes(let bytes) = Self.read(milliseconds: Int32(left) + 1)
            else { break }
            reply += bytes
        }
        // The decoder skips the replies and keeps the keys around them.
        waiting += reply
        return PictureAbility(reply: reply, environment: environment)
    }

    private enum Input { case bytes([UInt8]), timeOut, end }

    private static func read(milliseconds: Int32) -> Input {
        var wanted = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&wanted, 1, milliseconds) > 0 else { return .timeOut }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Foundation.read(STDIN_FILENO, &bytes, bytes.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return .timeOut }
        return count > 0 ? .bytes(Array(bytes.prefix(count))) : .end
    }
}
