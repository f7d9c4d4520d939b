// Fused kernels: finite differences, values that are not finite, conversions bit by bit.
import CKernels
import Foundation
import TestKit
import Testing

@testable import TensorMath

@Suite("Fused operations agree with finite differences")
struct FusedPullbackTests {
    @Test("LayerNorm", arguments: [(1, 4), (3, 8), (70, 5)]) func layer(_ n: Int, _ c: Int) {
        expectGradient(
            of: { layerNorm($0[0], $0[1], $0[2], epsilon: 1e-5) },
            at: [normal([n, c], seed: 1), normal([c], seed: 2), normal([c], seed: 3)], within: 5e-3,
            step: 3e-3)
    }

    @Test("norms of a residual sum, with both results used", arguments: [false, true])
    func residual(_ isLayerNorm: Bool) {
        let inputs = [normal([4, 6], seed: 4), normal([4, 6], seed: 5), normal([6], seed: 6)]
        expectGradient(
            of: {
                let (sum, y) =
                    isLayerNorm
                    ? layerNorm($0[0], adding: $0[1], $0[2], $0[3], epsilon: 1e-5)
                    : rmsNorm($0[0], adding: $0[1], $0[2], epsilon: 1e-6)
                return sum * y
            }, at: isLayerNorm ? inputs + [normal([6], seed: 7)] : inputs, within: 5e-3, step: 3e-3)
    }

    @Test("softmax") func softmaxRows() {
        expectGradient(of: { softmax($0[0]) }, at: [normal([3, 7], seed: 8, scale: 2)])
    }

    @Test("a fused residual gives the separate operations' numbers") func fusedIsSeparate() {
        let (x, r) = (normal([9, 33], seed: 9), normal([9, 33], seed: 10))
        let (w, b) = (normal([33], seed: 11), normal([33], seed: 12))
        let fused = rmsNorm(x, adding: r, w, epsilon: 1e-6)
        #expect(fused.sum.elements == (x + r).elements)
        #expect(fused.normalised.elements == rmsNorm(x + r, w, epsilon: 1e-6).elements)
        let layer = layerNorm(x, adding: r, w, b, epsilon: 1e-6)
        #expect(layer.normalised.elements == layerNorm(x + r, w, b, epsilon: 1e-6).elements)
    }
}

@Suite("Fused kernels")
struct FusedKernelTests {
    private static let available = KernelLevel.allCases.filter(\.isAvailable)

    /// What a kernel writes into `count` floats.
    private func output(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
        var out = [Float](repeating: 0, count: count)
        out.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { body(start) } }
        return out
    }

    @Test("GELU follows the exact form in float64", arguments: available) func gelu(_ level: KernelLevel) {
        var x = (-4000...4000).map { Float($0) / 300 } + [1e-30, -1e-30, 0x1p-140, 1e30, -1e30, 0, -0.0]
        for (value, found) in zip(x, output(x.count) { level.table.gelu(x.count, x, $0) }) {
            let expected = 0.5 * Double(value) * erfc(-Double(value) * 0.5.squareRoot())
            #expect(abs(Double(found) - expected) <= 1.3e-7 * abs(Double(value)) + 1e-44, "\(value)")
        }
        x = [.nan, .infinity]
        let y = output(2) { level.table.gelu(2, x, $0) }
        #expect(y[0].isNaN && y[1] == .infinity)
    }

    @Test("NaN and infinity stay in their rows", arguments: available) func notFinite(_ level: KernelLevel) {
        let k = level.table
        let w = [Float](repeating: 1, count: 20)
        for bad in [Float.nan, .infinity] {
            var x = normal([60], seed: 14).elements
            x[25] = bad
            let all = [
                output(60) { out in
                    var inverse: [Float] = [0, 0, 0]
                    k.rms_norm(3, 20, 1e-6, x, nil, w, nil, out, &inverse)
                },
                output(60) { out in
                    var (mean, inverse): ([Float], [Float]) = ([0, 0, 0], [0, 0, 0])
                    k.layer_norm(3, 20, 1e-6, x, nil, w, w, nil, out, &mean, &inverse)
                }, output(60) { k.softmax(3, 20, x, $0) },
            ]
            for y in all {
                #expect(y[25].isNaN && y[..<20].allSatisfy(\.isFinite) && y[40...].allSatisfy(\.isFinite))
            }
            #expect(output(60) { k.swiglu(60, x, x, $0) }.filter { !$0.isFinite }.count == 1)
        }
    }

    @Test("float16, every bit pattern both ways", arguments: available) func float16(_ level: KernelLevel) {
        let k = level.table
        let patterns = (0...UInt16.max).map { $0 }
        let wide = output(patterns.count) { k.widen_float16(patterns.count, patterns, $0) }
        let isExact = zip(patterns, wide).allSatisfy { pattern, value in
            let expected = Float(Float16(bitPattern: pattern))
            return expected.isNaN ? value.isNaN : value.bitPattern == expected.bitPattern
        }
        #expect(isExact)
        // Values between, at and just beside the halves, and the ends of the range.
        let between = wide.filter(\.isFinite).flatMap {
            [$0, $0 * 1.0002, $0 * 1.00048828125, $0.nextUp, $0 * 1.0007]
        }
        let values =
            between + [65_519, 65_520, 1e30, -1e30, .infinity, 0x1p-25, 0x1.8p-25, 0x1p-26, 0x1p-140]
        var narrow = [UInt16](repeating: 0, count: values.count)
        k.narrow_float16(values.count, values, &narrow)
        #expect(zip(values, narrow).allSatisfy { Float16($0).bitPattern == $1 })
        k.narrow_float16(1, [Float.nan], &narrow)
        #expect(Float16(bitPattern: narrow[0]).isNaN)
    }

    @Test("bfloat16 keeps subnormals; int32 and uint8 widen", arguments: available)
    func otherTypes(_ level: KernelLevel) {
        let k = level.table
        let x: [Float] = [0x1p-127, -0x1p-130, 0x1.01p-126, 0x1.FFp127]
        var narrow = [UInt16](repeating: 0, count: 4)
        k.narrow_bfloat16(4, x, &narrow)
        #expect(narrow == [0x0040, 0x8008, 0x0080, 0x7F80])
        let words: [Int32] = [-7, 0, 1 << 24, .min]
        #expect(output(4) { k.widen_int32(4, words, $0) } == words.map(Float.init))
        let bytes: [UInt8] = [0, 1, 200, 255, 7]
        #expect(output(5) { k.widen_uint8(5, bytes, $0) } == bytes.map(Float.init))
    }

    @Test("AdamW writes the bfloat16 copy of the value it writes", arguments: available)
    func adamwCopy(_ level: KernelLevel) {
        let k = level.table
        let n = 77
        let gradient = normal([n], seed: 15).elements
        func run(_ copy: UnsafeMutablePointer<UInt16>?) -> [Float] {
            var (value, m) = (normal([n], seed: 16).elements, normal([n], seed: 17).elements)
            var v = normal([n], seed: 18).elements.map(abs)
            k.adamw(n, 0.7, 1e-2, 0.1, 0.9, 0.99, 1e-8, 0.19, 0.14, gradient, &value, &m, &v, copy)
            return value + m + v
        }
        var (copy, expected) = ([UInt16](repeating: 0, count: n), [UInt16](repeating: 0, count: n))
        let state = run(&copy)
        #expect(state == run(nil))
        k.narrow_bfloat16(n, state, &expected)
        #expect(copy == expected)
    }
}

@Suite("The largest of a row")
struct LargestValuesTests {
    @Test("ranks, thresholds and nuclei are those of a sorted row", arguments: [1, 5, 64, 65, 3000])
    func sorted(_ n: Int) {
        var random = Seeded(UInt64(n))
        // Few distinct values, so that ties are common.
        let values = (0..<n).map { _ in Float(Int.random(in: 0...n / 2, using: &random)) / Float(n) }
        let largest = LargestValues(values)
        let order = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
        #expect(largest.argmax == order[0])
        for k in Set([1, 2, n / 3, n]) where k >= 1 && k <= n {
            #expect(largest.value(rank: k) == values[order[k - 1]])
        }
        for threshold in [0, 0.2, 0.45, 2] as [Float] {
            let expected = values.indices.filter { values[$0] >= threshold }.map(Int32.init)
            #expect(largest.indices(atLeast: threshold) == expected)
        }
        for total in [1e-9, 0.3, 2, 1e9] {
            var (sum, kept) = (0.0, [Int]())
            for index in order where values[index] >= 0.001 && sum < total {
                kept.append(index)
                sum += Double(values[index])
            }
            #expect(largest.nucleus(reaching: total, atLeast: 0.001) == kept)
        }
    }

    @Test("minus infinity and NaN are passed over") func notFinite() {
        var values = [Float](repeating: -.infinity, count: 200)
        values[150] = -3
        values[151] = .nan
        values[10] = -5
        let largest = LargestValues(values)
        #expect(largest.argmax == 150 && largest.value(rank: 2) == -5)
        #expect(largest.indices(atLeast: -10) == [10, 150])
        #expect(LargestValues([]).argmax == 0)
    }
}
