// Kernels against formulas in float64, on every level (KernelLevelTests.swift holds the levels against each other).
import Basics
import CKernels
import Foundation
import TensorMath
import Testing

@Suite("Kernels")
struct KernelTests {
    private static let available = KernelLevel.allCases.filter(\.isAvailable)

    private func table(_ level: KernelLevel) throws -> r1_kernel_table {
        try #require(r1_kernels_at(level.rawValue)).pointee
    }

    /// Runs a kernel that writes `count` floats.
    private func output(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
        var out = [Float](repeating: 0, count: count)
        out.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { body(start) } }
        return out
    }

    @Test("softmax has the precision of float32, far values vanish, NaN stays", arguments: available)
    func exponentials(_ level: KernelLevel) throws {
        let k = try table(level)
        let scores: [Float] = [0, -1, -10, -50, -200, -.infinity, 3]
        let found = output(8) {
            $0.update(from: scores, count: 7)
            k.softmax_tile(1, 7, 7, [7], 1, $0, $0 + 7)
        }
        let sum = scores.reduce(0.0) { $0 + exp(Double($1) - 3) }
        for (score, p) in zip(scores, found) {
            let expected = exp(Double(score) - 3) / sum
            #expect(abs(Double(p) - expected) <= 3e-7 * expected + 1e-38)
        }
        #expect(abs(Double(found[7]) - (3 + log(sum))) < 1e-6)
        let withNaN = output(3) {
            $0.update(from: [Float.nan, 1], count: 2)
            k.softmax_tile(1, 2, 2, [2], 1, $0, $0 + 2)
        }
        #expect(withNaN[0].isNaN)
    }

    @Test("bfloat16 narrows to nearest even and widens exactly", arguments: available)
    func bfloat16(_ level: KernelLevel) throws {
        let k = try table(level)
        let values: [Float] = [
            0, -0.0, 1, 1.00390625, 1.01171875, .infinity, -.infinity, 3.4e38, 0x1p-133, .nan,
        ]
        var narrow = [UInt16](repeating: 0, count: values.count)
        k.narrow_bfloat16(values.count, values, &narrow)
        #expect(Array(narrow.prefix(7)) == [0, 0x8000, 0x3F80, 0x3F80, 0x3F82, 0x7F80, 0xFF80])
        let wide = output(values.count) { k.widen_bfloat16(values.count, narrow, $0) }
        #expect(wide[2] == 1 && wide[4] == 1.015625 && wide[7].isInfinite && wide[9].isNaN)
    }

    @Test("AdamW follows torch's formula", arguments: available) func adamw(_ level: KernelLevel) throws {
        let k = try table(level)
        var (value, m, v) = (
            [Float](repeating: 0.5, count: 5), [Float](repeating: 0.1, count: 5),
            [Float](repeating: 0.02, count: 5)
        )
        let gradient: [Float] = [1, -2, 0, 1e-9, 100]
        k.adamw(5, 0.5, 1e-2, 0.1, 0.9, 0.99, 1e-8, 0.19, 0.1410673597966588, gradient, &value, &m, &v, nil)
        for (i, g) in gradient.enumerated() {
            let scaled = Double(g) * 0.5
            let first = 0.9 * 0.1 + 0.1 * scaled
            let second = 0.99 * 0.02 + 0.01 * scaled * scaled
            let expected =
                0.5 * (1 - 1e-3) - 1e-2 / 0.19 * first / (second.squareRoot() / 0.1410673597966588 + 1e-8)
            #expect(abs(Double(value[i]) - expected) < 1e-6)
        }
    }
}
