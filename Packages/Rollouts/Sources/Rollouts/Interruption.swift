// Signals: the first one asks the run to save and stop, the second one stops the process at once.
internal import Dispatch
internal import Foundation
internal import Synchronization

/// Watches SIGINT and SIGTERM (save and stop) and SIGUSR1 (save and continue).
public final class Interruption: Sendable {
    /// Thrown between two phases of a step when the run was asked to stop.
    public struct Stopped: Error {
        /// The signal.
        public let signal: Int32
    }

    private let signal = Atomic<Int32>(0)
    private let saveIsRequested = Atomic<Bool>(false)

    /// Watches no signals until `watch` is called.
    public init() {}

    /// Starts to watch the process's signals.
    public func watch() {
        let queue = DispatchQueue(label: "signals")
        for number in [SIGINT, SIGTERM, SIGUSR1] {
            Foundation.signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [self] in
                _ = source  // The handler keeps its own source alive: signals are watched to the end.
                if number == SIGUSR1 { return saveIsRequested.store(true, ordering: .relaxed) }
                if signal.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
            }
            source.resume()
        }
    }

    /// Whether the run was asked to stop.
    var isRequested: Bool { signal.load(ordering: .relaxed) != 0 }

    /// Asks the run to stop, as a signal does.
    func request(_ number: Int32) { signal.store(number, ordering: .relaxed) }

    /// Whether a save was requested since the last call.
    public func takeSaveRequest() -> Bool { saveIsRequested.exchange(false, ordering: .relaxed) }

    /// Throws `Stopped` when the run was asked to stop.
    public func check() throws {
        let number = signal.load(ordering: .relaxed)
        if number != 0 { throw Stopped(signal: number) }
    }
}
