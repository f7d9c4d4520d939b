// Checks pullbacks with finite differences.
import Testing

@testable import TensorMath

/// A reproducible tensor of roughly normal values (sums of uniforms from a 64-bit linear generator).
func normal(_ shape: [Int], seed: UInt64, scale: Float = 1) -> Tensor {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    let count = shape.reduce(1, *)
    let values = (0..<count).map { _ in
        (0..<4).reduce(Float(0)) { sum, _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return sum + Float(state >> 40) / Float(1 << 24) - 0.5
        } * 1.7 * scale
    }
    return Tensor(values, shape: shape)
}

/// Checks the gradients of `sum(weights * f(inputs))` with respect to every element of every input against
/// central differences.
///
/// `tolerance` is the largest difference allowed, relative to the largest gradient (at least 1).
func expectGradient(
    of f: ([Tensor]) -> Tensor, at inputs: [Tensor], within tolerance: Double = 2e-3, step: Float = 1e-2,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let outputCount = f(inputs).count
    let weights = normal([outputCount], seed: 99).elements
    func loss(_ inputs: [Tensor]) -> Double {
        zip(f(inputs).elements, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let tape = Tape()
    let leaves = inputs.map { tape.leaf($0) }
    let gradients = tape.gradients(of: f(leaves).weightedSum(weights), for: leaves)
    for (number, input) in inputs.enumerated() {
        guard let gradient = gradients[number]?.elements else {
            Issue.record("input \(number) has no gradient", sourceLocation: sourceLocation)
            continue
        }
        let largest = max(1, gradient.map { Double(abs($0)) }.max() ?? 0)
        for element in 0..<input.count {
            func moved(by delta: Float) -> Double {
                var values = input.elements
                values[element] += delta
                var all = inputs
                all[number] = Tensor(values, shape: input.shape)
                return loss(all)
            }
            let expected = (moved(by: step) - moved(by: -step)) / (2 * Double(step))
            let found = Double(gradient[element])
            if abs(found - expected) > tolerance * largest {
                Issue.record(
                    "input \(number), element \(element): pullback \(found), differences \(expected)",
                    sourceLocation: sourceLocation)
                return
            }
        }
    }
}

/// The largest absolute difference of two tensors of one shape.
func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
    zip(a.elements, b.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
