// Waiting for a time that mostly does not come: deadlines.
internal import NIOCore
internal import NIOPosix

/// Waits for some seconds.
///
/// `Task.sleep` keeps its memory until its time has come, even when it is cancelled: with a deadline of ten minutes that
/// is some kilobytes of each request of ten minutes. A timer of an event loop is gone when it is cancelled.
///
/// Throws `CancellationError` when the task is cancelled.
func wait(seconds: Double) async throws {
    let loop = MultiThreadedEventLoopGroup.singleton.any()
    let timer = loop.scheduleTask(in: .nanoseconds(Int64(seconds * 1e9))) {}
    try await withTaskCancellationHandler {
        do { try await timer.futureResult.get() } catch { throw CancellationError() }
    } onCancel: {
        timer.cancel()
    }
}
