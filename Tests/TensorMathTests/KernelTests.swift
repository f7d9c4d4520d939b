// Compares kernels with formulas in float64 on every level (KernelLevelTests.swift compares the levels).
import CKernels
import Foundation
import Testing

@testable import TensorMath

@Suite("Kernels")
struct KernelTests {
    @Test(
        "softmax has the precision of float32, far values vanish, NaN stays", arguments: KernelLevel.available
    )
    func exponentials(_ level: KernelLevel) {
        let k = level.table
        let scores: [Float] = [0, -1, -10, -50, -200, -.infinity, 3]
        let found = kernelOutput(8) {
            $0.update(from: scores, count: 7)
            k.softmax_tile(1, 7, 7, [7], 1, $0, $0 + 7)
        }
        let sum = scores.reduce(0.0) { $0 + exp(Double($1) - 3) }
        for (score, p) in zip(scores, found) {
            let expected = exp(Double(score) - 3) / sum
            #expect(abs(Double(p) - expected) <= 3e-7 * expected + 1e-38)
        }
        #expect(abs(Double(found[7]) - (3 + log(sum))) < 1e-6)
        let withNaN = kernelOutput(3) {
            $0.update(from: [Float.nan, 1], count: 2)
            k.softmax_tile(1, 2, 2, [2], 1, $0, $0 + 2)
        }
        #expect(withNaN[0].isNaN)
    }

    @Test("GELU follows the exact form in float64", arguments: KernelLevel.available) func gelu(
        _ level: KernelLevel
    ) {
        var x = (-4000...4000).map { Float($0) / 300 } + [1e-30, -1e-30, 0x1p-140, 1e30, -1e30, 0, -0.0]
        for (value, found) in zip(x, kernelOutput(x.count) { level.table.gelu(x.count, x, $0) }) {
            let expected = 0.5 * Double(value) * erfc(-Double(value) * 0.5.squareRoot())
            #expect(abs(Double(found) - expected) <= 1.3e-7 * abs(Double(value)) + 1e-44, "\(value)")
        }
        x = [.nan, .infinity]
        let y = kernelOutput(2) { level.table.gelu(2, x, $0) }
        #expect(y[0].isNaN && y[1] == .infinity)
    }
}
