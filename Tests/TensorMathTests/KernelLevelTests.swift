// Compares every kernel on every available level with the portable level: random shapes, addresses that are
// multiples of 4 only, and no writes outside the result.
import Basics
import CKernels
import TestKit
import Testing

@testable import TensorMath

/// Random operands of one run: `rows` x `columns` arrays in separate blocks, so that a sanitizer finds
/// overruns, each one element after an aligned address.
final class KernelOperands {
    let rows, columns: Int
    /// [rows, columns]; `positive` has none below 0.01.
    let a, b, c, positive: UnsafeMutablePointer<Float>
    /// [columns].
    let weight, bias: UnsafeMutablePointer<Float>
    /// [rows].
    let mean, inverse, logSums: UnsafeMutablePointer<Float>
    /// [rows], 1...columns.
    let valid: [Int32]
    private let blocks: [UnsafeMutablePointer<Float>]

    var count: Int { rows * columns }

    init(_ random: inout Seeded) {
        rows = Int.random(in: 1...7, using: &random)
        columns =
            Bool.random(using: &random)
            ? Int.random(in: 1...40, using: &random) : Int.random(in: 41...900, using: &random)
        let (rows, columns) = (rows, columns)
        valid = (0..<rows).map { _ in Int32.random(in: 1...Int32(columns), using: &random) }
        func values(_ count: Int, scale: Float) -> [Float] {
            normal([count], seed: random.next() >> 1, scale: scale).elements
        }
        let arrays = [
            values(rows * columns, scale: 3), values(rows * columns, scale: 1),
            values(rows * columns, scale: 1),
            values(rows * columns, scale: 1).map { abs($0) + 0.01 }, values(columns, scale: 1),
            values(columns, scale: 1), values(rows, scale: 0.3), values(rows, scale: 1).map { abs($0) + 0.1 },
            values(rows, scale: 1).map { $0 + 4 },
        ]
        blocks = arrays.map { values in
            let block = UnsafeMutablePointer<Float>.allocate(capacity: values.count + 1)
            block.initialize(repeating: .nan, count: 1)
            (block + 1).initialize(from: values, count: values.count)
            return block
        }
        let starts = blocks.map { $0 + 1 }
        (a, b, c, positive) = (starts[0], starts[1], starts[2], starts[3])
        (weight, bias) = (starts[4], starts[5])
        (mean, inverse, logSums) = (starts[6], starts[7], starts[8])
    }

    deinit { for block in blocks { block.deallocate() } }

    /// The upper halves of the numbers in `b`: bfloat16 elements.
    var narrowB: [UInt16] { (0..<count).map { UInt16(b[$0].bitPattern >> 16) } }

    /// The result of `body` in a block with the initial values `start` (nil: zeros); checks that `body`
    /// writes nothing else.
    func output(
        _ count: Int, from start: UnsafePointer<Float>? = nil, _ body: (UnsafeMutablePointer<Float>) -> Void
    ) -> [Float] {
        let margin = 33
        var memory = [Float](repeating: -777, count: count + 2 * margin)
        memory.withUnsafeMutableBufferPointer { memory in
            guard let out = memory.baseAddress.map({ $0 + margin }) else { return }
            for i in 0..<count { out[i] = start?[i] ?? 0 }
            body(out)
        }
        let outside = memory.prefix(margin) + memory.suffix(margin)
        #expect(outside.allSatisfy { $0 == -777 }, "written outside of \(count) elements")
        return Array(memory[margin..<margin + count])
    }

    /// The same for elements of 16 bits at an odd address, as numbers.
    func narrowOutput(_ count: Int, _ body: (UnsafeMutableRawPointer) -> Void) -> [Float] {
        var memory = [UInt8](repeating: 0xA5, count: 2 * count + 66)
        memory.withUnsafeMutableBytes { if let start = $0.baseAddress { body(start + 33) } }
        #expect(
            (memory.prefix(33) + memory.suffix(33)).allSatisfy { $0 == 0xA5 },
            "written outside of \(count) elements of 16 bits")
        return memory.withUnsafeBytes { bytes in
            (0..<count).map { Float(bytes.loadUnaligned(fromByteOffset: 33 + 2 * $0, as: UInt16.self)) }
        }
    }

    /// Bytes that hold any bit pattern, at an odd address.
    func withBytes<R>(_ body: (UnsafeRawPointer) -> R) -> R {
        var random = Seeded(UInt64(count))
        let bytes = (0..<4 * count + 1).map { _ in UInt8.random(in: 0...255, using: &random) }
        return bytes.withUnsafeBytes { body(($0.baseAddress ?? UnsafeRawPointer(a)) + 1) }
    }
}

/// One kernel: its name in the table, how far levels may differ (relative to results above 1), and a run of
/// it.
struct KernelCheck: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let tolerance: Float
    let run: @Sendable (r1_kernel_table, KernelOperands) -> [Float]

    init(
        _ name: String, _ tolerance: Float,
        _ run: @escaping @Sendable (r1_kernel_table, KernelOperands) -> [Float]
    ) {
        (testDescription, self.tolerance, self.run) = (name, tolerance, run)
    }

    /// Sums in lanes, whose order depends on the level.
    static let sums: Float = 3e-5
    /// A few roundings per element; a level with fused steps has fewer.
    static let roundings: Float = 3e-6

    static let all = elementwise + rows + tiles + others

    static let elementwise = [
        KernelCheck("add", 0) { k, x in x.output(x.count) { k.add(x.count, x.a, x.b, $0) } },
        KernelCheck("multiply", 0) { k, x in x.output(x.count) { k.multiply(x.count, x.a, x.b, $0) } },
        KernelCheck("accumulate", 0) { k, x in
            x.output(x.count, from: x.b) { k.accumulate(x.count, x.a, $0) }
        },
        KernelCheck("scale", 0) { k, x in x.output(x.count) { k.scale(x.count, -1.7, x.a, $0) } },
        KernelCheck("swiglu", roundings) { k, x in x.output(x.count) { k.swiglu(x.count, x.a, x.b, $0) } },
        KernelCheck("swiglu_back", roundings) { k, x in
            x.output(2 * x.count) { k.swiglu_back(x.count, x.a, x.b, x.c, $0, $0 + x.count) }
        },
        KernelCheck("gelu", roundings) { k, x in x.output(x.count) { k.gelu(x.count, x.a, $0) } },
        KernelCheck("gelu_back", roundings) { k, x in
            x.output(x.count) { k.gelu_back(x.count, x.a, x.b, $0) }
        },
        KernelCheck("adamw", roundings) { k, x in
            let n = x.count
            // Its bfloat16 copy is checked in AdamWTests.
            return x.output(3 * n) { out in
                for i in 0..<n { (out[i], out[n + i], out[2 * n + i]) = (x.a[i], x.b[i], x.positive[i]) }
                k.adamw(
                    n, 0.7, 1e-2, 0.1, 0.9, 0.99, 1e-8, 0.19, 0.14, x.c, out, out + n, out + 2 * n, nil)
            }
        },
    ]

    static let rows = [
        KernelCheck("add_bias", 0) { k, x in
            x.output(x.count, from: x.a) { k.add_bias(x.rows, x.columns, x.bias, $0) }
        },
        KernelCheck("sum_rows", 0) { k, x in
            x.output(x.columns, from: x.bias) { k.sum_rows(x.rows, x.columns, x.a, $0) }
        },
        KernelCheck("rms_norm", sums) { k, x in
            let n = x.count
            return x.output(n + x.rows) {
                k.rms_norm(x.rows, x.columns, 1e-6, x.a, nil, x.weight, nil, $0, $0 + n)
            }
                + x.output(2 * n + x.rows) {
                    k.rms_norm(x.rows, x.columns, 1e-6, x.a, x.b, x.weight, $0, $0 + n, $0 + 2 * n)
                }
        },
        KernelCheck("layer_norm", sums) { k, x in
            let n = x.count
            // An epsilon that keeps a row of one column, whose variance is zero, from magnifying its
            // rounding.
            return x.output(n + 2 * x.rows) {
                k.layer_norm(
                    x.rows, x.columns, 0.1, x.a, nil, x.weight, x.bias, nil, $0, $0 + n, $0 + n + x.rows)
            }
                + x.output(2 * n + 2 * x.rows) {
                    k.layer_norm(
                        x.rows, x.columns, 0.1, x.a, x.b, x.weight, x.bias, $0, $0 + n, $0 + 2 * n,
                        $0 + 2 * n + x.rows)
                }
        },
        KernelCheck("rms_norm_back", sums) { k, x in
            let n = x.count
            return x.output(n) { k.rms_norm_back(x.rows, x.columns, x.a, x.weight, x.inverse, x.b, $0, nil) }
                + x.output(n + x.columns) {
                    k.rms_norm_back(x.rows, x.columns, x.a, x.weight, x.inverse, x.b, $0, $0 + n)
                }
        },
        KernelCheck("layer_norm_back", sums) { k, x in
            let n = x.count
            return x.output(n) {
                k.layer_norm_back(x.rows, x.columns, x.a, x.weight, x.mean, x.inverse, x.b, $0, nil, nil)
            }
                + x.output(n + 2 * x.columns) {
                    k.layer_norm_back(
                        x.rows, x.columns, x.a, x.weight, x.mean, x.inverse, x.b, $0, $0 + n,
                        $0 + n + x.columns)
                }
        },
        KernelCheck("rotary", roundings) { k, x in
            let half = max(1, x.columns / 6), heads = x.columns / (2 * half)
            return [Float(1), -1].flatMap { sign in
                x.output(x.rows * heads * 2 * half) { k.rotary(x.rows, heads, half, sign, x.b, x.c, x.a, $0) }
            }
        },
    ]

    static let tiles = [
        KernelCheck("softmax_tile", sums) { k, x in
            let columns = max(1, x.columns - 3)
            let valid = x.valid.map { min($0, Int32(columns)) }
            var logSums = [Float]()
            let tile = x.output(x.count, from: x.a) { tile in
                logSums = x.output(x.rows) {
                    k.softmax_tile(x.rows, columns, x.columns, valid, 0.3, tile, $0)
                }
            }
            return tile + logSums
        },
        KernelCheck("exponential_tile", roundings) { k, x in
            x.output(x.count, from: x.a) {
                k.exponential_tile(x.rows, x.columns, x.columns, x.valid, 0.3, x.logSums, $0)
            }
        },
        KernelCheck("softmax_back_tile", roundings) { k, x in
            x.output(x.count, from: x.b) {
                k.softmax_back_tile(x.rows, max(1, x.columns - 2), x.columns, 0.3, x.a, x.mean, $0)
            }
        },
        KernelCheck("mix_rows", sums) { k, x in
            let narrow = x.narrowB, d = max(1, x.columns - 1), rows = min(x.rows, x.columns)
            let narrowed = x.output(rows * d, from: x.a) {
                k.mix_rows(Int32(R1_WEIGHTS_BFLOAT16), rows, x.rows, x.rows, d, x.columns, x.a, narrow, $0)
            }
            return narrowed
                + x.output(rows * d, from: x.a) {
                    k.mix_rows(Int32(R1_WEIGHTS_FLOAT32), rows, x.rows, x.rows, d, x.columns, x.a, x.b, $0)
                }
        },
        KernelCheck("vocabulary_statistics", sums) { k, x in
            x.output(3) { k.vocabulary_statistics(x.count, 0.5, x.a, $0) }
        },
        KernelCheck("vocabulary_back", roundings) { k, x in
            x.output(x.count, from: x.a) {
                k.vocabulary_back(x.count, 0.5, 4, 0.9, -0.4, 1.3, Int64(x.count / 2), $0)
            } + x.output(x.count, from: x.a) { k.vocabulary_back(x.count, 0.5, 4, 0.9, 0, 1.3, -5, $0) }
        },
    ]

    static let others = [
        KernelCheck("dot", sums) { k, x in [k.dot(x.count, x.a, x.b)] },
        KernelCheck("sum_of_squares", sums) { k, x in [Float(k.sum_of_squares(x.count, x.a))] },
        KernelCheck("widen_bfloat16", 0) { k, x in
            x.withBytes { bytes in x.output(x.count) { k.widen_bfloat16(x.count, bytes, $0) } }
        },
        KernelCheck("narrow_bfloat16", 0) { k, x in
            x.narrowOutput(x.count) { k.narrow_bfloat16(x.count, x.a, $0) }
        },
        KernelCheck("widen_float16", 0) { k, x in
            x.withBytes { bytes in x.output(x.count) { k.widen_float16(x.count, bytes, $0) } }
        },
        KernelCheck("narrow_float16", 0) { k, x in
            x.narrowOutput(x.count) { k.narrow_float16(x.count, x.a, $0) }
        },
        KernelCheck("widen_int32", 0) { k, x in
            x.withBytes { bytes in x.output(x.count) { k.widen_int32(x.count, bytes, $0) } }
        },
        KernelCheck("widen_uint8", 0) { k, x in
            x.withBytes { bytes in x.output(x.count) { k.widen_uint8(x.count, bytes, $0) } }
        },
        // Against float64 in QuantizedTests; here both kinds of codes in one call.
        KernelCheck("quantize_row", 0) { k, x in
            WeightCodes.allCases.flatMap { codes in
                let row = QuantizedRow(k, codes, x.a, x.count)
                return (row.codes.map(Float.init) + row.scales.map(Float.init))
            }
        },
        KernelCheck("widen_codes", 0) { k, x in
            WeightCodes.allCases.flatMap { codes in
                let row = QuantizedRow(k, codes, x.a, x.count)
                return x.output(x.count) {
                    k.widen_codes(codes.kernelCode, x.count, row.codes, row.scales, $0)
                }
            }
        },
        KernelCheck("narrow_codes", 0) { k, x in
            WeightCodes.allCases.flatMap { codes in
                let row = QuantizedRow(k, codes, x.a, x.count)
                var narrow = [UInt16](repeating: 7, count: x.count + 1)
                k.narrow_codes(codes.kernelCode, x.count, row.codes, row.scales, &narrow)
                return narrow.map(Float.init)
            }
        },
        KernelCheck("pack_quantized_rows", sums, quantizedRows),
        KernelCheck("quantized_rows", sums, quantizedRows),
        // Against float64 in FewRowTests; here as one call of each format on x [rows, columns] and weights of
        // 5 rows.
        KernelCheck("pack_few_rows", sums, fewRows), KernelCheck("few_rows", sums, fewRows),
        // A level without tiles computes the same with vectors.
        KernelCheck("pack_tile_rows", sums, tileRows), KernelCheck("tile_rows", sums, tileRows),
        KernelCheck("block_maxima", 0) { k, x in
            x.output((x.count + 63) / 64) { k.block_maxima(x.count, 64, x.a, $0) }
        },
        KernelCheck("indices_at_least", 0) { k, x in
            let maxima = x.output((x.count + 63) / 64) { k.block_maxima(x.count, 64, x.a, $0) }
            var indices = [Int32](repeating: -1, count: x.count + 1)
            let count = k.indices_at_least(x.count, 64, x.a, maxima, 2.5, &indices)
            return indices.prefix(count).map(Float.init) + [Float(count)]
        },
    ]

    @Sendable private static func fewRows(_ k: r1_kernel_table, _ x: KernelOperands) -> [Float] {
        let size = x.columns
        let packed = UnsafeMutableRawPointer.allocate(
            byteCount: x.rows * ((size + 63) / 64 * 64) * 4, alignment: 64)
        defer { packed.deallocate() }
        let wide = normal([5, size], seed: UInt64(size))
        return [(R1_WEIGHTS_FLOAT32, DType.float32), (R1_WEIGHTS_BFLOAT16, .bfloat16)].flatMap {
            format, dtype in
            wide.bytes(as: dtype).withUnsafeBytes { weights in
                x.output(5 * x.rows) {
                    k.pack_few_rows(Int32(format), x.rows, size, x.a, packed)
                    k.few_rows(
                        Int32(format), x.rows, size, size, 5, 0, 5, packed, weights.baseAddress, $0)
                }
            }
        }
    }

    @Sendable private static func tileRows(_ k: r1_kernel_table, _ x: KernelOperands) -> [Float] {
        guard let pack = k.pack_tile_rows, let product = k.tile_rows else {
            return Array(fewRows(k, x).suffix(5 * x.rows))
        }
        let packed = UnsafeMutableRawPointer.allocate(
            byteCount: (x.rows + 15) / 16 * 16 * ((x.columns + 31) / 32 * 64), alignment: 64)
        defer { packed.deallocate() }
        return normal([5, x.columns], seed: UInt64(x.columns)).bytes(as: .bfloat16).withUnsafeBytes {
            weights in
            x.output(5 * x.rows) {
                pack(x.rows, x.columns, x.a, packed)
                product(x.rows, x.columns, 5, 0, 5, packed, weights.baseAddress, $0)
            }
        }
    }

    @Sendable private static func quantizedRows(_ k: r1_kernel_table, _ x: KernelOperands) -> [Float] {
        let size = x.columns
        let packed = UnsafeMutableRawPointer.allocate(
            byteCount: x.rows * ((size + 255) / 256 * 512), alignment: 64)
        defer { packed.deallocate() }
        return WeightCodes.allCases.flatMap { codes in
            let rows = (0..<x.rows).map { QuantizedRow(k, codes, x.b + $0 * size, size) }
            return x.output(x.rows * x.rows) {
                k.pack_quantized_rows(codes.kernelCode, x.rows, size, x.a, packed)
                k.quantized_rows(
                    codes.kernelCode, x.rows, size, x.rows, 0, x.rows, packed, rows.flatMap(\.codes),
                    rows.flatMap(\.scales), $0)
            }
        }
    }
}

@Suite("Kernel levels agree")
struct KernelLevelAgreementTests {
    private static let faster = KernelLevel.allCases.filter { $0.isAvailable && $0 != .portable }

    @Test("every kernel gives the portable level's results on random shapes", arguments: KernelCheck.all)
    func agreement(_ check: KernelCheck) {
        var random = Seeded(check.testDescription.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        for _ in 0..<12 {
            let operands = KernelOperands(&random)
            let expected = check.run(KernelLevel.portable.table, operands)
            for level in Self.faster {
                let found = check.run(level.table, operands)
                let worst = zip(found, expected).reduce(Float(0)) { worst, pair in
                    if pair.0.bitPattern == pair.1.bitPattern || (pair.0.isNaN && pair.1.isNaN) {
                        return worst
                    }
                    let distance = abs(pair.0 - pair.1) / max(1, abs(pair.1))
                    return distance <= worst ? worst : distance
                }
                #expect(
                    found.count == expected.count && worst <= check.tolerance,
                    "\(level), \(operands.rows) x \(operands.columns): off by \(worst)")
            }
        }
    }

    @Test("no kernel of the table is left out") func complete() {
        let table = Mirror(reflecting: KernelLevel.portable.table).children.compactMap(\.label)
        #expect(table.sorted() == KernelCheck.all.map(\.testDescription).sorted())
    }
}
