// One line on stderr that says how far a long piece of work is; nothing when nobody looks at it.
internal import Basics
import Foundation

/// Progress with rate and time left, for a terminal.
public final class ProgressLine {
    private let start = Date()
    private var lastShown = Date()
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var isShown = false

    /// A line that begins to count now.
    public init() {}

    /// Shows progress, at most five times a second.
    ///
    /// - Parameters:
    ///   - done: The bytes that are done.
    ///   - total: The bytes of everything.
    ///   - skipped: Those of `done` that an earlier run did, which say nothing about the rate.
    public func show(done: Int, of total: Int, skipped: Int = 0) {
        let now = Date()
        guard isTerminal, total > 0, now.timeIntervalSince(lastShown) >= 0.2 else { return }
        lastShown = now
        isShown = true
        let text = Self.text(
            done: done, of: total, skipped: skipped, seconds: now.timeIntervalSince(start))
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
    }

    /// Takes the line away.
    public func clear() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
        isShown = false
    }

    /// Share, bytes, rate and time left.
    static func text(done: Int, of total: Int, skipped: Int, seconds: Double) -> String {
        let rate = Double(done - skipped) / max(1e-3, seconds)
        let left = rate > 0 ? String(format: "%.0f s left", Double(total - done) / rate) : "time left unknown"
        return String(format: "%3.0f%%", 100 * Double(done) / Double(total))
            + "  \(byteText(done)) of \(byteText(total)), \(byteText(Int(rate)))/s, \(left)"
    }
}
