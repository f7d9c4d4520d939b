// Weights that follow those of another store, against double precision.
import Basics
import TestKit
import Testing

@testable import TensorMath

@Suite("Weights that follow others")
struct MovedWeightsTests {
    private struct Source: ParameterSource {
        let seed: UInt64
        func tensor(named name: String, shape: [Int]) -> Tensor {
            normal(shape, seed: seed + UInt64(name.utf8.count))
        }
    }

    private func store(_ seed: UInt64) throws -> (store: ParameterStore, layer: Linear) {
        let store = ParameterStore()
        return (
            store, try Linear(Scope(Source(seed: seed), store: store)["a"], from: 300, to: 250, hasBias: true)
        )
    }

    @Test("Each move is (1 - share) own + share other, in both types of products", arguments: [0.1, 0.6, 1])
    func moved(_ share: Double) throws {
        for dtype in [DType.float32, .bfloat16] {
            let (policy, reference) = (try store(3), try store(8))
            policy.store.setComputeType(dtype)
            reference.store.setComputeType(dtype)
            let shared = reference.layer.weight.value, before = shared.elements
            var expected = before.map(Double.init)
            for _ in 0..<3 {
                for (index, other) in policy.layer.weight.value.elements.enumerated() {
                    expected[index] = (1 - share) * expected[index] + share * Double(other)
                }
                try reference.store.move(to: policy.store, share: share)
            }
            let found = reference.layer.weight.value.elements
            for (value, wanted) in zip(found, expected) { #expect(abs(Double(value) - wanted) < 1e-6) }
            if share == 1 { #expect(found == policy.layer.weight.value.elements) }
            let rounded = reference.layer.weight.value.converted(to: dtype).converted(to: .float32)
            #expect(reference.layer.weight.tensor.converted(to: .float32).elements == rounded.elements)
            // A tensor that shared the memory keeps its numbers.
            #expect(shared.elements == before)
        }
    }

    @Test("Weights that are frozen in the other store stay as they are")
    func frozen() throws {
        let (policy, reference) = (try store(3), try store(8))
        policy.store.freeze(prefixes: ["a.bias"])
        let before = reference.layer.bias?.value.elements
        try reference.store.move(to: policy.store, share: 0.5)
        #expect(reference.layer.bias?.value.elements == before)
        #expect(reference.layer.weight.value.elements != policy.layer.weight.value.elements)
        reference.store.restore { $0.name == "a.bias" ? Tensor(repeating: 2, shape: [250]) : nil }
        #expect(reference.layer.bias?.value.elements == Array(repeating: 2, count: 250))
    }
}
