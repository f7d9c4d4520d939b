// Ends an mpirun that waits for a machine that it cannot reach.
public import ChildProcess
internal import Foundation
internal import Synchronization

/// Looks once a second whether processes of a run are left on this machine.
///
/// When a link is cut, the processes end with a message after their time limit, but mpirun goes on waiting for its
/// daemon on the other machine, until TCP gives up after a quarter of an hour.
public final class LaunchWatch: Sendable {
    private struct State {
        var isOver = false
        var hasEnded = false
    }

    private let state = Mutex(State())

    /// Whether mpirun was ended.
    public var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// Watches a launcher until ``stop()``.
    ///
    /// - Parameters:
    ///   - launcher: mpirun.
    ///   - program: The path of the program of the run. Where no process of it runs on this machine, nothing is known,
    ///     and mpirun is left alone.
    ///   - patience: How long mpirun may run after the last of them has ended.
    public init(_ launcher: ForegroundProcess, program: String, patience: Duration = .seconds(30)) {
        let thread = Thread { [self] in
            var lastSeen: ContinuousClock.Instant?
            while !state.withLock({ $0.isOver }) {
                let programs = launcher.descendants
                if programs?.contains(where: { $0.executable == program }) ?? (lastSeen != nil) {
                    lastSeen = .now
                } else if let lastSeen, .now - lastSeen > patience {
                    state.withLock { $0.hasEnded = true }
                    return launcher.killAll()
                }
                Thread.sleep(forTimeInterval: min(1, patience / .seconds(2)))
            }
        }
        thread.start()
    }

    /// Ends the watch.
    public func stop() { state.withLock { $0.isOver = true } }
}
