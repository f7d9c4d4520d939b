// Requests to save, and to save and stop, as signals of the process ask for them.
internal import Foundation
internal import Synchronization

/// Whether a run was asked to save and stop (SIGINT, SIGTERM, SIGHUP) or to save and continue (SIGUSR1).
public final class Interruption: Sendable {
    /// Thrown between two phases of a step when the run was asked to stop.
    public struct Stopped: Error {
        /// The signal.
        public let signal: Int32
    }

    private let signal = Atomic<Int32>(0)
    private let saveIsRequested = Atomic<Bool>(false)

    /// No request yet; the program passes its signals to `receive`.
    public init() {}

    /// Takes a signal: SIGUSR1 asks to save, every other one to save and stop.
    ///
    /// - Returns: Whether the run was asked to stop before, so that it is to end at once.
    public func receive(_ number: Int32) -> Bool {
        if number == SIGUSR1 {
            saveIsRequested.store(true, ordering: .relaxed)
            return false
        }
        return signal.exchange(number, ordering: .relaxed) != 0
    }

    /// Whether the run was asked to stop.
    public var isRequested: Bool { signal.load(ordering: .relaxed) != 0 }

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
