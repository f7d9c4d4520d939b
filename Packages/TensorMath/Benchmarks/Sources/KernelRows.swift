// Memory-bound kernels, each compared with a loop that only reads and writes as many bytes (Streams.swift).
import Basics
import CKernels
import TensorMath

private let rowCount = 8192
private let columns = 4096
private let count = rowCount * columns
private let bytes = Double(count * 4)

/// Norms, activations, the optimizer and conversions on arrays larger than any cache.
func kernelRows() -> [Row] {
    guard let table = r1_kernels_at(KernelLevel.best.rawValue) else { return [] }
    let k = table.pointee
    let (x, y, out, sum) = (
        Stream(count: count), Stream(count: count), Stream(count: count), Stream(count: count)
    )
    let weight = Stream(count: columns)
    let bias = Stream(count: columns)
    let angles = Stream(count: rowCount * 64)
    let statistics = Stream(count: 2 * rowCount)
    let log = (statistics.floats, statistics.floats + rowCount)

    /// Runs `body` over blocks of rows: number of rows, first row, offset of their first element.
    func overRows(_ body: (_ rows: Int, _ row: Int, _ at: Int) -> Void) {
        inParallel(rowCount, grain: 16) { body($0.count, $0.lowerBound, $0.lowerBound * columns) }
    }
    func overElements(_ body: (_ at: Int, _ count: Int) -> Void) {
        inParallel(count, grain: 1 << 15) { body($0.lowerBound, $0.count) }
    }
    func row(
        _ name: String, _ arrays: Double, against limitName: String, _ limit: () -> Void, _ body: () -> Void
    ) -> Row {
        let (kernel, bare) = medians(of: 15, body, limit)
        return Row(
            name: name, value: arrays * bytes * 1e-9 / kernel, unit: "GB/s",
            limit: arrays * bytes * 1e-9 / bare, limitName: limitName, goal: 0.8)
    }
    func copy() { streamCopy(x, out, count: count) }
    func add() { streamSum(x, y, out, count: count) }
    func addTwice() { streamSumTwice(x, y, sum, out, count: count) }
    let (a, b, o, s) = (x.floats, y.floats, out.floats, sum.floats)
    return [
        row("RMSNorm", 2, against: "copy", copy) {
            overRows { k.rms_norm($0, columns, 1e-6, a + $2, nil, weight.floats, nil, o + $2, log.0 + $1) }
        },
        row("RMSNorm of x + residual", 4, against: "2 reads, 2 writes", addTwice) {
            overRows {
                k.rms_norm($0, columns, 1e-6, a + $2, b + $2, weight.floats, s + $2, o + $2, log.0 + $1)
            }
        },
        row("RMSNorm pullback", 3, against: "sum", add) {
            overRows {
                k.rms_norm_back(
                    $0, columns, a + $2, weight.floats, log.0 + $1, b + $2, o + $2, nil)
            }
        },
        row("LayerNorm", 2, against: "copy", copy) {
            overRows {
                k.layer_norm(
                    $0, columns, 1e-6, a + $2, nil, weight.floats, bias.floats, nil, o + $2, log.0 + $1,
                    log.1 + $1)
            }
        },
        row("rotary, 32 heads of 128", 2, against: "copy", copy) {
            overRows {
                k.rotary($0, 32, 64, 1, angles.floats + $1 * 64, angles.floats + $1 * 64, a + $2, o + $2)
            }
        },
        row("SwiGLU", 3, against: "sum", add) {
            overElements { k.swiglu($1, a + $0, b + $0, o + $0) }
        },
        row("GELU", 2, against: "copy", copy) { overElements { k.gelu($1, a + $0, o + $0) } },
        row("sum", 3, against: "sum", add) { overElements { k.add($1, a + $0, b + $0, o + $0) } },
        row("AdamW", 7, against: "1 read, 3 in place") {
            streamUpdate(x, y, out, sum, count: count)
        } _: {
            overElements {
                k.adamw(
                    $1, 0.5, 1e-3, 0.01, 0.9, 0.999, 1e-8, 0.1, 0.03, a + $0, b + $0, o + $0, s + $0, nil)
            }
        },
        row("bfloat16 to float32", 1.5, against: "2 bytes to 4") {
            streamWiden(x, out, count: count)
        } _: {
            overElements { k.widen_bfloat16($1, UnsafeRawPointer(a) + 2 * $0, o + $0) }
        },
        row("float32 to bfloat16", 1.5, against: "4 bytes to 2") {
            streamNarrow(x, out, count: count)
        } _: {
            overElements { k.narrow_bfloat16($1, a + $0, UnsafeMutableRawPointer(o) + 2 * $0) }
        },
        row("float16 to float32", 1.5, against: "2 bytes to 4") {
            streamWiden(x, out, count: count)
        } _: {
            overElements { k.widen_float16($1, UnsafeRawPointer(a) + 2 * $0, o + $0) }
        },
        row("float32 to float16", 1.5, against: "4 bytes to 2") {
            streamNarrow(x, out, count: count)
        } _: {
            overElements { k.narrow_float16($1, a + $0, UnsafeMutableRawPointer(o) + 2 * $0) }
        },
        row("global norm", 1, against: "read") {
            streamRead(a, byteCount: 4 * count)
        } _: {
            inParallel(count >> 16, grain: 4) {
                for block in $0 {
                    log.0[block % rowCount] = Float(k.sum_of_squares(1 << 16, a + (block << 16)))
                }
            }
        },
    ]
}
