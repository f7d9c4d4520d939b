// Signals: a run that is asked to stop saves first; asked twice, it stops at once.
internal import Dispatch
internal import Foundation
internal import Synchronization

/// Watches SIGINT, SIGTERM (save and stop) and SIGUSR1 (save and go on).
public final class Interruption: Sendable {
    /// Thrown between two phases of a step when the run was asked to stop.
    public struct Stopped: Error {
        /// The signal.
        public let signal: Int32
    }

    private let asked = Atomic<Int32>(0)
    private let saveAsked = Atomic<Bool>(false)

    /// Watches nothing yet.
    public init() {}

    /// Starts to watch the process's signals.
    public func watch() {
        let queue = DispatchQueue(label: "signals")
        for number in [SIGINT, SIGTERM, SIGUSR1] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { [self] in
                _ = source  // The handler keeps its own source alive: signals are watched to the end.
                if number == SIGUSR1 { return saveAsked.store(true, ordering: .relaxed) }
                if asked.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
            }
            source.resume()
        }
    }

    /// Whether the run was asked to stop.
    public var isAsked: Bool { asked.load(ordering: .relaxed) != 0 }

    /// Asks the run to stop, as a signal would.
    public func ask(_ signal: Int32) { asked.store(signal, ordering: .relaxed) }

    /// Whether a save was asked for since the last call.
    func takeSaveRequest() -> Bool { saveAsked.exchange(false, ordering: .relaxed) }

    /// Throws `Stopped` when the run was asked to stop.
    func check() throws {
        let signal = asked.load(ordering: .relaxed)
        if signal != 0 { throw Stopped(signal: signal) }
    }
}
