// Weights in 8 and 4 bits, on every level: accuracy against a plain reference, products, nothing read outside.
import Basics
import CKernels
import Foundation
import TestKit
import Testing

@testable import TensorMath

/// A row of weights rounded by a level's kernel.
struct QuantizedRow {
    var codes: [UInt8]
    var scales: [UInt16]
    /// 0, or 1 + the group that is not finite.
    let fault: Int

    init(_ k: r1_kernel_table, _ codes: WeightCodes, _ x: UnsafePointer<Float>, _ count: Int) {
        self.codes = [UInt8](repeating: 0xEE, count: codes.byteCount(count))
        scales = [UInt16](repeating: 0xEEEE, count: codes.groupCount(count))
        fault = k.quantize_row(codes.kernelCode, count, x, &self.codes, &scales)
    }

    /// What r1_codes.h says that the bytes mean, written for reading.
    func values(_ kind: WeightCodes, _ count: Int) -> [Float] {
        (0..<count).map { column in
            let group = column / kind.groupSize
            let scale = Float(bitPattern: UInt32(scales[group]) << 16)
            guard kind == .int4 else { return scale * Float(Int(codes[column]) - 128) }
            let inBlock = min(8, scales.count - group / 8 * 8)
            let (inGroup, start) = (column % 32, group / 8 * 128 + group % 8 * 8)
            let byte = codes[start + (inGroup < 16 ? 0 : 8 * inBlock) + inGroup % 8]
            return scale * Float(Int(inGroup % 16 < 8 ? byte & 15 : byte >> 4) - 8)
        }
    }
}

@Suite("Weights in few bits")
struct QuantizedTests {
    private static let sizes = [1, 31, 32, 40, 127, 128, 160, 256, 300, 511, 1000]

    @Test(
        "a row means what the layout says, and its errors are within half a step",
        arguments: KernelLevel.available, WeightCodes.allCases)
    func rows(_ level: KernelLevel, _ codes: WeightCodes) {
        for size in Self.sizes {
            let x = normal([size], seed: UInt64(size), scale: 0.3).elements
            let row = QuantizedRow(level.table, codes, x, size)
            #expect(row.fault == 0)
            let values = row.values(codes, size)
            let widened = kernelOutput(size) {
                level.table.widen_codes(codes.kernelCode, size, row.codes, row.scales, $0)
            }
            #expect(widened == values, "\(size) columns")
            for column in 0..<size {
                let step = abs(Float(bitPattern: UInt32(row.scales[column / codes.groupSize]) << 16))
                // The positive end of int4 has no code for 8 steps, and a scale is rounded to 8 bits.
                let bound = step * (codes == .int4 ? 1.05 : 0.76)
                #expect(abs(values[column] - x[column]) <= bound, "column \(column) of \(size)")
            }
        }
    }

    @Test("int4 takes the better of two scales") func twoScales() {
        for seed in UInt64(0)..<20 {
            let x = normal([32], seed: seed).elements
            let extreme = x.max { abs($0) < abs($1) } ?? 0
            let errors = [extreme / 7, extreme / -8].map { scale -> Float in
                let scale = Float(
                    bitPattern: Tensor([scale], shape: [1]).bytes(as: .bfloat16).withUnsafeBytes {
                        UInt32($0.loadUnaligned(as: UInt16.self)) << 16
                    })
                return x.reduce(0) { sum, x in
                    let error = x - scale * min(7, max(-8, (x / scale).rounded(.toNearestOrEven)))
                    return sum + error * error
                }
            }
            let row = QuantizedRow(KernelLevel.best.table, .int4, x, 32)
            let found = zip(row.values(.int4, 32), x).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            #expect(abs(found - (errors.min() ?? 0)) <= 0.02 * found, "seed \(seed)")
        }
    }

    @Test(
        "zeros and vanishing groups become zeros; infinity and NaN are errors with their place",
        arguments: WeightCodes.allCases)
    func edges(_ codes: WeightCodes) throws {
        let small = try QuantizedMatrix(
            Tensor([0, 0, 0x1p-130, -0x1p-140], shape: [2, 2]), as: codes, computeType: .float32)
        #expect(small.gatherRows([0, 1]).elements == [0, 0, 0, 0])
        for bad in [Float.infinity, -.infinity, .nan] {
            var elements = [Float](repeating: 1, count: 2 * 300)
            elements[300 + 290] = bad
            let error = #expect(throws: QuantizationError.self) {
                try QuantizedMatrix(Tensor(elements, shape: [2, 300]), as: codes, computeType: .float32)
            }
            #expect(error?.row == 1 && error?.group == 290 / codes.groupSize)
        }
    }

    @Test(
        "a product with few rows is that of the rounded operands",
        arguments: KernelLevel.available, WeightCodes.allCases)
    func fewRows(_ level: KernelLevel, _ codes: WeightCodes) {
        for (rows, size) in [
            (1, 1), (1, 300), (2, 256), (3, 129), (4, 40), (5, 777), (8, 512), (9, 256), (13, 96), (16, 1000),
        ] {
            let c = QuantizedCase(codes, rows: rows, in: size, out: 11)
            let y = c.run(level.table)
            #expect(c.worst(y) < 2e-6, "\(rows) rows of \(size)")
        }
    }

    @Test(
        "a row depends neither on its neighbors nor on the cut; other outputs stay",
        arguments: KernelLevel.available, WeightCodes.allCases)
    func independence(_ level: KernelLevel, _ codes: WeightCodes) {
        let all = QuantizedCase(codes, rows: 16, in: 700, out: 23)
        let whole = all.run(level.table)
        #expect(all.run(level.table, pieces: [0, 1, 8, 22, 23]) == whole)
        for rows in [1, 2, 6, 11] {
            let c = QuantizedCase(codes, rows: rows, in: 700, out: 23)
            #expect(c.run(level.table) == Array(whole.prefix(rows * 23)), "\(rows) rows")
        }
        let part = all.run(level.table, pieces: [6, 13])
        #expect(part.indices.allSatisfy { part[$0] == ((6..<13).contains($0 % 23) ? whole[$0] : -7) })
    }

    @Test("nothing is read behind codes or scales", arguments: KernelLevel.available, WeightCodes.allCases)
    func bounds(_ level: KernelLevel, _ codes: WeightCodes) throws {
        for size in [77, 256, 320] {
            let c = QuantizedCase(codes, rows: 3, in: size, out: 5)
            let expected = c.run(level.table)
            let page = Int(sysconf(Int32(_SC_PAGESIZE)))
            func guarded(_ bytes: UnsafeRawBufferPointer) throws -> UnsafeMutableRawPointer {
                let map = try #require(
                    mmap(nil, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
                try #require(bytes.count <= 2 * page && mprotect(map + 2 * page, page, PROT_NONE) == 0)
                let start = map + 2 * page - bytes.count
                if let from = bytes.baseAddress { start.copyMemory(from: from, byteCount: bytes.count) }
                return start
            }
            let codeStart = try c.weights.withUnsafeBytes(guarded)
            let scaleStart = try c.scales.withUnsafeBytes(guarded)
            #expect(c.run(level.table, codes: codeStart, scales: scaleStart) == expected)
        }
    }

    @Test("NaN and infinity in x arrive in their row only", arguments: KernelLevel.available)
    func notFinite(_ level: KernelLevel) {
        for codes in WeightCodes.allCases {
            for bad in [Float.nan, .infinity] {
                var c = QuantizedCase(codes, rows: 2, in: 300, out: 5)
                c.x[299] = bad
                let y = c.run(level.table)
                #expect(y.prefix(5).allSatisfy(\.isNaN) && y.suffix(5).allSatisfy(\.isFinite))
            }
        }
    }

    @Test(
        "many rows multiply with the rounded weights in the type of products",
        arguments: WeightCodes.allCases, [DType.float32, .bfloat16])
    func panels(_ codes: WeightCodes, _ dtype: DType) throws {
        let (x, weight) = (normal([40, 330], seed: 6), normal([70, 330], seed: 7))
        let quantized = try QuantizedMatrix(weight, as: codes, computeType: dtype)
        let dense = quantized.gatherRows(Array(0..<70)).converted(to: dtype)
        let bias = normal([70], seed: 8)
        let y = linear(x, .quantized(quantized), bias)
        #expect(largestDifference(y, linear(x, dense, bias)) < 1e-4)
        #expect(linear(Tensor([], shape: [0, 330]), .quantized(quantized)).shape == [0, 70])
        // The few-row product rounds x to int8: about 1 % of a term, averaged over 330 terms.
        let few = linear(x.rows(0..<8), .quantized(quantized), bias)
        #expect(largestDifference(few, y.rows(0..<8)) < 0.7)
    }

    @Test(
        "bfloat16 weights, stored bytes and gathered rows give the same matrix",
        arguments: WeightCodes.allCases)
    func forms(_ codes: WeightCodes) throws {
        let weight = normal([9, 130], seed: 9).converted(to: .bfloat16)
        let direct = try QuantizedMatrix(weight, as: codes, computeType: .float32)
        let wide = try QuantizedMatrix(weight.converted(to: .float32), as: codes, computeType: .float32)
        #expect(direct.gatherRows(Array(0..<9)).elements == wide.gatherRows(Array(0..<9)).elements)
        #expect(direct.gatherRows([4, 0, 4]).elements == Array(wide.gatherRows([4, 0, 4]).elements))
        #expect(direct.byteCount == 9 * (codes.byteCount(130) + 2 * codes.groupCount(130)))
    }

    @Test(
        "log-probabilities with a head in few bits are those of its widened rows",
        arguments: WeightCodes.allCases)
    func head(_ codes: WeightCodes) throws {
        let (hidden, weight) = (normal([20, 96], seed: 10), normal([301, 96], seed: 11, scale: 0.3))
        let head = try QuantizedMatrix(weight, as: codes, computeType: .float32)
        let targets = (0..<20).map { Int32($0 * 15) }
        let found = tokenLogProbabilities(
            hidden: hidden, head: .quantized(head), targets: targets, banned: [1])
        let expected = tokenLogProbabilities(
            hidden: hidden, head: head.gatherRows(Array(0..<301)), targets: targets, banned: [1])
        #expect(largestDifference(found.values, expected.values) < 1e-6)
        #expect(largestDifference(found.entropies, expected.entropies) < 1e-6)
    }
}

/// One operand set for a product with few rows, with the exact answer.
private struct QuantizedCase {
    let rows, size, out: Int
    var x: [Float]
    let kind: WeightCodes
    let weights: [UInt8]
    let scales: [UInt16]
    let values: [[Float]]

    init(_ kind: WeightCodes, rows: Int, in size: Int, out: Int) {
        (self.rows, self.size, self.out, self.kind) = (rows, size, out, kind)
        x = normal([rows, size], seed: 31).elements
        let wide = normal([out, size], seed: 32, scale: 0.5)
        let stored = (0..<out).map { row in
            QuantizedRow(KernelLevel.portable.table, kind, wide.rows(row..<row + 1).elements, size)
        }
        (weights, scales) = (stored.flatMap(\.codes), stored.flatMap(\.scales))
        values = stored.map { $0.values(kind, size) }
    }

    func run(
        _ k: r1_kernel_table, pieces: [Int]? = nil, codes: UnsafeRawPointer? = nil,
        scales given: UnsafeRawPointer? = nil
    ) -> [Float] {
        var y = [Float](repeating: -7, count: rows * out)
        let packed = UnsafeMutableRawPointer.allocate(
            byteCount: rows * ((size + 255) / 256 * 512), alignment: 64)
        defer { packed.deallocate() }
        k.pack_quantized_rows(kind.kernelCode, rows, size, x, packed)
        weights.withUnsafeBytes { weights in
            scales.withUnsafeBytes { scales in
                let cuts = pieces ?? [0, out]
                for (from, to) in zip(cuts, cuts.dropFirst()) {
                    k.quantized_rows(
                        kind.kernelCode, rows, size, out, from, to, packed,
                        (codes ?? weights.baseAddress)?.assumingMemoryBound(to: UInt8.self),
                        (given ?? scales.baseAddress)?.assumingMemoryBound(to: UInt16.self), &y)
                }
            }
        }
        return y
    }

    /// x rounded to int8 with a scale per 32 of the columns that share a lane's scale.
    private func roundedX() -> [Float] {
        var rounded = x
        for row in 0..<rows {
            // int8 groups 16 columns of each half of 128; int4 takes 32 neighbors.
            let groups = stride(from: 0, to: size, by: kind == .int8 ? 128 : 256).flatMap { block in
                kind == .int8
                    ? (0..<4).map { g in (0..<32).map { block + 16 * g + $0 % 16 + $0 / 16 * 64 } }
                    : (0..<8).map { g in (0..<32).map { block + 32 * g + $0 } }
            }
            for group in groups {
                let places = group.filter { $0 < size }.map { row * size + $0 }
                let scale = (places.map { abs(x[$0]) }.max() ?? 0) / 127
                for place in places where scale > 0 {
                    rounded[place] = scale * (x[place] * (1 / scale)).rounded(.toNearestOrEven)
                }
            }
        }
        return rounded
    }

    /// The largest error relative to the sum of absolute products, against float64.
    func worst(_ y: [Float]) -> Double {
        let x = roundedX()
        var worst = 0.0
        for r in 0..<rows {
            for o in 0..<out {
                var (sum, total) = (0.0, 1e-30)
                for i in 0..<size {
                    let term = Double(x[r * size + i]) * Double(values[o][i])
                    sum += term
                    total += abs(term)
                }
                worst = max(worst, abs(Double(y[r * out + o]) - sum) / total)
            }
        }
        return worst
    }
}
