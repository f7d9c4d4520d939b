// bfloat16 operands: products, attention and the vocabulary pass against float32 on the same rounded numbers.
import Basics
import Foundation
import Testing

@testable import TensorMath

@Suite("bfloat16 operands")
struct Bfloat16Tests {
    /// The numbers of `x` rounded to bfloat16, in float32.
    private func rounded(_ x: Tensor) -> Tensor { x.converted(to: .bfloat16).converted(to: .float32) }

    @Test(
        "a product is the float32 product of the rounded operands",
        arguments: [[1, 8, 8], [17, 33, 65], [64, 96, 700], [300, 70, 130], [0, 4, 4], [5, 1, 3]])
    func products(_ shape: [Int]) {
        let (m, k, n) = (shape[0], shape[1], shape[2])
        let (x, w) = (normal([m, k], seed: 1), normal([n, k], seed: 2))
        let found = linear(x, w.converted(to: .bfloat16))
        #expect(largestDifference(found, linear(rounded(x), rounded(w))) < 2e-6 * Float(k))
    }

    @Test(
        "every transposition gives what widened operands give",
        arguments: [(false, true), (true, false), (false, false), (true, true)])
    func transpositions(_ a: Bool, _ b: Bool) {
        let (m, n, k) = (37, 530, 41)
        let (x, y) = (normal(a ? [k, m] : [m, k], seed: 3), normal(b ? [n, k] : [k, n], seed: 4))
        let narrow = product(
            Factor(tensor: x.converted(to: .bfloat16), isTransposed: a),
            Factor(tensor: y.converted(to: .bfloat16), isTransposed: b))
        let wide = product(
            Factor(tensor: rounded(x), isTransposed: a), Factor(tensor: rounded(y), isTransposed: b))
        #expect(narrow.shape == [m, n])
        #expect(largestDifference(narrow, wide) < 1e-4)
    }

    @Test("a product adds to a result whose rows are apart") func accumulation() {
        let (m, n, k, leading) = (9, 200, 31, 256)
        let (x, y) = (normal([m, k], seed: 5), normal([k, n], seed: 6))
        let (a, b) = (x.converted(to: .bfloat16), y.converted(to: .bfloat16))
        let sum = Tensor(repeating: 1, shape: [m, leading])
        UInt16.multiply(
            m, n, k, MatrixView(pointer: a.narrowPointer, leading: k),
            MatrixView(pointer: b.narrowPointer, leading: n), beta: 1, into: sum.pointer, leading: leading)
        let expected = product(Factor(tensor: rounded(x)), Factor(tensor: rounded(y)))
        for row in 0..<m {
            for column in 0..<leading {
                let added = column < n ? expected.elements[row * n + column] : 0
                #expect(abs(sum.elements[row * leading + column] - 1 - added) < 1e-4)
            }
        }
    }

    @Test("attention stays near float32, forward and backward") func attentionInBfloat16() throws {
        let heads = AttentionHeads(queryCount: 4, keyCount: 2, size: 16)
        let layout = AttentionLayout([
            .init(queries: 0..<130, keys: 0..<130, isCausal: true),
            .init(queries: 130..<150, prefix: 0..<130, keys: 130..<150, isCausal: true),
        ])
        let inputs = [normal([150, 64], seed: 7), normal([150, 32], seed: 8), normal([150, 32], seed: 9)]
            .map(rounded)
        func run(_ dtype: DType) -> [Tensor] {
            let tape = Tape()
            let leaves = inputs.map(tape.leaf)
            let out = attention(leaves[0], leaves[1], leaves[2], heads: heads, layout: layout, in: dtype)
            let weights = normal(out.shape, seed: 10).elements
            let gradients = tape.gradients(of: out.weightedSum(weights), for: leaves)
            return [out.detached] + gradients.compactMap { $0 }
        }
        let (narrow, wide) = (run(.bfloat16), run(.float32))
        #expect(narrow.count == 4)
        for (found, expected) in zip(narrow, wide) {
            #expect(relativeDistance(found, expected) < 0.01)
            #expect(relativeDistance(found, expected) > 0)
        }
    }

    @Test("gradients of a mixed-precision layer are those of the rounded operands") func linearGradients() {
        let (x, w, bias) = (normal([20, 12], seed: 11), normal([9, 12], seed: 12), normal([9], seed: 13))
        func run(_ x: Tensor, _ w: Tensor) -> [Tensor?] {
            let tape = Tape()
            let leaves = [tape.leaf(x), tape.leaf(w), tape.leaf(bias)]
            let y = linear(leaves[0], leaves[1], leaves[2])
            return tape.gradients(
                of: y.weightedSum(rounded(normal([20 * 9], seed: 14)).elements), for: leaves)
        }
        let narrow = run(x, w.converted(to: .bfloat16))
        let wide = run(rounded(x), rounded(w))
        for (found, expected) in zip(narrow, wide) {
            guard let found, let expected else {
                Issue.record("a gradient is missing")
                continue
            }
            #expect(found.dtype == .float32 && found.shape == expected.shape)
            #expect(largestDifference(found, expected) < 1e-4)
        }
    }

    @Test(
        "A frozen bfloat16 matrix in float32 training gives the numbers of the widened one, and no gradient")
    func widened() throws {
        struct Source: ParameterSource {
            let isNarrow: Bool
            func tensor(named name: String, shape: [Int]) -> Tensor {
                let value = normal(shape, seed: UInt64(name.utf8.count))
                guard name.hasPrefix("a."), shape.count == 2 else { return value }
                let narrow = value.converted(to: .bfloat16)
                return isNarrow ? narrow : narrow.converted(to: .float32)
            }
        }
        func run(_ isNarrow: Bool, _ rows: Int) throws -> (Float, [[Float]?], [Float]) {
            let store = ParameterStore(), scope = Scope(Source(isNarrow: isNarrow), store: store)
            let frozen = try Linear(scope["a"], from: 24, to: 40, hasBias: true)
            let trained = try Linear(scope["bb"], from: 16, to: 24)
            let table = try Embedding(scope["a"]["table"], count: 9, size: 16)
            store.freeze(prefixes: ["a.weight", "a.table"])
            store.setComputeType(.float32)
            if isNarrow {
                #expect(frozen.weight.value.dtype == .bfloat16 && frozen.computeType == .float32)
                #expect(frozen.weight.tensor.dtype == .float32)
            }
            let ids = (0..<Int32(rows)).map { $0 % 9 }
            let (loss, gradients) = store.gradients {
                let hidden = frozen(frozen.operand(trained(table(ids))))
                let head = linear(hidden, frozen.weight.tensor.reshaped([24, 40]))
                let scored = tokenLogProbabilities(hidden: head, head: frozen.weight.weight, targets: ids)
                return scored.values.weightedSum([Float](repeating: 1, count: rows))
            }
            return (loss, gradients.tensors.map { $0?.elements }, table(ids).elements)
        }
        for rows in [1, 5, 90] {
            let (narrow, wide) = (try run(true, rows), try run(false, rows))
            #expect(narrow.0 == wide.0 && narrow.1 == wide.1 && narrow.2 == wide.2)
            // The frozen weight, its bias, the trained weight, the table.
            #expect(narrow.1.map { $0 == nil } == [true, false, false, true])
        }
    }

    @Test("AdamW changes the master and the rounded copy together") func mixedPrecisionStep() throws {
        struct Source: ParameterSource {
            func tensor(named name: String, shape: [Int]) -> Tensor { normal(shape, seed: 15) }
        }
        let store = ParameterStore()
        let layer = try Linear(Scope(Source(), store: store)["a"], from: 6, to: 4, hasBias: true)
        store.setComputeType(.bfloat16)
        #expect(layer.weight.tensor.dtype == .bfloat16)
        #expect(layer.bias?.tensor.dtype == .float32)
        let optimizer = AdamW(store)
        let before = layer.weight.value.elements
        let (_, gradients) = store.gradients {
            layer(normal([3, 6], seed: 16)).weightedSum([Float](repeating: 1, count: 12))
        }
        let held = layer.weight.tensor
        let old = held.converted(to: .float32).elements
        optimizer.step(gradients, learningRate: 1e-4)
        #expect(layer.weight.value.elements != before)
        #expect(held.converted(to: .float32).elements == old)
        let expected = layer.weight.value.converted(to: .bfloat16).converted(to: .float32)
        #expect(layer.weight.tensor.converted(to: .float32).elements == expected.elements)
        store.setComputeType(.float32)
        #expect(layer.weight.tensor.dtype == .float32)
    }

    @Test("AdamW rounds into the memory of the copy that no other tensor has") func roundedInPlace() throws {
        struct Source: ParameterSource {
            func tensor(named name: String, shape: [Int]) -> Tensor { Tensor(repeating: 1, shape: shape) }
        }
        let rehearsal = Rehearsal()
        try rehearsal {
            let store = ParameterStore()
            let layer = try Linear(
                Scope(Source(), store: store)["a"], from: 600, to: 400, hasBias: false)
            store.setComputeType(.bfloat16)
            let optimizer = AdamW(store)
            let (_, gradients) = store.gradients {
                layer(Tensor(repeating: 1, shape: [3, 600])).weightedSum([Float](repeating: 1, count: 1200))
            }
            optimizer.step(gradients, learningRate: 1e-4)
            let before = rehearsal.liveBytes
            rehearsal.resetPeak()
            optimizer.step(gradients, learningRate: 1e-4)
            #expect(rehearsal.peakBytes == before)
        }
    }
}

/// `|a - b| / |b|` in the L2 norm.
private func relativeDistance(_ a: Tensor, _ b: Tensor) -> Double {
    let pairs = zip(a.elements, b.elements)
    let distance = pairs.reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    return (distance / pairs.reduce(0.0) { $0 + pow(Double($1.1), 2) }).squareRoot()
}
