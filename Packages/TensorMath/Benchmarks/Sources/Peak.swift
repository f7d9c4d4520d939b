// The peak of the arithmetic units, measured on all threads.
import Basics
import CLimits
import TensorMath

/// Which arithmetic.
enum Arithmetic { case float32, bfloat16 }

/// Floating-point operations per nanosecond of all threads; nil when this CPU has no such instructions.
func peak(_ arithmetic: Arithmetic) -> Double? {
    let loop = arithmetic == .float32 ? r1_peak_float32 : r1_peak_bfloat16
    guard loop() != 0 else { return nil }
    // The best of many: while the pool's threads wake up, one of them does all the work.
    let times = (0..<60).map { _ in seconds { forEachInParallel(Threads.count) { _ in _ = loop() } } }
    guard let time = times.min() else { return nil }
    return Double(r1_peak_operations()) * Double(Threads.count) * 1e-9 / time
}
