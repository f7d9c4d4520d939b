// Timing: medians, and alternating pairs so that a noisy machine affects both sides equally.
import Foundation
import TensorMath

/// Seconds that one run of `body` takes.
func seconds(_ body: () -> Void) -> Double {
    let span = ContinuousClock().measure(body).components
    return Double(span.seconds) + Double(span.attoseconds) * 1e-18
}

/// The median seconds of several runs after a warm-up run.
func median(of runs: Int = 7, _ body: () -> Void) -> Double {
    body()
    return (0..<runs).map { _ in seconds(body) }.sorted()[runs / 2]
}

/// Medians of two bodies that run alternately.
func medians(of runs: Int = 9, _ first: () -> Void, _ second: () -> Void) -> (Double, Double) {
    first()
    second()
    let times = (0..<runs).map { _ in (seconds(first), seconds(second)) }
    return (times.map(\.0).sorted()[runs / 2], times.map(\.1).sorted()[runs / 2])
}

/// A tensor of numbers in -1..<1, the same every time.
func filled(_ shape: [Int]) -> Tensor {
    Tensor(shape: shape) { out in
        for i in out.indices { out[i] = Float((i &* 2_654_435_761) % 1000) / 500 - 1 }
    }
}
