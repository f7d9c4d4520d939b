// Changes of low rank: gradients by finite differences, off and on, dropout, what is trained.
import Basics
import TestKit
import Testing

@testable import TensorMath

/// Random weights, and a change of rank 2 for the layer `changed`.
private struct Source: ParameterSource, LowRankSource {
    var second: Tensor? = nil
    var dropout: Float = 0

    func tensor(named name: String, shape: [Int]) -> Tensor {
        normal(shape, seed: UInt64(name.utf8.reduce(0) { $0 + Int($1) }))
    }

    func start(of module: String, from: Int, to: Int) -> LowRankStart? {
        guard module == "changed" else { return nil }
        return LowRankStart(
            first: normal([2, from], seed: 3), second: second ?? normal([to, 2], seed: 4), scale: 0.5,
            dropout: dropout)
    }
}

@Suite("Changes of low rank")
struct LowRankTests {
    private func layers(_ source: Source = Source()) throws -> (
        ParameterStore, changed: Linear, plain: Linear
    ) {
        let store = ParameterStore()
        let scope = Scope(source, store: store, changes: source)
        return (
            store, try Linear(scope["changed"], from: 6, to: 5, hasBias: true),
            try Linear(scope["plain"], from: 6, to: 5)
        )
    }

    @Test("The output is that of the weight plus scale B A")
    func sum() throws {
        let (store, changed, plain) = try layers()
        #expect(
            store.all.map(\.name) == [
                "changed.weight", "changed.bias", "changed.lora_A.weight", "changed.lora_B.weight",
                "plain.weight",
            ])
        let x = normal([4, 6], seed: 9)
        let (a, b) = (store.all[2].value.elements, store.all[3].value.elements)
        var merged = store.all[0].value.elements
        for row in 0..<5 {
            for column in 0..<6 {
                merged[row * 6 + column] += 0.5 * (b[2 * row] * a[column] + b[2 * row + 1] * a[6 + column])
            }
        }
        let expected = linear(x, Tensor(merged, shape: [5, 6]), store.all[1].value)
        expectClose(changed(x).elements, expected.elements, absolute: 1e-5, "merged")
        let off = withoutLowRankChanges { changed(x) }
        #expect(off.elements == linear(x, store.all[0].value, store.all[1].value).elements)
        #expect(plain(x).elements == linear(x, store.all[4].value).elements)
    }

    @Test("Only the changes are trained, with gradients that are those of finite differences")
    func gradients() throws {
        let (store, changed, plain) = try layers()
        store.freeze(prefixes: [])
        #expect(store.trainable.map(\.name) == ["changed.lora_A.weight", "changed.lora_B.weight"])
        let x = normal([3, 6], seed: 9), weights = normal([15], seed: 10).elements
        func loss() -> Tensor { (changed(x) + plain(x)).weightedSum(weights) }
        let gradients = store.gradients(loss).gradients
        #expect(gradients.tensors.map { $0 != nil } == [false, false, true, true, false])
        for parameter in store.trainable {
            let found = try #require(gradients[parameter.name]).elements
            for index in found.indices {
                func value(_ step: Float) -> Double {
                    parameter.update { pointer, _ in pointer[index] += step }
                    defer { parameter.update { pointer, _ in pointer[index] -= step } }
                    let outputs = (changed(x) + plain(x)).elements
                    return zip(outputs, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
                }
                let difference = (value(0.125) - value(-0.125)) / 0.25
                expectClose(Double(found[index]), difference, absolute: 2e-4, "\(parameter.name)[\(index)]")
            }
        }
    }

    @Test("In bfloat16 frozen matrices have no float32 master, and the trained ones do")
    func precision() throws {
        let source = Source()
        struct Narrow: ParameterSource {
            let source: Source
            func tensor(named name: String, shape: [Int]) -> Tensor {
                source.tensor(named: name, shape: shape).converted(to: .bfloat16)
            }
        }
        let store = ParameterStore()
        let scope = Scope(Narrow(source: source), store: store, changes: source)
        let changed = try Linear(scope["changed"], from: 6, to: 5)
        store.freeze(prefixes: [])
        store.setComputeType(.bfloat16)
        #expect(store.all.map(\.value.dtype) == [.bfloat16, .float32, .float32])
        #expect(store.all.map(\.tensor.dtype) == [.bfloat16, .bfloat16, .bfloat16])
        let x = normal([3, 6], seed: 9)
        let gradients = store.gradients { changed(x).weightedSum([Float](repeating: 1, count: 15)) }.gradients
        #expect(gradients.tensors.map { $0?.dtype } == [nil, .float32, .float32])
    }

    @Test("Dropout drops its share, scales the rest, and is a function of seed and place")
    func dropout() throws {
        var source = Source()
        source.dropout = 0.25
        let (store, changed, _) = try layers(source)
        store.freeze(prefixes: [])
        let x = normal([3, 6], seed: 9)
        let whole = changed(x).elements
        #expect(withDropout(seed: 1) { changed(x).elements } != whole)
        #expect(withDropout(seed: 1) { changed(x).elements } == withDropout(seed: 1) { changed(x).elements })
        #expect(withDropout(seed: 1) { changed(x).elements } != withDropout(seed: 2) { changed(x).elements })
        let ones = Tensor(repeating: 1, shape: [100, 1000]).droppingOut(0.25, seed: 5).elements
        let zeros = Double(ones.count { $0 == 0 }) / 100_000
        expectClose(zeros, 0.25, absolute: 0.01, "share of zeros")
        #expect(ones.allSatisfy { $0 == 0 || $0 == 1 / 0.75 })
        // The gradient passes where the value did.
        let tape = Tape()
        let leaf = tape.leaf(Tensor(repeating: 2, shape: [10, 10]))
        let dropped = leaf.droppingOut(0.5, seed: 6)
        let gradient = tape.gradients(of: dropped.weightedSum([Float](repeating: 3, count: 100)), for: [leaf])
        #expect(try #require(gradient[0]).elements == dropped.detached.elements.map { $0 * 1.5 })
    }
}
