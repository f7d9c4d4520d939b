// Ctrl-C in a chat: the first one stops what is being generated, a second one leaves.
import Dispatch
import Foundation
import Synchronization

/// Counts Ctrl-C since the last line of input.
final class Interrupt: Sendable {
    private let count = Atomic<Int>(0)
    private let isGenerating = Atomic<Bool>(false)

    /// Starts to watch; called once.
    func watch() {
        signal(SIGINT, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: DispatchQueue(label: "signals"))
        // The handler refers to its own source and so keeps it alive: Ctrl-C is watched to the end.
        source.setEventHandler { [self] in
            let pressed = Int(source.data)
            if count.wrappingAdd(pressed, ordering: .relaxed).newValue > 1 { _exit(130) }
            if !isGenerating.load(ordering: .relaxed) { Console.aside("\n(Ctrl-C again or /quit leaves)\n") }
        }
        source.resume()
    }

    /// Whether Ctrl-C was pressed since `reset`.
    var isAsked: Bool { count.load(ordering: .relaxed) > 0 }

    /// Forgets an earlier Ctrl-C.
    func reset() { count.store(0, ordering: .relaxed) }

    /// Runs `body`, which polls `isAsked` and needs no hint at the prompt.
    func generating<R>(_ body: () throws -> R) rethrows -> R {
        isGenerating.store(true, ordering: .relaxed)
        defer { isGenerating.store(false, ordering: .relaxed) }
        return try body()
    }
}
