// Signals as calls of a handler instead of the end of the process.
internal import Basics
import Dispatch
import Foundation

/// The limit of open files leaves no room to watch signals.
struct NoRoomForSignals: Error, CustomStringConvertible {
    /// One line for the user.
    let description =
        "too many open files: signals cannot be watched; raise the limit of open files (ulimit -n)"
}

/// Handles signals on a dispatch queue until the process exits.
///
/// The default action of the signals is turned off. Deliveries of one signal that arrive before the handler
/// runs are combined into one call.
///
/// Call this on the main thread, before other threads compute: it blocks the signals in the calling thread and in
/// the threads that this thread starts later. libdispatch reads them from a signalfd; in a thread that does not block
/// them it runs a function of its own first, on that thread's stack. oneDNN's kernels for float32 products point the
/// stack register into a buffer on the heap while they run, so such a call overwrites the heap.
///
/// A SIGHUP that the process was started to ignore, as by `nohup`, stays ignored.
///
/// - Parameters:
///   - numbers: The signals, such as `SIGINT`.
///   - handler: Called with the signal and how many deliveries there were since its last call; never called
///     for two signals at the same time.
/// - Throws: When the process may not open the files that this needs; libdispatch would end the process.
public func handleSignals(
    _ numbers: [Int32], _ handler: @escaping @Sendable (_ number: Int32, _ count: Int) -> Void
) throws {
    let queue = DispatchQueue(label: "signals")
    let numbers = numbers.filter { !($0 == SIGHUP && isIgnored($0)) }
    // One for each signal, and two for the queue.
    try requireDescriptors(numbers.count + 2)
    var blocked = sigset_t()
    sigemptyset(&blocked)
    for number in numbers { sigaddset(&blocked, number) }
    require(pthread_sigmask(SIG_BLOCK, &blocked, nil) == 0, "handleSignals: the signals cannot be blocked")
    for number in numbers {
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        // The closure refers to the source and so keeps it alive.
        source.setEventHandler { handler(number, Int(source.data)) }
        source.resume()
    }
}

/// Throws unless the process may open so many files more.
private func requireDescriptors(_ count: Int) throws {
    let probes = (0..<count).map { _ in open("/dev/null", O_RDONLY | O_CLOEXEC) }
    for probe in probes where probe >= 0 { close(probe) }
    guard !probes.contains(where: { $0 < 0 }) else { throw NoRoomForSignals() }
}

/// Whether the process ignores a signal now.
private func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
}
