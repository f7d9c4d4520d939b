// Products with few rows, compared with only reading the weights.
import Basics
import CKernels
import TensorMath

/// Bytes of consecutive weights: enough that a run never finds the weights of the previous one in a cache.
private let byteCount = 512 << 20

/// Weights of bfloat16, float32 and few bits at 1 to 16 rows.
func fewRowRows() -> [Row] {
    let store = Stream(count: byteCount / 4)
    let cases: [(Int, String, Int, [Int], Int, Int)] = [
        (R1_WEIGHTS_BFLOAT16, "bf16", 2, [1, 4, 8, 16], 2048, 11008),
        (R1_WEIGHTS_BFLOAT16, "bf16", 2, [1, 4, 8, 16], 1536, 151_936),
        (R1_WEIGHTS_FLOAT32, "float32", 4, [1, 4, 8], 2048, 11008),
    ]
    return cases.flatMap { format, name, size, counts, from, to in
        counts.map { rows in
            let goal = rows > 8 ? nil : 0.85
            return fewRows(
                "\(name) weights, \(rows) row\(rows == 1 ? "" : "s") x [\(from) -> \(to)]", Int32(format),
                size,
                rows, from, to, store, goal: goal)
        }
    } + quantizedRows(store)
}

/// Weights in few bits: the bytes of codes, with scales that stay in the cache.
private func quantizedRows(_ store: Stream) -> [Row] {
    guard let table = r1_kernels_at(KernelLevel.best.rawValue) else { fatalError("no kernels") }
    let k = table.pointee
    let cases = [(WeightCodes.int8, 2048, 11008), (.int4, 2048, 11008), (.int8, 1536, 151_936)]
    return cases.flatMap { codes, from, to in
        [1, 4, 8, 16].map { rows in
            let bytes = to * codes.byteCount(from)
            let number: Int32 = codes == .int8 ? 0 : 1
            let (x, y) = (filled([rows, from]), filled([rows, to]))
            let packed = Stream(count: rows * ((from + 255) / 256 * 128))
            let scales = Stream(count: to * codes.groupCount(from) / 2 + 16)
            var turn = 0
            func next() -> UnsafeRawPointer {
                turn += 3
                return UnsafeRawPointer(store.start) + turn % max(1, byteCount / bytes) * bytes / 64 * 64
            }
            let (kernel, read) = x.withElements { x in
                y.withElements { y in
                    medians(of: 31) {
                        let weights = next().assumingMemoryBound(to: UInt8.self)
                        k.pack_quantized_rows(number, rows, from, x.baseAddress, packed.start)
                        inParallel(to, grain: 16) {
                            k.quantized_rows(
                                number, rows, from, to, $0.lowerBound, $0.upperBound, packed.start, weights,
                                UnsafeRawPointer(scales.start).assumingMemoryBound(to: UInt16.self),
                                UnsafeMutablePointer(mutating: y.baseAddress))
                        }
                    } _: {
                        streamRead(next(), byteCount: bytes)
                    }
                }
            }
            return Row(
                name: "\(codes) weights, \(rows) row\(rows == 1 ? "" : "s") x [\(from) -> \(to)]",
                value: Double(bytes) * 1e-9 / kernel, unit: "GB/s", limit: Double(bytes) * 1e-9 / read,
                limitName: "read", goal: nil)
        }
    }
}

private func fewRows(
    _ name: String, _ format: Int32, _ size: Int, _ rows: Int, _ from: Int, _ to: Int, _ store: Stream,
    goal: Double?
) -> Row {
    guard let table = r1_kernels_at(KernelLevel.best.rawValue) else { fatalError("no kernels") }
    let k = table.pointee
    let bytes = from * to * size
    let copies = max(1, byteCount / bytes)
    let (x, y) = (filled([rows, from]), filled([rows, to]))
    let packed = Stream(count: rows * ((from + 31) / 32 * 32))
    var turn = 0
    /// The next matrix, which has not been read recently.
    func next() -> UnsafeRawPointer {
        turn += 3
        return UnsafeRawPointer(store.start) + turn % copies * bytes / 64 * 64
    }
    let (kernel, read) = x.withElements { x in
        y.withElements { y in
            medians(of: 31) {
                let weights = next()
                k.pack_few_rows(format, rows, from, x.baseAddress, packed.start)
                inParallel(to, grain: 16) {
                    k.few_rows(
                        format, rows, from, from, to, $0.lowerBound, $0.upperBound, packed.start, weights,
                        UnsafeMutablePointer(mutating: y.baseAddress))
                }
            } _: {
                streamRead(next(), byteCount: bytes)
            }
        }
    }
    return Row(
        name: name, value: Double(bytes) * 1e-9 / kernel, unit: "GB/s", limit: Double(bytes) * 1e-9 / read,
        limitName: "read", goal: goal)
}
