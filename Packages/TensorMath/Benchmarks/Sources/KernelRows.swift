// Kernels that stream memory, against the bandwidth of plain reading.
import TensorMath

private let large = filled([1 << 14, 1 << 12])
private let bytes = Double(large.count * 4)

/// Bytes per nanosecond that all threads read together.
private func readBandwidth() -> Double {
    let pieces = (0..<Threads.count).map {
        large.rows(large.rowCount * $0 / Threads.count..<large.rowCount * ($0 + 1) / Threads.count)
    }
    return bytes * 1e-9
        / median {
            forEachInParallel(pieces.count) { _ = Gradients(names: ["x"], tensors: [pieces[$0]]).norm() }
        }
}

/// Norms, activations and sums on arrays that no cache holds.
func kernelRows() -> [Row] {
    let bandwidth = readBandwidth()
    let (half, other) = (large.rows(0..<1 << 13), large.rows(1 << 13..<1 << 14))
    let weight = filled([1 << 12])
    func stream(_ name: String, bytes: Double, _ body: () -> Void) -> Row {
        Row(
            name: name, value: bytes * 1e-9 / median(body), unit: "GB/s", limit: bandwidth,
            limitName: "read bandwidth", goal: 0.8)
    }
    return [
        stream("RMSNorm (read + write)", bytes: 2 * bytes / 2) { _ = rmsNorm(half, weight, epsilon: 1e-6) },
        stream("SwiGLU (2 reads + write)", bytes: 3 * bytes / 2) { _ = swiGLU(half, other) },
        stream("sum (2 reads + write)", bytes: 3 * bytes / 2) { _ = half + other },
    ]
}
