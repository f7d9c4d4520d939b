// Products with few rows, on every level: accuracy, independence of cut and neighbors, nothing read or
// written outside.
import Basics
import CKernels
import Foundation
import TestKit
import Testing

@testable import TensorMath

/// One operand set for a few-row product, with the exact answer.
private struct FewRowCase {
    let rows, size, out: Int
    let x: [Float]
    /// [out, in] as stored, and its values.
    let weights: [UInt8]
    let values: [Float]
    let format: Int32

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
    func run(_ k: r1_kernel_table, at start: UnsafeRawPointer, pieces: [Int]? = nil) -> [Float] {
        var y = [Float](repeating: -7, count: rows * out)
        let packed = UnsafeMutableRawPointer.allocate(
            byteCount: max(64, rows * ((size + 31) / 32 * 32) * 4), alignment: 64)
        defer { packed.deallocate() }
        k.pack_few_rows(format, rows, size, x, packed)
        let cuts = pieces ?? [0, out]
        for (from, to) in zip(cuts, cuts.dropFirst()) {
            k.few_rows(format, rows, size, out, from, to, packed, start, &y)
        }
        return y
    }

    func run(_ k: r1_kernel_table, offset: Int = 0, pieces: [Int]? = nil) -> [Float] {
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
    private static let available = KernelLevel.allCases.filter(\.isAvailable)
    private static let formats = [R1_WEIGHTS_FLOAT32, R1_WEIGHTS_BFLOAT16].map { Int32($0) }

    @Test("any number of rows and any odd size agree with float64", arguments: available, formats)
    func accuracy(_ level: KernelLevel, _ format: Int32) {
        for rows in [1, 2, 3, 4, 5, 7, 8, 9, 13, 16] {
            for (size, out) in [(1, 1), (31, 6), (64, 9), (101, 5), (515, 3), (1000, 26)] {
                let c = FewRowCase(format, rows: rows, in: size, out: out)
                #expect(c.worst(c.run(level.table)) < 5e-7, "\(rows) rows, \(size) to \(out)")
            }
        }
    }

    @Test("a row's result depends neither on its neighbors nor on the cut", arguments: available, formats)
    func independence(_ level: KernelLevel, _ format: Int32) {
        let all = FewRowCase(format, rows: 16, in: 1500, out: 41)
        let whole = all.run(level.table)
        #expect(isEqual(all.run(level.table, pieces: [0, 1, 8, 22, 41]), whole))
        for rows in [1, 2, 6, 11] {
            let c = FewRowCase(format, rows: rows, in: 1500, out: 41)
            #expect(isEqual(c.run(level.table), Array(whole.prefix(rows * 41))), "\(rows) rows")
        }
    }

    @Test("weights at any address, nothing read behind them", arguments: available, formats)
    func addresses(_ level: KernelLevel, _ format: Int32) throws {
        let c = FewRowCase(format, rows: 3, in: 77, out: 13)
        let expected = c.run(level.table)
        for offset in [1, 2, 3] { #expect(isEqual(c.run(level.table, offset: offset), expected)) }
        // The weights end where readable memory ends.
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let map = try #require(
            mmap(nil, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        defer { munmap(map, 3 * page) }
        try #require(c.weights.count <= 2 * page && mprotect(map + 2 * page, page, PROT_NONE) == 0)
        let start = map + 2 * page - c.weights.count
        c.weights.withUnsafeBytes {
            if let from = $0.baseAddress { start.copyMemory(from: from, byteCount: $0.count) }
        }
        #expect(isEqual(c.run(level.table, at: start), expected))
    }

    @Test("outputs outside the cut stay", arguments: available, formats)
    func untouched(_ level: KernelLevel, _ format: Int32) {
        let c = FewRowCase(format, rows: 9, in: 70, out: 20)
        let (part, whole) = (c.run(level.table, pieces: [6, 13]), c.run(level.table))
        #expect(part.indices.allSatisfy { part[$0] == ((6..<13).contains($0 % 20) ? whole[$0] : -7) })
    }

    @Test("NaN and infinity arrive, in the row and output they belong to", arguments: available)
    func notFinite(_ level: KernelLevel) {
        for (bits, isNaN) in [(UInt16(0x7FC0), true), (0x7F80, false)] {
            var weights = [UInt16](repeating: 0x3F80, count: 5 * 40)
            weights[2 * 40 + 39] = bits
            var y = [Float](repeating: 0, count: 10)
            let packed = UnsafeMutableRawPointer.allocate(byteCount: 2 * 64 * 4, alignment: 64)
            defer { packed.deallocate() }
            let x = [Float](repeating: 1, count: 80)
            level.table.pack_few_rows(Self.formats[1], 2, 40, x, packed)
            level.table.few_rows(Self.formats[1], 2, 40, 5, 0, 5, packed, weights, &y)
            for i in y.indices {
                if i % 5 == 2 {
                    #expect(isNaN ? y[i].isNaN : y[i] == .infinity)
                } else {
                    #expect(y[i] == 40)
                }
            }
        }
    }

    @Test("the threaded product is the kernel's, whatever the sizes") func threaded() {
        for (size, out) in [(0, 4), (40, 0), (300, 1000)] {
            let x = normal([4, size], seed: 3)
            let w = normal([out, size], seed: 4)
            var y = [Float](repeating: 1, count: 4 * out)
            x.withElements { x in
                w.withElements { w in
                    var none: Float = 0
                    withUnsafePointer(to: &none) { none in
                        y.withUnsafeMutableBufferPointer { y in
                            guard let to = y.baseAddress else { return }
                            fewRowProduct(
                                rows: 4, out: out, in: size, x: x.baseAddress ?? none,
                                weights: w.baseAddress ?? none, format: .float32, into: to)
                        }
                    }
                }
            }
            let expected = size == 0 ? [Float](repeating: 0, count: 4 * out) : linear(x, w).elements
            #expect(zip(y, expected).allSatisfy { abs($0 - $1) < 1e-4 } && y.count == expected.count)
        }
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
