// Products with few rows, on every level: accuracy, independence of cut and neighbors, nothing read or
// written outside.
import Basics
import CKernels
import Foundation
import TestKit
import Testing

@testable import TensorMath

/// A kernel for products of few rows: a level's vectors or tiles, for one format of weights.
private struct FewRowKernel: CustomTestStringConvertible {
    let level: KernelLevel
    let format: Int32
    let isTiled: Bool

    static let all = KernelLevel.available.flatMap { level in
        [R1_WEIGHTS_FLOAT32, R1_WEIGHTS_BFLOAT16].map {
            FewRowKernel(level: level, format: Int32($0), isTiled: false)
        }
            + (level.table.tile_rows == nil
                ? [] : [FewRowKernel(level: level, format: Int32(R1_WEIGHTS_BFLOAT16), isTiled: true)])
    }

    var testDescription: String {
        "\(level) \(format == Int32(R1_WEIGHTS_FLOAT32) ? "float32" : "bfloat16")\(isTiled ? " tiles" : "")"
    }
}

/// One operand set for a few-row product, with the exact answer.
private struct FewRowCase {
    let rows, size, out: Int
    let x: [Float]
    /// [out, in] as stored, and its values.
    let weights: [UInt8]
    let values: [Float]
    let format: Int32

    init(_ format: Int32, rows: Int, in size: Int, out: Int, x: [Float], weights: [UInt8]) {
        (self.rows, self.size, self.out, self.format, self.x, self.weights) = (
            rows, size, out, format, x, weights
        )
        values = []
    }

    init(_ format: Int32, rows: Int, in size: Int, out: Int) {
        (self.rows, self.size, self.out, self.format) = (rows, size, out, format)
        x = normal([rows, size], seed: 31).elements
        let wide = normal([out, size], seed: 32, scale: 0.5)
        switch Int(format) {
        case Int(R1_WEIGHTS_FLOAT32):
            values = wide.elements
            weights = wide.bytes(as: .float32)
        case Int(R1_WEIGHTS_BFLOAT16):
            weights = wide.bytes(as: .bfloat16)
            values = weights.withUnsafeBytes {
                Tensor(widening: $0, dtype: .bfloat16, shape: [out, size]).elements
            }
        default: fatalError("no such format")
        }
    }

    /// Runs the kernel with the weights at `start`, over the cut `pieces` of the outputs.
    func run(_ k: FewRowKernel, at start: UnsafeRawPointer, pieces: [Int]? = nil) -> [Float] {
        var y = [Float](repeating: -7, count: rows * out)
        let packed = UnsafeMutableRawPointer.allocate(
            byteCount: (rows + 15) / 16 * 16 * ((size + 31) / 32 * 32) * 4, alignment: 64)
        defer { packed.deallocate() }
        let table = k.level.table
        k.isTiled
            ? table.pack_tile_rows(rows, size, x, packed) : table.pack_few_rows(format, rows, size, x, packed)
        let cuts = pieces ?? [0, out]
        for (from, to) in zip(cuts, cuts.dropFirst()) {
            k.isTiled
                ? table.tile_rows(rows, size, out, from, to, packed, start, &y)
                : table.few_rows(format, rows, size, size, out, from, to, packed, start, &y)
        }
        return y
    }

    func run(_ k: FewRowKernel, offset: Int = 0, pieces: [Int]? = nil) -> [Float] {
        let shifted = [UInt8](repeating: 0xFF, count: offset) + weights
        return shifted.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return [Float](repeating: 0, count: rows * out) }
            return run(k, at: start + offset, pieces: pieces)
        }
    }

    /// The largest error relative to the sum of absolute products, against float64.
    func worst(_ y: [Float]) -> Double {
        let isRounded = format == Int32(R1_WEIGHTS_BFLOAT16)
        let x =
            isRounded
            ? Tensor(x, shape: [x.count]).bytes(as: .bfloat16).withUnsafeBytes {
                Tensor(widening: $0, dtype: .bfloat16, shape: [self.x.count]).elements
            } : x
        var worst = 0.0
        for r in 0..<rows {
            for o in 0..<out {
                var (sum, size) = (0.0, 1e-30)
                for i in 0..<self.size {
                    let term = Double(x[r * self.size + i]) * Double(values[o * self.size + i])
                    sum += term
                    size += abs(term)
                }
                worst = max(worst, abs(Double(y[r * out + o]) - sum) / size)
            }
        }
        return worst
    }
}

/// Equality whose failure does not print thousands of numbers.
private func isEqual(_ a: [Float], _ b: [Float]) -> Bool { a == b }

@Suite("Few-row products")
struct FewRowTests {
    @Test("any number of rows and any odd size agree with float64", arguments: FewRowKernel.all)
    private func accuracy(_ k: FewRowKernel) {
        let few = [1, 2, 3, 4, 5, 7, 8, 9, 13, 16].map {
            ($0, [(1, 1), (31, 6), (64, 9), (101, 5), (515, 3), (1000, 7), (64, 70)])
        }
        let more = k.isTiled ? [17, 32, 33, 50, 64].map { ($0, [(31, 6), (101, 35)]) } : []
        for (rows, shapes) in few + more {
            for (size, out) in shapes {
                let c = FewRowCase(k.format, rows: rows, in: size, out: out)
                #expect(c.worst(c.run(k)) < 5e-7, "\(rows) rows, \(size) to \(out)")
            }
        }
    }

    @Test("a row's result depends neither on its neighbors nor on the cut", arguments: FewRowKernel.all)
    private func independence(_ k: FewRowKernel) {
        let rows = k.isTiled ? 64 : 16
        let all = FewRowCase(k.format, rows: rows, in: 1500, out: 41)
        let whole = all.run(k)
        #expect(isEqual(all.run(k, pieces: [0, 1, 8, 22, 41]), whole))
        for rows in [1, 2, 6, 11] + (k.isTiled ? [16, 17, 32, 49] : []) {
            let c = FewRowCase(k.format, rows: rows, in: 1500, out: 41)
            #expect(isEqual(c.run(k), Array(whole.prefix(rows * 41))), "\(rows) rows")
        }
    }

    @Test("weights at any address, nothing read behind them", arguments: FewRowKernel.all)
    private func addresses(_ k: FewRowKernel) throws {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        for (size, out) in [(77, 13), (64, 37)] {
            let c = FewRowCase(k.format, rows: 3, in: size, out: out)
            let expected = c.run(k)
            for offset in [1, 2, 3] { #expect(isEqual(c.run(k, offset: offset), expected)) }
            // The weights end where readable memory ends.
            let readable = (c.weights.count + page - 1) / page * page
            let map = try #require(
                mmap(nil, readable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
            defer { munmap(map, readable + page) }
            try #require(mprotect(map + readable, page, PROT_NONE) == 0)
            let start = map + readable - c.weights.count
            c.weights.withUnsafeBytes {
                if let from = $0.baseAddress { start.copyMemory(from: from, byteCount: $0.count) }
            }
            #expect(isEqual(c.run(k, at: start), expected))
        }
    }

    @Test("outputs outside the cut stay", arguments: FewRowKernel.all)
    private func untouched(_ k: FewRowKernel) {
        let c = FewRowCase(k.format, rows: 9, in: 70, out: 20)
        let (part, whole) = (c.run(k, pieces: [6, 13]), c.run(k))
        #expect(part.indices.allSatisfy { part[$0] == ((6..<13).contains($0 % 20) ? whole[$0] : -7) })
    }

    @Test("NaN and infinity arrive, in the row and output they belong to", arguments: FewRowKernel.all)
    private func notFinite(_ k: FewRowKernel) {
        for value in [Float.nan, .infinity] {
            let weights = Tensor(
                (0..<5 * 40).map { $0 == 2 * 40 + 39 ? value : 1 }, shape: [5, 40])
            let isNarrow = k.format == Int32(R1_WEIGHTS_BFLOAT16)
            let c = FewRowCase(
                k.format, rows: 2, in: 40, out: 5, x: [Float](repeating: 1, count: 80),
                weights: weights.bytes(as: isNarrow ? .bfloat16 : .float32))
            let y = c.run(k)
            for i in y.indices {
                if i % 5 == 2 {
                    #expect(value.isNaN ? y[i].isNaN : y[i] == .infinity)
                } else {
                    #expect(y[i] == 40)
                }
            }
        }
    }

    @Test("the threaded product is the exact one, whatever the sizes and the kernel behind it")
    func threaded() {
        for dtype in [DType.float32, .bfloat16] {
            for rows in [1, 4, 5, 16, 17, 64, 65] {
                for (size, out) in [(0, 4), (40, 0), (300, 1000)] {
                    let x = normal([rows, size], seed: 3).converted(to: .bfloat16).converted(to: .float32)
                    let w = normal([out, size], seed: 4).converted(to: dtype)
                    let (y, a, b) = (linear(x, w).elements, x.elements, w.converted(to: .float32).elements)
                    #expect(y.count == rows * out)
                    // Every 331st output, in float64.
                    for place in stride(from: 0, to: rows * out, by: 331) {
                        let (r, o) = (place / out, place % out)
                        let exact = (0..<size).reduce(0.0) {
                            $0 + Double(a[r * size + $1]) * Double(b[o * size + $1])
                        }
                        #expect(
                            abs(Double(y[place]) - exact) < 1e-4, "\(rows) rows, \(dtype), output \(place)")
                    }
                }
            }
        }
        #expect(WeightFormat.float32.fewRowLimit == 16)
    }
}

@Suite("Kernel levels")
struct KernelLevelTests {
    @Test("an unknown level in R1_CPU_LEVEL ends the program with the names there are") func unknown() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            setenv(KernelLevel.variable, "avx1024", 1)
            _ = Tensor([1], shape: [1]) + Tensor([2], shape: [1])
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(
            message.contains("R1_CPU_LEVEL") && message.contains("portable") && message.contains("avx1024"))
    }

    @Test("a level can be forced", arguments: KernelLevel.allCases.filter(\.isAvailable).map { "\($0)" })
    func forced(_ name: String) async {
        await #expect(processExitsWith: .success) { [name] in
            setenv(KernelLevel.variable, name, 1)
            guard "\(try KernelLevel.chosen())" == name else { exit(3) }
        }
    }
}
