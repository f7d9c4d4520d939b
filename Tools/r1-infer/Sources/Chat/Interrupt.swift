// Ctrl-C in a chat: the first one stops the current answer, a second one exits.
import Foundation
import Synchronization
import ToolKit

/// Counts Ctrl-C since the last line of input.
final class Interrupt: Sendable {
    private let count = Atomic<Int>(0)
    private let isGenerating = Atomic<Bool>(false)

    /// Starts to watch; called once.
    ///
    /// - Throws: As `handleSignals` does.
    func watch() throws {
        try handleSignals([SIGINT]) { [self] _, pressed in
            if count.wrappingAdd(pressed, ordering: .relaxed).newValue > 1 { _exit(130) }
            if !isGenerating.load(ordering: .relaxed) { console.aside("\n(Ctrl-C again or /quit exits)\n") }
        }
    }

    /// Whether Ctrl-C was pressed since `reset`.
    var isAsked: Bool { count.load(ordering: .relaxed) > 0 }

    /// Forgets an earlier Ctrl-C.
    func reset() { count.store(0, ordering: .relaxed) }

    /// Runs `body`, which polls `isAsked`; meanwhile Ctrl-C prints no hint.
    func generating<R>(_ body: () throws -> R) rethrows -> R {
        isGenerating.store(true, ordering: .relaxed)
        defer { isGenerating.store(false, ordering: .relaxed) }
        return try body()
    }
}
