// Matrix products compared with direct calls of the library.
import Basics
import CLimits
import COpenBLAS
import TensorMath

/// Products of linear layers, compared with one multi-threaded call of the library with the same shape.
func productRows() -> [Row] {
    [(1024, 1024, 1024), (512, 2048, 11008), (4800, 192, 512)].map(float32Product)
        + [(64, 2048, 11008), (512, 2048, 11008), (1024, 1024, 1024), (512, 11008, 2048)].flatMap(
            bfloat16Product)
}

private func work(_ m: Int, _ k: Int, _ n: Int) -> Double { 2 * Double(m) * Double(n) * Double(k) * 1e-9 }

private func float32Product(_ m: Int, _ k: Int, _ n: Int) -> Row {
    let (x, w) = (filled([m, k]), filled([n, k]))
    // Not alternating: the threads of the library spin for a while after a call and would disturb ours.
    let ours = median(of: 9) { _ = linear(x, w) }
    var c = [Float](repeating: 0, count: m * n)
    openblas_set_num_threads(Int32(Threads.count))
    let direct = x.withElements { a in
        w.withElements { b in
            median(of: 9) {
                cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), 1, a.baseAddress,
                    Int32(k), b.baseAddress, Int32(k), 0, &c, Int32(n))
            }
        }
    }
    openblas_set_num_threads(1)
    return Row(
        name: "float32 product \(m)x\(k)x\(n)", value: work(m, k, n) / ours, unit: "GFLOP/s",
        limit: work(m, k, n) / direct, limitName: "cblas_sgemm", goal: 0.95)
}

/// The product of bfloat16 operands, compared with oneDNN on its own threads and with the peak.
private func bfloat16Product(_ m: Int, _ k: Int, _ n: Int) -> [Row] {
    guard let best = peak(.bfloat16),
        let library = r1_direct_create(Int64(m), Int64(n), Int64(k), 1, Int32(Threads.count))
    else { return [] }
    let (x, w) = (filled([m, k]).converted(to: .bfloat16), filled([n, k]).converted(to: .bfloat16))
    let (a, b) = (x.bits, w.bits)
    let ours = median(of: 9) { _ = linear(x, w) }
    var c = [Float](repeating: 0, count: m * n)
    let direct = median(of: 9) { r1_direct_run(library, a, b, &c) }
    let rate = work(m, k, n) / ours
    return [
        Row(
            name: "bfloat16 product \(m)x\(k)x\(n)", value: rate, unit: "GFLOP/s",
            limit: work(m, k, n) / direct,
            limitName: "oneDNN", goal: 0.95),
        Row(
            name: "bfloat16 product \(m)x\(k)x\(n)", value: rate, unit: "GFLOP/s", limit: best,
            limitName: "bfloat16 peak", goal: 0.75),
    ]
}

extension Tensor {
    /// The bits of a bfloat16 tensor, through exact float32.
    fileprivate var bits: [UInt16] {
        converted(to: .float32).elements.map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) }
    }
}
