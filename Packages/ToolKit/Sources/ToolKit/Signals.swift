// Signals as calls of a handler instead of the end of the process.
import Dispatch
import Foundation

/// Handles signals on a dispatch queue until the process exits.
///
/// The default action of the signals is turned off. Deliveries of one signal that arrive before the handler
/// runs are combined into one call. Call this on the main thread: Linux discards an ignored signal that the
/// main thread does not block, and dispatch blocks it only in the calling thread and in its own.
///
/// - Parameters:
///   - numbers: The signals, such as `SIGINT`.
///   - handler: Called with the signal and how many deliveries there were since its last call; never called
///     for two signals at the same time.
public func handleSignals(
    _ numbers: [Int32], _ handler: @escaping @Sendable (_ number: Int32, _ count: Int) -> Void
) {
    let queue = DispatchQueue(label: "signals")
    for number in numbers {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        // The closure refers to the source and so keeps it alive.
        source.setEventHandler { handler(number, Int(source.data)) }
        source.resume()
    }
}
