// A value behind a spin lock, for sections shorter than a system call.
internal import Foundation
internal import Synchronization

/// A value that threads change one after another.
///
/// A thread that waits tries again, and lets others run between tries. `Mutex` asks the kernel instead, which hands the
/// lock to the first that waits: threads that allocate small tensors at the same time then spend most of their time
/// there (docs/decisions.md).
///
/// `@unchecked Sendable` holds because only the holder of the lock refers to the value. A section must not lock again.
final class SpinLocked<Value>: @unchecked Sendable {
    @exclusivity(unchecked) private var value: Value
    private let isHeld = Atomic(false)

    init(_ value: Value) { self.value = value }

    /// Runs `body` while no other thread has the value.
    func withLock<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        while isHeld.exchange(true, ordering: .acquiring) {
            var tries = 0
            while isHeld.load(ordering: .relaxed) {
                tries += 1
                if tries % 64 == 0 { sched_yield() }
            }
        }
        defer { isHeld.store(false, ordering: .releasing) }
        return try body(&value)
    }
}
