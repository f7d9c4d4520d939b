// One line on stderr that says how far a comparison is; nothing when nobody looks at it.
import Checkpoint
import Foundation

/// Progress with rate and time left, for a terminal.
final class ProgressLine {
    private let start = Date()
    private var lastShown = Date()
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var isShown = false

    /// Shows progress, at most five times a second.
    func show(_ progress: ComparisonProgress) {
        let now = Date()
        guard isTerminal, progress.totalByteCount > 0, now.timeIntervalSince(lastShown) >= 0.2 else { return }
        lastShown = now
        isShown = true
        let done = Double(progress.doneByteCount)
        let rate = done / max(1e-3, now.timeIntervalSince(start))
        let left = rate > 0 ? (Double(progress.totalByteCount) - done) / rate : 0
        let text = String(
            format: "\r\u{1B}[K%3.0f%%  %@ of %@, %@/s, %.0f s left",
            100 * done / Double(progress.totalByteCount),
            byteText(progress.doneByteCount), byteText(progress.totalByteCount), byteText(Int(rate)), left)
        FileHandle.standardError.write(Data(text.utf8))
    }

    /// Takes the line away.
    func clear() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
        isShown = false
    }
}
