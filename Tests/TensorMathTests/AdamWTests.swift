// AdamW's kernel: torch's formula, and the bfloat16 copy of the values.
import CKernels
import Testing

@testable import TensorMath

@Suite("AdamW")
struct AdamWTests {
    @Test("AdamW follows torch's formula", arguments: KernelLevel.available) func adamw(_ level: KernelLevel)
    {
        let k = level.table
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

    @Test("AdamW writes the bfloat16 copy of the value it writes", arguments: KernelLevel.available)
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
