// Matrix products against the library called directly.
import COpenBLAS
import TensorMath

/// Float32 products as a linear layer, beside one multi-threaded cblas_sgemm of the same shape.
func productRows() -> [Row] {
    [(1024, 1024, 1024), (512, 2048, 11008), (4800, 192, 512)].map(float32Product)
}

private func float32Product(_ m: Int, _ k: Int, _ n: Int) -> Row {
    let (x, w) = (filled([m, k]), filled([n, k]))
    let work = 2 * Double(m) * Double(n) * Double(k) * 1e-9
    // Not in turn: the library's own threads spin for a while after a call and would disturb ours.
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
        name: "float32 product \(m)x\(k)x\(n)", value: work / ours, unit: "GFLOP/s", limit: work / direct,
        limitName: "cblas_sgemm", goal: 0.95)
}
