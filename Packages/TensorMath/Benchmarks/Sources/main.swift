// Kernels against what the machine can do, measured in the same run: a table, then one JSON line per row.
import COpenBLAS
import Foundation
import TensorMath

/// One measurement and the limit it is held against.
struct Row {
    let name: String
    let value: Double
    let unit: String
    let limit: Double
    let limitName: String
    var ratio: Double { value / limit }
}

/// Seconds of the median of several runs, after one to warm up.
func median(of runs: Int = 7, _ body: () -> Void) -> Double {
    body()
    let clock = ContinuousClock()
    let times = (0..<runs).map { _ -> Double in
        let span = clock.measure(body).components
        return Double(span.seconds) + Double(span.attoseconds) * 1e-18
    }
    return times.sorted()[runs / 2]
}

func filled(_ shape: [Int]) -> Tensor {
    Tensor(shape: shape) { out in
        for i in out.indices { out[i] = Float((i &* 2_654_435_761) % 1000) / 500 - 1 }
    }
}

/// `rows x in x out` as a linear layer, against one multi-threaded cblas_sgemm of the same shape.
func product(_ m: Int, _ k: Int, _ n: Int) -> Row {
    let (x, w) = (filled([m, k]), filled([n, k]))
    let work = 2 * Double(m) * Double(n) * Double(k) * 1e-9
    let ours = median { _ = linear(x, w) }
    var c = [Float](repeating: 0, count: m * n)
    openblas_set_num_threads(Int32(Threads.count))
    let direct = x.withElements { a in
        w.withElements { b in
            median {
                cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), 1, a.baseAddress,
                    Int32(k),
                    b.baseAddress, Int32(k), 0, &c, Int32(n))
            }
        }
    }
    openblas_set_num_threads(1)
    return Row(
        name: "float32 product \(m)x\(k)x\(n)", value: work / ours, unit: "GFLOP/s", limit: work / direct,
        limitName: "cblas_sgemm")
}

/// An operation that streams `bytes`, against the bandwidth of plain reading.
func stream(_ name: String, bytes: Double, bandwidth: Double, _ body: () -> Void) -> Row {
    Row(
        name: name, value: bytes * 1e-9 / median(body), unit: "GB/s", limit: bandwidth,
        limitName: "read bandwidth")
}

let large = filled([1 << 14, 1 << 12])
let bytes = Double(large.count * 4)
let pieces = (0..<Threads.count).map {
    large.rows(large.rowCount * $0 / Threads.count..<large.rowCount * ($0 + 1) / Threads.count)
}
let bandwidth =
    bytes * 1e-9
    / median {
        forEachInParallel(pieces.count) { _ = Gradients(names: ["x"], tensors: [pieces[$0]]).norm() }
    }
let weight = filled([1 << 12])
let half = large.rows(0..<1 << 13)
let other = large.rows(1 << 13..<1 << 14)
let (hidden, head) = (filled([512, 1536]), filled([32768, 1536]))
let targets = (0..<512).map(Int32.init)
let headWork = 2 * 512 * 1536 * 32768 * 1e-9
let headTime = median(of: 3) { _ = linear(hidden, head) }
let scoreTime = median(of: 3) { _ = tokenLogProbabilities(hidden: hidden, head: head, targets: targets) }
let small = filled([4])
let recordTime = median {
    let tape = Tape()
    var x = tape.leaf(small)
    for _ in 0..<10_000 { x = x.scaled(by: 1) }
}

let rows = [
    product(1024, 1024, 1024), product(512, 2048, 11008), product(4800, 192, 512),
    stream("RMSNorm (read + write)", bytes: 2 * bytes / 2, bandwidth: bandwidth) {
        _ = rmsNorm(half, weight, epsilon: 1e-6)
    },
    stream("SwiGLU (2 reads + write)", bytes: 3 * bytes / 2, bandwidth: bandwidth) {
        _ = swiGLU(half, other)
    },
    stream("sum (2 reads + write)", bytes: 3 * bytes / 2, bandwidth: bandwidth) { _ = half + other },
    Row(
        name: "log-probabilities 512x1536x32768", value: headWork / scoreTime, unit: "GFLOP/s",
        limit: headWork / headTime, limitName: "the bare product"),
    Row(
        name: "recorded small operations", value: 1e-6 / (recordTime / 10_000), unit: "per us", limit: 0.5,
        limitName: "one in 2 us"),
]

print("\(blasDescription()); \(Threads.count) threads; kernels \(KernelLevel.best)")
if let warning = blasWarning() { print("warning: \(warning)") }
func cell(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
}
for row in rows {
    print(
        cell(row.name, 36) + cell(String(format: "%.1f %@", row.value, row.unit as NSString), 18)
            + cell(String(format: "%.2f of %.1f", row.ratio, row.limit), 18) + row.limitName)
}
for row in rows {
    print(
        "{\"name\":\"\(row.name)\",\"value\":\(row.value),\"unit\":\"\(row.unit)\",\"limit\":\(row.limit),\"limitName\":\"\(row.limitName)\",\"ratio\":\(row.ratio)}"
    )
}
