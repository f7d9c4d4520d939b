// Progress of a long task: one line on stderr that is overwritten. It appears only on a terminal.
internal import Basics
import Foundation

/// A progress line on a terminal.
public final class ProgressLine {
    private let start = Date()
    private var lastShown = Date()
    private var isShown = false

    /// Creates a line; rates are counted from now.
    public init() {}

    deinit { clear() }

    /// Shows text in place of what the line showed before.
    public func show(_ text: String) {
        guard Console.errorIsTerminal else { return }
        lastShown = Date()
        isShown = true
        _ = Streams.write("\r\u{1B}[K\(text)".utf8, to: STDERR_FILENO)
    }

    /// Shows share, bytes, rate and time left, at most five times per second.
    ///
    /// - Parameters:
    ///   - done: The bytes that are done.
    ///   - total: The bytes of the whole task.
    ///   - skipped: The part of `done` that an earlier run did; it does not count for the rate.
    public func show(done: Int, of total: Int, skipped: Int = 0) {
        let now = Date()
        guard total > 0, now.timeIntervalSince(lastShown) >= 0.2 else { return }
        show(Self.text(done: done, of: total, skipped: skipped, seconds: now.timeIntervalSince(start)))
    }

    /// Removes the line.
    public func clear() {
        if isShown { _ = Streams.write("\r\u{1B}[K".utf8, to: STDERR_FILENO) }
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
